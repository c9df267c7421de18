package load_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
	"bentoc.dev/runtime/codec/format"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

// expressions are CUE types, common and odd. Each is either refused by the
// loader or means in the IR what it means in CUE. Left out is where the IR means
// something else on purpose: floats take whole numbers (JSON has one kind of
// number), bytes are base64, and a constant field must be there.
var expressions = []string{
	`bool`, `true`, `bool | *false`, `int`, `int & >0`, `int & >=0 & <=10`, `uint8`, `uint`, `int32`, `>0 & <1`, `>=0 | *5`,
	`int & !=3`, `!=3 & int`, `int & >0 & <=10 | *3`, `1 | 2 | 3`, `*1 | 2`, `int & (1 | 2 | 30) & <10`, `(int & >1) & (<5 & int)`,
	`int & math.MultipleOf(3)`, `math.MultipleOf(2) & >4`, `number`, `int | float`, `number & >=-1.5e1`, `*0.5 | (>=0 & <=1)`, `(>=0 & <=1) | *0.5`,
	`string`, `""`, `"a"`, `"a" | "b"`, `*"a" | "b"`, `"a" | string`, `string | *"a"`, `=~"^a"`, `!~"^a"`, `=~"^a" & =~"b$"`, `string & !="a"`, `!="a" & string`,
	`strings.MinRunes(2)`, `strings.MaxRunes(2)`, `strings.MinRunes(1) & strings.MaxRunes(3) & =~"é"`, `strings.MinRunes(1) & strings.MinRunes(3)`,
	`null`, `null | int`, `*null | string`, `"auto" | int`, `"a" | 1 | null`, `bool | string | int`, `int | [...int]`, `"x" | {a: int}`,
	`[...int]`, `[...(int & >2)]`, `[int, string]`, `[int, ...string]`, `[]`, `[...]`, `[1, 2]`, `[...int] & list.MinItems(1)`, `[...int] & list.MaxItems(2) & list.UniqueItems()`,
	`[...int] & list.UniqueItems`, `[...[...int]]`, `[...int] | *[1]`, `[...{a: int}]`, `[_, ...]`, `[int, int] & [...<5]`, `list.MinItems(1)`, `[...(int | string)]`,
	`{}`, `{a: int}`, `{a?: int}`, `{a!: int}`, `{a: int | *1}`, `{a: int, ...}`, `{...}`, `[string]: int`, `{[string]: int}`, `{[string]: [string]: int}`,
	`{[string]: int} & struct.MaxFields(1)`, `{[string]: int} & struct.MinFields(1)`, `{a: int} & {b: string}`, `{a: int} & {a: >3}`, `{a: {b: {c: bool}}}`, `close({a: int})`,
	`{[=~"^a"]: int}`, `{[=~"^a$"]: int, [=~"^b$"]: int}`, `{[=~"a"]: int, [=~"^b"]: string}`, `{["a" | "b"]: int}`, `{["a"]: int, ["k"]: int}`, `{[strings.MinRunes(2)]: _}`, `{[=~"^a" & !~"b"]: _}`, `{[=~"^a"]: int, ...}`, `{[=~"^a"]: int} | null`,
	`{[string]: int, [=~"a"]: int}`, `{[string]: int, [=~"a"]: >3}`, `{[=~"^[ab]$"]: int} & struct.MinFields(2)`, `{[=~"^a"]: int, b: int}`, `{[int]: int}`, `{a!: int, [=~"^b"]: string}`, `{a?: >3, [string]: int}`, `{["a" | "b"]: int, [=~"^b"]: >3, k?: string}`, `{a: int, [=~"^[bc]$"]: string, ...}`, `{[=~"b"]: {c: bool}, [strings.MinRunes(1)]: {c?: bool, ...}}`, `{[=~"^a"]: {[=~"^b"]: {[=~"^c"]: bool}}}`, `{[time.Duration]: int}`, `{[=~"^a"]: int} & {[=~"b$"]: int}`, `{[!="a"]: int}`,
	`{k!: "x", a: int} | {k!: "y", b: int}`, `{k!: "x"} | {k!: "y", b?: int}`, `{k!: "x", ...} | {k!: "y"}`, `{a: int} | {b: int}`, `{a!: int} | {b!: int}`, `{a!: int, c?: int} | {b!: int, k?: string}`, `{a!: int} | {a!: int, b!: int}`, `{a!: int, ...} | {b!: int}`, `{a!: int} | {b!: int} | string | [...int]`, `{k!: "x"} | {k!: "y"} | null | string`,
	`{a!: int} | {[string]: int}`, `{a!: {b!: {c!: bool}}} | {b!: string | {a!: int} | {c!: int}}`, `{a: int} | null`, `{"a-b": int}`, `{_h: int, a: int}`, `{#D: int, a: #D}`,
	`_`, `_ & int`, `string & _`, `_ | int`, `time.Duration`, `time.Time`, `net.IPv4`, `uuid.Valid`, `>"a"`, `<"b" & string`, `strings.Contains("a")`, `=~"a" | int`, `!=null`, `!=3`, `!~"a" | null`,
	`"\(1)a"`, `1 + 2`, `[1, 2][0]`, `{a: 1}.a`, `len("abc")`, `"a" & string`, `*1 | *2 | int`, `(1 | 2) & (2 | 3)`, `("a" | "b") & !="a"`, `int & (>0 | < -5)`, `(>0 | < -5)`, `>10 | <5`,
	`("a" | "b") | *"a"`, `("a" | =~"^b") & string`, `string | strings.MinRunes(3)`, `int | >5`, `matchN(1, [int, string])`, `"a" | error("no")`, `3 * [int]`,
	`time.Time & !="2024-02-29T12:30:00Z"`, `time.Format("2006-01-02")`, `time.Format("15:04")`, `time.Format(time.RFC3339Nano)`, `string & net.IPv4`, `net.IPv6 & string`, `string & net.IPCIDR`, `net.AbsURL`, `net.URL & =~"^/"`, `regexp.Valid`,
	`null | time.Time`, `time.Time | *"2024-02-29T12:30:00Z"`, `time.Time & ("2024-02-29T12:30:00Z" | "a")`, `[...time.Duration]`, `net.FQDN`, `time.Format("")`, `time.Time & time.Duration`, `time.Duration & strings.MaxRunes(2)`, `int & time.Unix(1, 0)`, `[for x in [1, 2] {x}]`,
	`strings.MinRunes(2) | *"abc"`, `*"abc" | strings.MinRunes(2)`, `([...int] & list.MinItems(2)) | *[1, 2, 3]`, `([...int] & list.MinItems(2)) | *[1]`, `*[1] | [...int]`, `(*1 | int) & >0`,
	`[...int] | "a" | *[]`, `"a" | [...string] | *["b"]`, `int & >5 | *7`, `int & >5 | *1`, `(>5 | *1) & int`, `null | *1 | int`,
	`if true {a: int}`, `{if true {a: int}}`, `{for k in ["a"] {(k): int}}`, `or(["a", "b"])`, `and([int, >3])`, `string & =~"^(?i)A"`, `int & >=1.5`, `>0.1 & int`, `1.5 | 2`, `int & 1`, `bool & true`,
}

