package load

import (
	"slices"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// either gives the type of a disjunction: an enum where all arms are
// constants, a union else. The default is the field's business.
func (t *typer) either(v cue.Value, p part, pos ir.Pos, path string) *ir.Type {
	consts, rest := splitConsts(withoutRedundant(p.args))
	if t.strayDefault(p, path) {
		return anyType(pos)
	}
	if len(rest) == 1 && len(consts) == 0 {
		typ := t.typeOf(rest[0], path)
		typ.Pos = pos
		return typ
	}
	arms := t.constArms(v, consts, pos, path)
	for _, r := range rest {
		if !isErrorCall(r) {
			arms = append(arms, t.typeOf(r, path))
		}
	}
	if arms = mergeEnums(arms); len(arms) == 1 {
		return arms[0]
	}
	return t.union(arms, pos, path)
}

// withoutRedundant leaves out the constants that another arm takes in anyway,
// such as the default in `strings.MinRunes(1) | *"x"`.
func withoutRedundant(args []cue.Value) []cue.Value {
	var out []cue.Value
	for _, a := range args {
		if !slices.ContainsFunc(args, func(b cue.Value) bool { return takesIn(b, a) }) {
			out = append(out, a)
		}
	}
	return out
}

// takesIn reports whether a type takes a constant in.
func takesIn(typ, c cue.Value) bool {
	if !isConst(c) || isConst(typ) || isErrorCall(typ) {
		return false
	}
	return typ.Unify(c).Validate(cue.Concrete(true)) == nil
}

// isConst reports whether v, and all that is in it, is concrete.
func isConst(v cue.Value) bool {
	return v.IsConcrete() && v.Validate(cue.Concrete(true)) == nil
}

// isErrorCall reports whether v is CUE's error("…"), the arm that words the
// message when no other fits.
func isErrorCall(v cue.Value) bool {
	op, args := v.Expr()
	return op == cue.CallOp && len(args) > 0 && callName(args[0]) == "error"
}

// constArms gathers constants into one enum for each kind.
func (t *typer) constArms(v cue.Value, consts []cue.Value, pos ir.Pos, path string) []*ir.Type {
	var arms []*ir.Type
	arm := func(k ir.Kind) *ir.Type {
		for _, a := range arms {
			if a.Kind == k || isNumber(a.Kind) && isNumber(k) {
				if k == ir.KindFloat && a.Kind == ir.KindInt {
					a.Kind = k
				}
				return a
			}
		}
		arms = append(arms, &ir.Type{Kind: k, Pos: pos})
		return arms[len(arms)-1]
	}
	for _, c := range consts {
		a := arm(scalarKinds[c.Kind()])
		if a.Kind == ir.KindNull {
			continue
		}
		for _, data := range t.consts(v, []cue.Value{c}, path) {
			if !slices.ContainsFunc(a.Enum, func(e ir.Const) bool { return string(e) == string(data) }) {
				a.Enum = append(a.Enum, data)
			}
		}
	}
	for _, a := range arms {
		if a.Kind == ir.KindBool && len(a.Enum) == 2 {
			a.Enum = nil
		}
	}
	return arms
}

func isNumber(k ir.Kind) bool { return k == ir.KindInt || k == ir.KindFloat }

// union checks that the arms can be told apart when a value comes in.
func (t *typer) union(arms []*ir.Type, pos ir.Pos, path string) *ir.Type {
	var flat []*ir.Type
	for _, a := range arms {
		if a.Kind == ir.KindUnion {
			flat = append(flat, a.Arms...)
		} else {
			flat = append(flat, a)
		}
	}
	if bareNumbers(flat) {
		return &ir.Type{Kind: ir.KindFloat, Pos: pos}
	}
	typ := &ir.Type{Kind: ir.KindUnion, Arms: flat, Pos: pos}
	byJSON := map[string]int{}
	for _, a := range flat {
		byJSON[jsonKind(t.resolve(a).Kind)]++
	}
	if len(flat) == 2 && byJSON["null"] == 1 && (t.resolve(flat[0]).Kind == ir.KindTable || t.resolve(flat[1]).Kind == ir.KindTable) {
		return typ // a list or an object, or else null
	}
	objects := byJSON["object"]
	for _, k := range []string{"null", "boolean", "number", "string", "array", ""} {
		if byJSON[k] > 1 || k == "" && byJSON[k] > 0 {
			t.errorf(pos, path, "the arms of this disjunction cannot be told apart").
				Hintf("arms must differ in their JSON kind, or be structs with a field that has another constant in each")
			return typ
		}
	}
	if objects > 1 {
		arms := t.objects(flat)
		if typ.Discriminator = t.discriminator(arms); typ.Discriminator == "" && !byShape(arms) {
			t.errorf(pos, path, "the structs of this disjunction cannot be told apart").
				Hintf(`give each a field with another constant, such as kind: "circle" and kind: "square", or a required field that no other has`)
		}
	}
	return typ
}

// objects gives the arms that are objects.
func (t *typer) objects(arms []*ir.Type) (objects []*ir.Type) {
	for _, a := range arms {
		if a = t.resolve(a); a.Kind == ir.KindObject || a.Kind == ir.KindMap {
			objects = append(objects, a)
		}
	}
	return objects
}

// byShape tells whether each object has a required field that no other has, and takes
// none that it does not declare.
func byShape(objects []*ir.Type) bool {
	for i, marks := range ir.MarkersOf(objects) {
		if len(marks) == 0 || objects[i].Open || len(objects[i].Entries) > 0 {
			return false
		}
	}
	return true
}

func bareNumbers(arms []*ir.Type) bool {
	for _, a := range arms {
		if !isNumber(a.Kind) || a.Enum != nil || a.Min != nil || a.Max != nil || a.MultipleOf != "" || a.Not != nil {
			return false
		}
	}
	return true
}

func (t *typer) resolve(typ *ir.Type) *ir.Type {
	for i := 0; i < maxChain && typ.Kind == ir.KindRef && t.types[typ.Ref] != nil; i++ {
		typ = t.types[typ.Ref]
	}
	return typ
}

// jsonKind gives the kind of JSON value that stands for k, "" where several do: a file
// may be a part of a form too.
func jsonKind(k ir.Kind) string {
	if k.Form() == ir.FormFile {
		return ""
	}
	return k.JSON()
}

// discriminator gives the first field that is a different text in every arm.
func (t *typer) discriminator(arms []*ir.Type) string {
	for _, f := range t.resolve(arms[0]).Fields {
		seen := map[string]bool{}
		for _, a := range arms {
			if tag := t.resolve(a).Field(f.Name); isTag(tag) {
				seen[string(tag.Type.Enum[0])] = true
			}
		}
		if len(seen) == len(arms) {
			return f.Name
		}
	}
	return ""
}

func isTag(f *ir.Field) bool {
	return f != nil && f.Required && f.Type.Kind == ir.KindString && len(f.Type.Enum) == 1
}
