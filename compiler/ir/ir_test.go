package ir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// sample is a bento that uses most of the structs, as a function of a seed that
// changes only what must not matter.
func sample(seed uint64) *Bento {
	r := rand.New(rand.NewPCG(seed, 1))
	one, two := int64(1), int64(2)
	shuffled := func(s ...string) []string {
		r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
		return s
	}
	number := func(spellings ...string) string { return spellings[r.IntN(len(spellings))] }
	pos := Pos{File: fmt.Sprint("f", r.IntN(9)), Line: r.IntN(99) + 1, Col: 1}
	score := &Type{Kind: KindFloat, Min: &Bound{Value: number("0", "0.0", "-0", "0e5")}, Max: &Bound{Value: number("1", "1.0", "10e-1")}, Pos: pos}
	text := &Type{Kind: KindString, Patterns: shuffled("^a", "b$"), MinLen: &one, MaxLen: &two, Not: []Const{Const(number(`"ab"`, ` "ab" `, `"\u0061b"`))}}
	list := &Type{Kind: KindList, Elem: &Type{Kind: KindRef, Ref: "Line"}}
	return &Bento{
		Version: Version, Name: "ocr", Pos: pos, At: map[string]Pos{"name": pos},
		Platforms: shuffled("linux/arm64", "linux/amd64"), RequiredEnv: shuffled("B", "A"),
		Env:   map[string]string{"X": "<&>", "Y": "2"},
		Types: map[string]*Type{"Line": {Kind: KindObject, Fields: []Field{{Name: "z", Type: text, Required: true, Pos: pos}, {Name: "a", Type: score, Default: Const(number("1", "1.00", "1e0"))}}}},
		Runners: map[string]*Runner{"cut": {
			Engine: Engine{Go: &GoEngine{Package: "./steps", Func: "Cut"}},
			Input:  &Type{Kind: KindObject, Fields: []Field{{Name: "image", Type: &Type{Kind: KindImage, MediaTypes: shuffled("image/png", "image/jpeg")}, Required: true}}},
			Output: &Type{Kind: KindObject, Fields: []Field{{Name: "lines", Type: list, Required: true}}},
		}},
		Graphs: map[string]*Graph{"read": {
			Input: &Type{Kind: KindObject, Fields: []Field{{Name: "image", Type: &Type{Kind: KindImage}, Required: true}}},
			Nodes: []*Node{
				{Name: "lines", Map: edge(FromNode, "cut", "lines"), Nodes: []*Node{{Name: "cut2", Call: "cut", In: obj("image", edge(FromInput, "", "image"))}}, Each: obj("z", edge(FromItem, "lines", "z"), "l", edge(FromNode, "lines/cut2", "lines"))},
				{Name: "cut", Call: "cut", In: obj("image", edge(FromInput, "", "image"))},
			},
			Output: obj("lines", edge(FromNode, "lines"), "v", &Value{Const: Const(number("3", "3.0"))}, "e", &Value{Empty: "list"}, "n", &Value{Const: Const("null")}),
		}},
		Services: map[string]*Service{"ocr": {Endpoints: map[string]*Endpoint{"read": {Route: "/read", Graph: "read"}}, Traffic: Traffic{TimeoutMs: 60000, MaxBodyBytes: 1 << 20}}},
	}
}

func edge(from EdgeFrom, node string, path ...string) *Value {
	return &Value{Edge: &Edge{From: from, Node: node, Path: path}}
}

func obj(pairs ...any) *Value {
	v := &Value{}
	for i := 0; i < len(pairs); i += 2 {
		v.Object = append(v.Object, ValueField{Name: pairs[i].(string), Value: pairs[i+1].(*Value)})
	}
	return v
}

