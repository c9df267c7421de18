// Holds the regular expressions that bentoc writes into JSON Schema against a real
// ECMAScript: node ecma.mjs FILE, where FILE is what `go test ./compiler/ecma -run
// TestPatternsOfJSONSchema -ecma FILE` writes. Ends with 1 where it matches other
// texts than Go does with the expression of the bento.
import { readFileSync } from "node:fs";

const { texts, rows } = JSON.parse(readFileSync(process.argv[2], "utf8"));
let wrong = 0;
for (const { Pattern, ECMA, Matches } of rows) {
  let re;
  try {
    re = new RegExp(ECMA, "u");
  } catch (err) {
    console.log(`${Pattern} becomes ${ECMA}: ${err.message}`);
    wrong++;
    continue;
  }
  texts.forEach((text, i) => {
    if (re.test(text) !== Matches[i]) {
      console.log(`${Pattern} becomes ${ECMA}: ${JSON.stringify(text)} should match: ${Matches[i]}`);
      wrong++;
    }
  });
}
console.log(`${rows.length} expressions, ${texts.length} texts, ${wrong} differences`);
process.exit(wrong > 0 ? 1 : 0);