// documents are JSON values to try each type with.
var documents = []string{
	`null`, `true`, `false`, `0`, `1`, `2`, `3`, `4`, `5`, `6`, `9`, `10`, `11`, `30`, `-1`, `-16`, `-6`, `255`, `256`, `4294967296`, `0.5`, `1.5`, `-0.5`, `99.5`,
	`""`, `"a"`, `"b"`, `"ab"`, `"abc"`, `"ba"`, `"é"`, `"éé"`, `"auto"`, `"x"`, `"Axy"`, `"1a"`, `"c"`,
	`[]`, `[1]`, `[1,2]`, `[1,1]`, `[3,4]`, `[1,2,3]`, `["a"]`, `[1,"a"]`, `[1,"a","b"]`, `[1,"a",true]`, `[[1],[2,3]]`, `[null]`, `[{"a":1}]`, `[{"a":"x"}]`, `[{"b":1}]`, `[1,9]`, `[true]`,
	`{}`, `{"a":1}`, `{"a":5}`, `{"a":"x"}`, `{"b":1}`, `{"b":"s"}`, `{"a":1,"b":2}`, `{"a":5,"b":"s"}`, `{"a":null}`, `{"a-b":1}`, `{"a":{"b":{"c":true}}}`, `{"a":{"b":{"c":1}}}`, `{"a":{"b":1}}`,
	`"2024-02-29T12:30:00Z"`, `"2024-02-29T12:30:00.5+01:00"`, `"2024-02-30T12:30:00Z"`, `"2024-02-29"`, `"12:30"`, `"127.0.0.1"`, `"::1"`, `[127,0,0,1]`, `"10.0.0.0/8"`, `"http://a/b"`, `"/b"`, `"["`, `"1h"`, `"1h30m"`, `["1h","2s"]`, `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`,
	`{"k":"x"}`, `{"k":"y"}`, `{"k":"x","a":1}`, `{"k":"y","b":1}`, `{"k":"x","b":1}`, `{"k":"z"}`, `{"a":1,"c":2}`,
}

