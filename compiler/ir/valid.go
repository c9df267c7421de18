package ir

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// validate reports the first place where b breaks what the structs promise, so
// that readers need not look for nil pointers and unknown kinds. What a user may
// get wrong (a name that does not exist, a type that does not fit) is not its
// business: that is for the checks.
func validate(b *Bento) error {
	for _, err := range []error{
		noNil("files", b.Files), noNil("types", b.Types), noNil("models", b.Models),
		noNil("runners", b.Runners), noNil("graphs", b.Graphs), noNil("services", b.Services), noNil("tests", b.Tests),
	} {
		if err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Services)) {
		if err := noNil("services."+name+".endpoints", b.Services[name].Endpoints); err != nil {
			return err
		}
		for at, e := range b.Services[name].Endpoints {
			if how := e.NonFinite; how != "" && how != NonFiniteNull && how != NonFiniteLiteral {
				return fmt.Errorf("services.%s.endpoints.%s: nonFinite %q is not known", name, at, how)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Graphs)) {
		if err := validGraph(b.Graphs[name]); err != nil {
			return fmt.Errorf("graphs.%s: %w", name, err)
		}
	}
	var failed error
	WalkTypes(b, func(path string, t *Type) {
		if err := validType(b, t); err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", path, err)
		}
	})
	return failed
}

func noNil[T any](what string, m map[string]*T) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if m[name] == nil {
			return fmt.Errorf("%s.%s is null", what, name)
		}
	}
	return nil
}

func validGraph(g *Graph) error {
	if err := validNodes("", g.Nodes, false); err != nil {
		return err
	}
	var failed error
	WalkValues(g, func(p Place, v *Value) {
		if err := validValue(v); err != nil && failed == nil {
			failed = fmt.Errorf("%s of %q: %w", p.Role, p.Path, err)
		}
	})
	return failed
}

func validNodes(scope string, nodes []*Node, arms bool) error {
	seen := map[string]bool{}
	for _, n := range nodes {
		if n == nil || n.Name == "" {
			return errors.New("a node without a name")
		}
		path := JoinPath(scope, n.Name)
		if f := n.Fallback; f != nil && (f.Name != FallbackArm || len(n.Arms)+len(n.Nodes) > 0) {
			return fmt.Errorf("node %q: only a node without nodes of its own has a fallback, which is called so", path)
		}
		if seen[n.Name] {
			return fmt.Errorf("two nodes %q", path)
		}
		seen[n.Name] = true
		if len(n.Kinds()) != 1 {
			return fmt.Errorf("node %q: not exactly one of %s", path, NodeKindsText())
		}
		if arms != (n.Kind() == NodeArm) {
			return fmt.Errorf("node %q: arms are those of a switch or a choice, which have nothing else", path)
		}
		if err := errors.Join(validNodes(path, n.Nodes, false), validNodes(path, n.Parts(), true)); err != nil {
			return err
		}
	}
	return nil
}

func validValue(v *Value) error {
	set := 0
	for _, is := range []bool{v.Edge != nil, v.Const != nil, len(v.Object) > 0, len(v.List) > 0, v.Empty != ""} {
		if is {
			set++
		}
	}
	if set != 1 {
		return errors.New("a value that is not exactly one of edge, const, object, list and empty")
	}
	for _, m := range v.Object {
		if m.Value == nil {
			return fmt.Errorf("field %q is null", m.Name)
		}
	}
	if slices.Contains(v.List, nil) {
		return errors.New("a member of a list is null")
	}
	if v.Empty != "" && v.Empty != "object" && v.Empty != "list" {
		return fmt.Errorf("empty %q", v.Empty)
	}
	if v.Edge != nil && v.Edge.From != FromInput && v.Edge.From != FromNode && v.Edge.From != FromItem && v.Edge.From != FromAcc {
		return fmt.Errorf("an edge from %q", v.Edge.From)
	}
	return nil
}

func validType(b *Bento, t *Type) error {
	switch {
	case !slices.Contains(Kinds, t.Kind):
		return fmt.Errorf("kind %q is not known", t.Kind)
	case t.Kind == KindRef && b.Types[t.Ref] == nil:
		return fmt.Errorf("there is no type %q", t.Ref)
	case t.Kind == KindMap && t.Elem == nil:
		return errors.New("a map without elem")
	case t.Kind == KindTable && (t.Elem == nil || t.Elem.Kind != KindObject):
		return errors.New("a table whose rows are no objects")
	case t.Orient != "" && (t.Kind != KindTable || t.Orient != OrientColumns):
		return fmt.Errorf("the orient %q of kind %s", t.Orient, t.Kind)
	case t.Encoding != "" && (t.Kind != KindBytes || t.Encoding != EncodingBase64URL && t.Encoding != EncodingHex):
		return fmt.Errorf("the encoding %q of kind %s", t.Encoding, t.Kind)
	case t.Key != nil && (t.Kind != KindMap || t.Key.Kind != KindString):
		return errors.New("a key that is no string of a map")
	case t.Kind == KindUnion && len(t.Arms) == 0:
		return errors.New("a union without arms")
	case slices.Contains(t.Prefix, nil) || slices.Contains(t.Arms, nil):
		return errors.New("a part is null")
	}
	for _, e := range t.Entries {
		if t.Kind != KindObject || e.Elem == nil || e.Key == nil || e.Key.Kind != KindString {
			return errors.New("entries that are not of an object, or without a key that is a string, or without elem")
		}
	}
	for _, f := range t.Fields {
		if f.Type == nil {
			return fmt.Errorf("field %q has no type", f.Name)
		}
	}
	for _, n := range []string{valueOf(t.Min), valueOf(t.Max), t.MultipleOf} {
		if n == "" {
			continue
		}
		if _, err := CanonicalNumber(n); err != nil || !json.Valid([]byte(n)) {
			return fmt.Errorf("%q is no number", n)
		}
	}
	return validFormat(t)
}

func valueOf(b *Bound) string {
	if b == nil {
		return ""
	}
	return b.Value
}
