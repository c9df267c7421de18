package load

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"

	"bentoc.dev/compiler/diag"
)

// plainFields writes fields of every mix of kind, bounds, default and order, those
// that are not plain among them.
func plainFields() string {
	var b strings.Builder
	n := 0
	add := func(format string, args ...any) {
		n++
		fmt.Fprintf(&b, "\tf%d%s: %s\n", n, []string{"", "?", "!"}[n%3], fmt.Sprintf(format, args...))
	}
	for _, kind := range []string{"", "int", "float", "number", "string", "bytes", "bool", "null", "_", "uint8", "int & number", "(int)", "string & int"} {
		for _, low := range []string{"", ">=0", ">0.5", ">=0x10", ">=10.50", ">=0 & >=2", `>="a"`} {
			for _, high := range []string{"", "<=100", "<2", "<=0", "<=1Ki", "<3 & int", "!=5"} {
				var said []string
				for _, s := range []string{low, kind, high} {
					if s != "" {
						said = append(said, s)
					}
				}
				if len(said) == 0 {
					continue
				}
				typ := strings.Join(said, " & ")
				add("%s", typ)
				marks := []string{"1", "0", "200", "-1", "0.5", "1.50", `"x"`, `"\u00e9"`, "true", "null", "int", "'b'"}
				for i, mark := range marks {
					if low != "" && high != "" && i != n%len(marks) {
						continue
					}
					if (n+len(mark))%3 == 0 {
						add("(%s) | *%s", typ, mark)
					} else {
						add("*%s | (%s)", mark, typ)
					}
				}
			}
		}
	}
	for _, typ := range []string{"*1 | *2 | int", "1 | int", "int | string", "(*1 | int) & >0", ">0 & (*1 | int)", "*(*1 | int) | string", "*1 | (*2 | int)", "int | *other", "other", "other & >0", "string | *#\"x\"#"} {
		add("%s", typ)
	}
	return b.String()
}

// TestPlain reads types off the syntax, and takes the same apart: both must say the
// same, and what is said in two places must not be taken for plain.
func TestPlain(t *testing.T) {
	t.Parallel()
	fields := plainFields()
	const beside = "other: int\n"
	for name, src := range map[string]string{
		"alone":         "x: {\n" + fields + "}\n" + beside,
		"definition":    "#D: {\n" + fields + "}\nx: #D\n" + beside,
		"comprehension": "x: {if true {\n" + fields + "}}\n" + beside,
	} {
		if read := comparePlain(t, src); read < 150 {
			t.Errorf("%s: only %d types are read off the syntax", name, read)
		}
	}
	for name, src := range map[string]string{
		"twice":   "x: {\n" + fields + "}\nx: {\n" + fields + "}\n" + beside,
		"pattern": "x: {\n" + fields + "}\nx: [string]: _\n" + beside,
		"renamed": "x: {a: int, b: string}\nstring: int\nint: >5\n",
	} {
		if read := comparePlain(t, src); read > 0 {
			t.Errorf("%s: %d types are read off the syntax", name, read)
		}
	}
}

// comparePlain gives how many fields of x are read off the syntax.
func comparePlain(t *testing.T, src string) (read int) {
	t.Helper()
	inst := build.NewContext().NewInstance("", nil)
	file, err := parser.ParseFile("x.cue", src)
	if err == nil {
		err = inst.AddSyntax(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	root := cuecontext.New().BuildInstance(inst)
	ix := newIndex(inst)
	it, err := root.LookupPath(cue.ParsePath("x")).Fields(cue.Optional(true))
	if err != nil { // of a struct with an error in it, as the decoder does
		t.Fatal(err)
	}
	for it.Next() {
		v := it.Value()
		var diags diag.List
		typer := newTyper(&diags, ix)
		got, marked, ok := typer.plainType(v, "x")
		if !ok {
			continue
		}
		read++
		parts := solid(v)
		want := typer.ofParts(v, parts, "x")
		if !reflect.DeepEqual(got, want) || marked != hasDefault(v, parts) || len(diags) > 0 {
			t.Errorf("%v: read as %+v %v, taken apart %+v %v %v", v, got, marked, want, hasDefault(v, parts), diags)
		}
	}
	return read
}