// TestMeaning checks for every expression that the loader takes, and every
// document, that the IR and CUE agree whether the document is of the type.
func TestMeaning(t *testing.T) {
	t.Parallel()
	taken, bento := takenTypes(t)
	values := make([]cue.Value, len(documents))
	for i, doc := range documents {
		values[i] = inField(t, doc)
	}
	for i, typ := range taken {
		v := cueType(t, expressions[i])
		for j, doc := range documents {
			cueSays := cueAccepts(v, values[j])
			irSays := accepts(bento, typ, decode(t, doc))
			if cueSays != irSays {
				spelled, _ := json.Marshal(typ)
				t.Errorf("%s with %s: CUE says %v, the IR %v\n%s", expressions[i], doc, cueSays, irSays, spelled)
			}
		}
	}
	if len(taken) < 100 {
		t.Errorf("only %d of %d expressions are taken", len(taken), len(expressions))
	}
}

const imports = "import (\n\t\"list\"\n\t\"math\"\n\t\"net\"\n\t\"regexp\"\n\t\"strings\"\n\t\"struct\"\n\t\"time\"\n\t\"uuid\"\n)\n_use: [list.Sum([]), math.Pi, net.IPv4len, strings.ToUpper(\"\"), struct.MaxFields(1), time.Second, uuid.ns.DNS, regexp.Match(\"a\", \"b\")]\n"

// takenTypes loads all expressions as types of fields and gives those that are
// not refused, by their number.
func takenTypes(t *testing.T) (map[int]*ir.Type, *ir.Bento) {
	t.Helper()
	refused := map[string]bool{}
	for range 5 {
		res, diags := loadFields(t, refused)
		for _, d := range diags {
			rest, ok := strings.CutPrefix(d.Path, "bento.runners.a.#input.")
			if !ok {
				t.Fatalf("%+v", d)
			}
			name, _, _ := strings.Cut(rest, ".")
			refused[name] = true
		}
		if res.IR == nil {
			continue // CUE itself refused some; what else is wrong shows without them
		}
		taken := map[int]*ir.Type{}
		for _, f := range res.IR.Runners["a"].Input.Fields {
			var i int
			if _, err := fmt.Sscanf(f.Name, "f%d", &i); err != nil {
				t.Fatal(err)
			}
			if !refused[f.Name] {
				taken[i] = f.Type
			}
		}
		return taken, res.IR
	}
	t.Fatalf("CUE goes on refusing: %v", refused)
	return nil, nil
}

func loadFields(t *testing.T, without map[string]bool) (*load.Result, diag.List) {
	t.Helper()
	var fields strings.Builder
	for i, expr := range expressions {
		if name := fmt.Sprintf("f%d", i); !without[name] {
			fmt.Fprintf(&fields, "\t\t%s: %s\n", name, wrap(expr))
		}
	}
	body := strings.Replace(imports, "import (", "import (\n\t\"bentoc.dev/schema@v0\"", 1)
	module := project(map[string]string{"bento.cue": "package m\n" + body + "bento: schema.#Bento & {\n\tname: \"m\"\n" +
		"\trunners: a: {engine: go: {package: \"./s\", func: \"A\"}, #output: {}, #input: {\n" + fields.String() + "\t}}\n" +
		"\tservices: m: endpoints: a: runner: runners.a\n}\n"})
	res, diags, err := load.Bento(t.Context(), module, load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return res, diags
}

// fieldType gives the type that an expression is as a field.
func fieldType(t *testing.T, expr string) *ir.Type {
	t.Helper()
	module := project(map[string]string{"bento.cue": "package m\nimport \"bentoc.dev/schema@v0\"\nbento: schema.#Bento & {\n\tname: \"m\"\n" +
		"\trunners: a: {engine: go: {package: \"./s\", func: \"A\"}, #output: {}, #input: x: " + expr + "}\n" +
		"\tservices: m: endpoints: a: runner: runners.a\n}\n"})
	res, diags, err := load.Bento(t.Context(), module, load.Options{})
	if err != nil || res.IR == nil {
		t.Fatal(err, diags)
	}
	return res.IR.Runners["a"].Input.Fields[0].Type
}

func wrap(expr string) string {
	if strings.HasPrefix(expr, "if ") {
		return "{" + expr + "}"
	}
	return expr
}

func cueType(t *testing.T, expr string) cue.Value {
	t.Helper()
	v := cuecontext.New().CompileString(imports + "#T: f: " + wrap(expr) + "\n")
	return v.LookupPath(cue.ParsePath("#T"))
}

// inField gives a document as the field f of a struct.
func inField(t *testing.T, doc string) cue.Value {
	t.Helper()
	in := cuecontext.New().CompileString(`{"f": ` + doc + `}`)
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return in
}

func cueAccepts(v, in cue.Value) bool {
	return v.Unify(in).Validate(cue.Concrete(true), cue.Final()) == nil
}

func decode(t *testing.T, doc string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(doc))
	dec.UseNumber()
	var x any
	if err := dec.Decode(&x); err != nil {
		t.Fatal(err)
	}
	return x
}

