"""Hold what bentoc diff says of types against judges that know nothing of bentoc.

    judges.py PAIRS

PAIRS is what `go test ./compiler/diff -run TestJudges -pairs-out PAIRS` writes: a line a
pair of types with both JSON Schemas, the findings and their witnesses.

- jsonschema: a witness validates under the schema of who sends it and fails under that of
  who reads it. One that does not is an error.
- jsoncompat, which compares schemas: where it calls a pair incompatible that bentoc calls
  safe, or the other way round, the pair is counted by the reason that explains it. One
  that nothing explains is an error.
"""

import collections
import json
import sys

import jsoncompat
import jsonschema

# Rules that are no matter of what a schema takes.
BESIDE = {"request-default-changed", "answer-default-changed", "request-fields-reordered", "request-form-text"}


# What jsoncompat does not see through: it says no where it cannot prove that a schema
# lies in another. The first that there is, is the reason.
UNDECIDED = [(("not", "allOf"), "a not or an allOf"), (("anyOf", "oneOf"), "an anyOf or a oneOf"), (("pattern",), "a pattern"), (("enum",), "an enum"), (("$ref",), "a $ref")]


def sized(schema):
    """The schema with integers of 64 bits, which bentoc's schemas have no word for."""
    if isinstance(schema, list):
        return [sized(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: (v if k in ("enum", "const", "default") else sized(v)) for k, v in schema.items()}
    if out.get("type") == "integer":
        if "exclusiveMinimum" not in out:
            out["minimum"] = max(out.get("minimum", -(2**63)), -(2**63))
        if "exclusiveMaximum" not in out:
            out["maximum"] = min(out.get("maximum", 2**63 - 1), 2**63 - 1)
    return out


def end(doc, name):
    """The schema of one end of the endpoint, by itself."""
    return {"$schema": doc["$schema"], "$defs": doc["$defs"], "$ref": "#/$defs/e." + name}


def closed(schema):
    """The schema with objects closed: what a sender who goes by the names may send."""
    if isinstance(schema, list):
        return [closed(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: (v if k in ("enum", "const", "default") else closed(v)) for k, v in schema.items()}
    if out.get("type") == "object" and "properties" in out and "additionalProperties" not in out:
        out["additionalProperties"] = False
    return out


def full(schema):
    """The schema of answers: fields with a default are always there."""
    if isinstance(schema, list):
        return [full(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: (v if k in ("enum", "const", "default") else full(v)) for k, v in schema.items()}
    given = [n for n, s in out.get("properties", {}).items() if isinstance(s, dict) and "default" in s]
    if given:
        out["required"] = sorted(set(out.get("required", [])) | set(given))
    return out


def valid(schema, value):
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def walk(schema):
    yield schema
    for v in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        if isinstance(v, (dict, list)):
            yield from walk(v)


def says(doc, *words):
    return any(isinstance(s, dict) and any(w in s for w in words) for s in walk(doc))


def sampled(sender, reader, tries=200):
    """A value that jsoncompat itself makes of the sender's schema and the reader refuses."""
    for _ in range(tries):
        try:
            value = json.loads(jsoncompat.generate_value(json.dumps(sender)))
        except Exception:  # noqa: BLE001: it has no values for all schemas
            return None
        if valid(sender, value) and not valid(reader, value):
            return value
    return None


def main(path):
    counts, wrong, witnesses = collections.Counter(), 0, 0
    for line in open(path, encoding="utf-8"):
        p = json.loads(line)
        name = "input" if p["request"] else "output"
        old, new = end(p["old"], name), end(p["new"], name)
        old, new = sized(old), sized(new)
        if not p["request"]:
            old, new = full(old), full(new)
        sender, reader = (old, new) if p["request"] else (new, old)
        for w in p["witnesses"] or []:
            witnesses += 1
            if not valid(sender, w) or valid(reader, w):
                wrong += 1
                print("WRONG witness", json.dumps(w), "sender takes:", valid(sender, w), "reader takes:", valid(reader, w), line[:1500])
        try:
            theirs = jsoncompat.check_compat(json.dumps(old), json.dumps(new), "deserializer" if p["request"] else "serializer")
        except Exception as e:  # noqa: BLE001: whatever it stumbles over
            counts["jsoncompat fails: " + str(e)[:60]] += 1
            continue
        ours = {f["severity"] for f in p["findings"] or [] if f["rule"] not in BESIDE}
        fits = not ours & {"breaking", "risky"}
        if theirs == fits:
            counts["agree: " + ("fits" if fits else "does not fit")] += 1
            continue
        reason = explain(p, sender, reader, theirs)
        if reason is None:
            wrong += 1
            reason = "NOTHING EXPLAINS IT"
            print("UNEXPLAINED theirs:", theirs, "ours:", fits, line[:3000])
        counts[reason] += 1
    for reason, n in counts.most_common():
        print(f"{n:7} {reason}")
    print(f"{witnesses} witnesses were validated, {wrong} things are wrong")
    return 1 if wrong else 0


def explain(p, sender, reader, theirs):
    """Why jsoncompat and bentoc do not say the same of a pair; None where nothing does."""
    if theirs:
        # They see nothing. A witness is a proof that they are wrong.
        for w in p["witnesses"] or []:
            if valid(sender, w) and not valid(reader, w):
                return "jsoncompat calls it compatible, and a witness shows that it is not"
        rules = {f["rule"] for f in p["findings"] if f["severity"] == "risky"}
        if rules <= {"request-field-removed", "answer-field-removed", "answer-field-optional"} | BESIDE:
            return "risky by bentoc: a field is ignored, or does not come, which no schema shows"
        return "risky by bentoc: no document was found, and jsoncompat calls it compatible"
    # They see a break where bentoc sees none: is there a value that shows one?
    shut = closed(sender)
    value = sampled(sender, reader)
    if value is not None and not valid(shut, value):
        return "jsoncompat counts fields that the sender's type does not name, which an open schema lets through"
    if value is not None:
        return None
    for words, what in UNDECIDED:
        if says(p["old"], *words) or says(p["new"], *words):
            return f"jsoncompat calls it incompatible where there is {what}, and no value of its own generator shows it"
    if any(s == {} for s in (*walk(p["old"]), *walk(p["new"]))):
        return "jsoncompat calls it incompatible where there is {}, and no value of its own generator shows it"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