func TestCanonicalIgnoresSpelling(t *testing.T) {
	t.Parallel()
	first, err := sample(0).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(25) {
		b := sample(seed)
		got, err := b.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, first) {
			t.Fatalf("seed %d:\n%s\nfirst:\n%s", seed, got, first)
		}
		if b.Digest() != sample(0).Digest() || !strings.HasPrefix(b.Digest(), "sha256:") || len(b.Digest()) != 71 {
			t.Fatalf("digest %s", b.Digest())
		}
	}
	for _, want := range []string{`"env":{"X":"<&>","Y":"2"}`, `"platforms":["linux/amd64","linux/arm64"]`, `"requiredEnv":["A","B"]`, `"max":{"value":"1"}`, `"default":1`, `"const":null`, `"irVersion":1`} {
		if !bytes.Contains(first, []byte(want)) {
			t.Errorf("no %s in %s", want, first)
		}
	}
	if bytes.Contains(first, []byte("pos")) || bytes.Contains(first, []byte(`"f`+"1")) || !json.Valid(first) {
		t.Errorf("positions in %s", first)
	}
}

// TestCanonicalKeepsOrder: what clients see in order is not sorted.
func TestCanonicalKeepsOrder(t *testing.T) {
	t.Parallel()
	a, b := sample(0), sample(0)
	f := b.Types["Line"].Fields
	f[0], f[1] = f[1], f[0]
	if a.Digest() == b.Digest() {
		t.Error("the order of fields does not matter")
	}
}