// accepts says what the IR means, in the plainest way.
func accepts(b *ir.Bento, typ *ir.Type, x any) bool {
	typ = b.Resolve(typ)
	if typ.Enum != nil && !contains(typ.Enum, x) || contains(typ.Not, x) {
		return false
	}
	switch typ.Kind {
	case ir.KindAny:
		return true
	case ir.KindNull:
		return x == nil
	case ir.KindBool:
		_, ok := x.(bool)
		return ok
	case ir.KindInt, ir.KindFloat:
		n, ok := x.(json.Number)
		return ok && acceptsNumber(typ, n.String())
	case ir.KindString:
		s, ok := x.(string)
		return ok && acceptsText(typ, s)
	case ir.KindList:
		l, ok := x.([]any)
		return ok && acceptsList(b, typ, l)
	case ir.KindMap, ir.KindObject:
		m, ok := x.(map[string]any)
		return ok && acceptsStruct(b, typ, m)
	case ir.KindUnion:
		return slices.ContainsFunc(typ.Arms, func(a *ir.Type) bool { return accepts(b, a, x) })
	}
	panic(fmt.Sprintf("kind %s", typ.Kind))
}

func contains(consts []ir.Const, x any) bool {
	text, _ := json.Marshal(x)
	return slices.ContainsFunc(consts, func(c ir.Const) bool { return string(c) == string(text) })
}

func acceptsNumber(typ *ir.Type, s string) bool {
	r, _ := new(big.Rat).SetString(s)
	if typ.Kind == ir.KindInt && !r.IsInt() {
		return false
	}
	within := func(b *ir.Bound, sign int) bool {
		if b == nil {
			return true
		}
		limit, _ := new(big.Rat).SetString(b.Value)
		c := r.Cmp(limit) * sign
		return c > 0 || c == 0 && !b.Exclusive
	}
	if typ.MultipleOf != "" {
		m, _ := new(big.Rat).SetString(typ.MultipleOf)
		if !new(big.Rat).Quo(r, m).IsInt() {
			return false
		}
	}
	return within(typ.Min, 1) && within(typ.Max, -1)
}

func acceptsText(typ *ir.Type, s string) bool {
	for _, p := range typ.Patterns {
		if !regexp.MustCompile(p).MatchString(s) {
			return false
		}
	}
	for _, p := range typ.NotPatterns {
		if regexp.MustCompile(p).MatchString(s) {
			return false
		}
	}
	return length(typ, len([]rune(s))) && acceptsFormat(typ, s)
}

// acceptsFormat asks CUE's own words for a format; that servers take the same another
// test holds.
func acceptsFormat(typ *ir.Type, s string) bool {
	switch typ.Format {
	case "date", "layout":
		return format.Layout(s, typ.Layout)
	}
	for expr, name := range map[string]string{"time.Time": "date-time", "time.Duration": "go-duration", "uuid.Valid": "uuid", "regexp.Valid": "re2",
		"net.IP": "ip", "net.IPv4": "ipv4", "net.IPv6": "ipv6", "net.IPCIDR": "cidr", "net.AbsURL": "uri", "net.URL": "uri-reference"} {
		if name == typ.Format {
			return formatFuncs[expr](s)
		}
	}
	return true
}

func length(typ *ir.Type, n int) bool {
	return (typ.MinLen == nil || int64(n) >= *typ.MinLen) && (typ.MaxLen == nil || int64(n) <= *typ.MaxLen)
}

func acceptsList(b *ir.Bento, typ *ir.Type, l []any) bool {
	if len(l) < len(typ.Prefix) || len(l) > len(typ.Prefix) && typ.Elem == nil || !length(typ, len(l)) {
		return false
	}
	seen := map[string]bool{}
	for i, x := range l {
		text, _ := json.Marshal(x)
		if typ.Unique && seen[string(text)] {
			return false
		}
		seen[string(text)] = true
		elem := typ.Elem
		if i < len(typ.Prefix) {
			elem = typ.Prefix[i]
		}
		if !accepts(b, elem, x) {
			return false
		}
	}
	return true
}

func acceptsStruct(b *ir.Bento, typ *ir.Type, m map[string]any) bool {
	if typ.Kind == ir.KindMap {
		for k, x := range m {
			if !accepts(b, typ.Elem, x) || typ.Key != nil && !accepts(b, typ.Key, k) {
				return false
			}
		}
		return length(typ, len(m))
	}
	for _, f := range typ.Fields {
		x, ok := m[f.Name]
		if !ok && f.Required || ok && !accepts(b, f.Type, x) {
			return false
		}
	}
	for name, x := range m {
		places := 0
		for _, e := range typ.Entries {
			if accepts(b, e.Key, name) {
				places++
				if !accepts(b, e.Elem, x) {
					return false
				}
			}
		}
		if typ.Field(name) != nil {
			places++
		}
		if places > 1 || places == 0 && !typ.Open {
			return false
		}
	}
	return true
}
