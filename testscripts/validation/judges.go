package main

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
)

// imports are what the types name; each is used, as CUE wants it.
const imports = `import (
	"list"
	"math"
	"net"
	"regexp"
	"strings"
	"struct"
	"time"
	"uuid"
%s)
_use: [list.Sum([]), math.Pi, net.IPv4len, regexp.Match("a", "b"), strings.ToUpper(""), struct.MaxFields(1), time.Second, uuid.ns.DNS]
`

// askCUE asks CUE's evaluator.
func askCUE(defs []string, kinds []kind, docs []document) ([]bool, error) {
	formats, err := schema.FS.ReadFile("formats.cue")
	if err != nil {
		return nil, err
	}
	_, formats, _ = bytes.Cut(formats, []byte("package schema"))
	var src strings.Builder
	fmt.Fprintf(&src, imports, "")
	fmt.Fprintf(&src, "schema: {\n%s}\n%s\n", formats, strings.Join(defs, "\n"))
	for i, k := range kinds {
		fmt.Fprintf(&src, "#T%d: f!: %s\n", i, cmp.Or(k.judge, k.cue))
	}
	var out []bool
	var ctx *cue.Context
	var types cue.Value
	for n, d := range docs {
		if n%5000 == 0 { // a context keeps all that was ever evaluated in it
			ctx = cuecontext.New()
			if types = ctx.CompileString(src.String()); types.Err() != nil {
				return nil, types.Err()
			}
		}
		doc := ctx.CompileString(`{"f": ` + d.Text + `}`)
		if doc.Err() != nil {
			return nil, fmt.Errorf("%s: %w", d.Text, doc.Err())
		}
		t := types.LookupPath(cue.ParsePath(fmt.Sprintf("#T%d", d.Type)))
		out = append(out, d.Holds && t.Unify(doc).Validate(cue.Concrete(true), cue.Final()) == nil)
	}
	return out, nil
}

// askSchema asks a validator of JSON Schema about the schema that is emitted.
func askSchema(b *ir.Bento, docs []document) ([]bool, error) {
	text, err := gen.JSONSchema(b)
	if err != nil {
		return nil, err
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.UseRegexpEngine(expression)
	if err := compiler.AddResource("types.json", whole); err != nil {
		return nil, err
	}
	s, err := compiler.Compile("types.json#/$defs/a.input")
	if err != nil {
		return nil, err
	}
	var out []bool
	for _, d := range docs {
		x, err := jsonschema.UnmarshalJSON(strings.NewReader(body(d)))
		if err != nil {
			return nil, err
		}
		out = append(out, s.Validate(x) == nil)
	}
	return out, nil
}

// expression reads a regular expression of ECMA-262, which looks ahead where Go's cannot.
func expression(s string) (jsonschema.Regexp, error) {
	if re, err := regexp.Compile(s); err == nil {
		return re, nil
	}
	re, err := regexp2.Compile(s, regexp2.ECMAScript|regexp2.Unicode)
	return looking{re}, err
}

type looking struct{ *regexp2.Regexp }

func (l looking) MatchString(s string) bool {
	ok, err := l.Regexp.MatchString(s)
	return ok && err == nil
}

// body is the request that has a document as its only field.
func body(d document) string { return fmt.Sprintf(`{"f%d": %s}`, d.Type, d.Text) }