// TestCanonicalLeavesItsInput: a bento is not changed by writing it.
func TestCanonicalLeavesItsInput(t *testing.T) {
	t.Parallel()
	b := sample(3)
	before := fmt.Sprintf("%+v %s", b.Types["Line"].Fields[0].Type, b.Platforms)
	b.Digest()
	if after := fmt.Sprintf("%+v %s", b.Types["Line"].Fields[0].Type, b.Platforms); after != before {
		t.Errorf("before %s\nafter  %s", before, after)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	first, err := sample(1).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.Canonical()
	if err != nil || !bytes.Equal(again, first) {
		t.Fatalf("%v: got\n%s\nwant\n%s", err, again, first)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	whole, err := sample(1).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) string {
		if !bytes.Contains(whole, []byte(old)) {
			t.Fatalf("no %s in %s", old, whole)
		}
		return strings.Replace(string(whole), old, new, 1)
	}
	for _, c := range []struct{ in, want string }{
		{``, "unexpected end of JSON input"},
		{`[]`, "cannot unmarshal array"},
		{`{}`, "no irVersion"},
		{`{"irVersion": 2, "future": true}`, "version 2 is newer than this bentoc's 1: use a newer bentoc"},
		{`{"irVersion": 0}`, "version 0 was never written: the IR is damaged"},
		{change(`"name":"ocr"`, `"nam":"ocr"`), `unknown field "nam"`},
		{string(whole) + "{}", "invalid character"},
		{change(`"kind":"image"`, `"kind":"picture"`), `kind "picture" is not known`},
		{change(`"ref":"Line"`, `"ref":"Lane"`), `there is no type "Lane"`},
		{change(`"call":"cut",`, ``), "not exactly one of " + NodeKindsText()},
		{change(`"from":"node"`, `"from":"moon"`), `an edge from "moon"`},
		{change(`"empty":"list"`, `"empty":"set"`), `empty "set"`},
		{change(`{"const":null}`, `{}`), `not exactly one of edge, const, object, list and empty`},
		{change(`"name":"cut2"`, `"name":""`), `a node without a name`},
		{change(`"services":{"ocr":`, `"services":{"x":null,"ocr":`), `services.x is null`},
		{change(`"value":"1"`, `"value":"one"`), `"one" is no number`},
	} {
		if _, err := Parse([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	whole, err := sample(1).Canonical()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"irVersion":1,"name":"x","platforms":null,"services":{}}`))
	f.Add([]byte(`{"irVersion":1,"graphs":{"g":{"nodes":[null],"output":{"const":1e9}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Parse(data)
		if err != nil {
			return
		}
		first, err := b.Canonical()
		if err != nil {
			return // numbers beyond reason in constants
		}
		again, err := Parse(first)
		if err != nil {
			t.Fatalf("reading back %s: %v", first, err)
		}
		second, err := again.Canonical()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%v:\n%s\n%s", err, first, second)
		}
		for _, g := range b.Graphs {
			s := NewScope(b, g)
			s.ResultType()
			WalkNodes(g, func(path string, n *Node) { s.NodeType(path); s.ItemType(path); Needs(path, n) })
			_, _ = Order("", g.Nodes)
		}
	})
}

func TestCanonicalNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.0": "0", "0e9": "0", "1": "1", "1.0": "1", "1.50": "1.5", "10": "10", "1e2": "100", "1E+2": "100",
		"120e-1": "12", "0.001": "0.001", "1e-3": "0.001", "0.000001": "0.000001", "0.0000001": "1e-7", "12.5e-8": "1.25e-7",
		"123456789012345678901": "123456789012345678901", "1234567890123456789012": "1.234567890123456789012e21", "1e21": "1e21", "1e20": "100000000000000000000",
		"-1.5e300": "-1.5e300", "9007199254740993": "9007199254740993", "0.1000000000000000055": "0.1000000000000000055",
	} {
		got, err := CanonicalNumber(in)
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
		if again, err := CanonicalNumber(got); err != nil || again != got {
			t.Errorf("%s: again %s, %v", got, again, err)
		}
	}
	for _, bad := range []string{"", "-", "01", "1.", ".5", "1e", "1e+", "1e+-5", "1e++5", "1e99999999999", "1e2000000", "0x1", "NaN", "1_0", "+1", "1 "} {
		if got, err := CanonicalNumber(bad); err == nil {
			t.Errorf("%q: got %s", bad, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	ascending := []string{"-1e300", "-10", "-9.5", "-1e-9", "0", "1e-9", "0.5", "1", "1.0000000000000000001", "2", "10", "9007199254740992", "9007199254740993", "1e400"}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := CompareNumbers(a, b); got != want {
				t.Errorf("%s and %s: got %d, want %d", a, b, got, want)
			}
		}
	}
	for s, want := range map[string]bool{"1": true, "1.0": true, "1e3": true, "0.5": false, "1.5e1": true, "1.5e0": false, "0": true, "x": false} {
		if IsInteger(s) != want {
			t.Errorf("IsInteger(%s) is not %v", s, want)
		}
	}
	for _, c := range []struct {
		s, of string
		want  bool
	}{{"10", "5", true}, {"10", "3", false}, {"0.3", "0.1", true}, {"0", "7", true}, {"1", "0", false}, {"1e999", "1", false}, {"-4", "2", true}, {"2.5", "0.5", true}} {
		if IsMultiple(c.s, c.of) != c.want {
			t.Errorf("IsMultiple(%s, %s) is not %v", c.s, c.of, c.want)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	g := sample(0).Graphs["read"]
	order, err := Order("", g.Nodes)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range order {
		names = append(names, n.Name)
	}
	if !slices.Equal(names, []string{"cut", "lines"}) {
		t.Errorf("got %s", names)
	}
	if needs := Needs("lines", g.Nodes[0]); !slices.Equal(needs, []string{"cut"}) {
		t.Errorf("lines needs %s", needs)
	}
	a := &Node{Name: "a", Call: "r", In: edge(FromNode, "b")}
	b := &Node{Name: "b", Call: "r", In: edge(FromNode, "a")}
	_, err = Order("", []*Node{a, b})
	var cycle *CycleError
	if !errors.As(err, &cycle) || cycle.Error() != "cycle: a → b → a" {
		t.Errorf("got %v", err)
	}
	c := &Node{Name: "c", Call: "r", In: edge(FromNode, "m/d")}
	d := &Node{Name: "d", Call: "r", In: edge(FromNode, "m/c")}
	_, err = Order("m", []*Node{c, d})
	if !errors.As(err, &cycle) || !slices.Equal(cycle.Path, []string{"m/c", "m/d"}) {
		t.Errorf("got %v", err)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	b := sample(0)
	s := NewScope(b, b.Graphs["read"])
	kind := func(v *Value) string {
		in := s.TypeOf(v)
		if in.Type == nil {
			return "?"
		}
		return fmt.Sprintf("%s %s optional=%v", in.Type.Kind, in.Type.Ref, in.Optional)
	}
	for _, c := range []struct {
		v    *Value
		want string
	}{
		{edge(FromInput, "", "image"), "image  optional=false"},
		{edge(FromNode, "cut", "lines"), "list  optional=false"},
		{edge(FromNode, "lines"), "list  optional=false"},
		{edge(FromItem, "lines"), "ref Line optional=false"},
		{edge(FromItem, "lines", "z"), "string  optional=false"},
		{edge(FromItem, "lines", "a"), "float  optional=false"}, // it has a default
		{edge(FromNode, "nowhere"), "?"},
		{edge(FromInput, "", "nothing"), "?"},
		{&Value{Const: Const("1")}, "int  optional=false"},
		{&Value{Const: Const("1.5")}, "float  optional=false"},
		{&Value{Const: Const(`"x"`), Declared: &Type{Kind: KindBytes}}, "bytes  optional=false"},
		{&Value{List: []*Value{{Const: Const("1")}, {Const: Const("2.5")}}}, "list  optional=false"},
		{&Value{Const: Const(`{"a": [1, "x"]}`)}, "object  optional=false"},
	} {
		if got := kind(c.v); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.v, got, c.want)
		}
	}
	for scope, want := range map[string]bool{"": false, "lines": true, "lines/deeper": true, "linesman": false} {
		if Visible(scope, edge(FromItem, "lines").Edge) != want || Visible(scope, edge(FromNode, "lines/cut2").Edge) != want {
			t.Errorf("from %q: not %v", scope, want)
		}
		if !Visible(scope, edge(FromNode, "cut").Edge) || !Visible(scope, edge(FromInput, "").Edge) {
			t.Errorf("from %q: outer nodes are not seen", scope)
		}
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{`[1, 2]`, `int [1 2]`},
		{`[1, 2.5]`, `float [1 2.5]`},
		{`["a", "a"]`, `string ["a"]`},
		{`["a", 1]`, `any []`},
		{`[]`, `any []`},
		{`[{"a": 1}, {"a": 1}]`, `object []`},
		{`[[1], [2]]`, `any []`},
	} {
		e := ConstType(Const(c.in)).Elem
		if got := fmt.Sprintf("%s %s", e.Kind, e.Enum); got != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
}

func TestWalks(t *testing.T) {
	t.Parallel()
	b := sample(0)
	var edges []string
	WalkEdges(b.Graphs["read"], func(p Place, e *Edge) {
		edges = append(edges, fmt.Sprintf("%s|%s|%s.%s = %s", p.Scope, p.Path, p.Role, strings.Join(p.Field, "."), e.Ref()))
	})
	want := []string{
		"|lines|map. = cut.#out.lines", "lines|lines|each.z = lines.#item.z", "lines|lines|each.l = cut2.#out.lines",
		"lines|lines/cut2|in.image = #input.image", "|cut|in.image = #input.image", "||output.lines = lines.#out",
	}
	if !slices.Equal(edges, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(edges, "\n"), strings.Join(want, "\n"))
	}
	var types []string
	WalkTypes(b, func(path string, _ *Type) { types = append(types, path) })
	for _, want := range []string{"types.Line.z", "runners.cut.input.image", "runners.cut.output.lines[]", "graphs.read.input"} {
		if !slices.Contains(types, want) {
			t.Errorf("no %s in %s", want, types)
		}
	}
}
