package ir

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// constants gives the constants of one type that a file of this package declares.
func constants(t *testing.T, file, typ string) (values []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != typ || len(spec.Values) != 1 {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, text)
		}
		return true
	})
	return values
}

// The lists of kinds, which the tests of other packages hold their rows against, are
// whole.
func TestKindsAreListed(t *testing.T) {
	t.Parallel()
	var kinds []string
	for _, k := range Kinds {
		kinds = append(kinds, string(k))
	}
	if want := constants(t, "types.go", "Kind"); !slices.Equal(kinds, want) {
		t.Errorf("Kinds has %v, types.go declares %v", kinds, want)
	}
	var nodes []string
	for _, k := range NodeKinds() {
		nodes = append(nodes, string(k))
	}
	nodes = append(nodes, string(NodeArm)) // which is a part
	if want := constants(t, "nodes.go", "NodeKind"); !slices.Equal(nodes, want) {
		t.Errorf("NodeKinds has %v, nodes.go declares %v", nodes, want)
	}
}

// Every value that a node holds is walked, in the order of the fields.
func TestNodeSlots(t *testing.T) {
	t.Parallel()
	n := &Node{Name: "n"}
	var want, got []*Value
	for field, value := range reflect.ValueOf(n).Elem().Fields() {
		if field.Type == reflect.TypeFor[*Value]() {
			v := &Value{Empty: "object"}
			value.Set(reflect.ValueOf(v))
			want = append(want, v)
		}
	}
	NodeValues("n", n, func(_ Place, v *Value) { got = append(got, v) })
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("walked %d values of %d", len(got), len(want))
	}
}

// Every kind has a whole row.
func TestKindsHaveRows(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds {
		if row := k.row(); row.form == "" || row.noun == "" || row.uniform == nil || (row.json == "") != (row.form == FormOpen || row.form == FormTensor || row.form == FormTable) {
			t.Errorf("kindRows has no whole row for %s", k)
		}
	}
}
