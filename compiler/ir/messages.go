package ir

import (
	"fmt"
	"maps"
	"slices"
)

// Message is a type of several named parts that an endpoint exposes: an object, or a
// union, whose parts are its arms. On the wire of formats such as proto3 a part is
// known by a number that stays for ever.
type Message struct {
	// Key names the message: "#Line" for a type that has a name, wherever it stands;
	// else the way to it from an endpoint, such as "ocr.read.output.lines[].box".
	Key   string
	Parts []Part
}

// Part is a field of an object, or an arm of a union.
type Part struct {
	Name string
	Pos  Pos
}

// Messages gives the messages that the endpoints expose, by service and endpoint,
// each once, parts in the order declared. What has no type yet is left out.
func (b *Bento) Messages() []Message {
	w := messages{b: b, seen: map[string]bool{}}
	for _, service := range slices.Sorted(maps.Keys(b.Services)) {
		endpoints := b.Services[service].Endpoints
		for _, name := range slices.Sorted(maps.Keys(endpoints)) {
			in, out := b.EndpointTypes(endpoints[name])
			w.add(service+"."+name+".input", in)
			w.add(service+"."+name+".output", out)
		}
	}
	return w.all
}

// EndpointTypes gives what an endpoint takes and gives back, nil where that is not
// known.
func (b *Bento) EndpointTypes(e *Endpoint) (in, out *Type) {
	if g := b.Graphs[e.Graph]; g != nil {
		return g.Input, g.Result
	}
	return b.RunnerInput(e.Runner), b.RunnerOutput(e.Runner)
}

type messages struct {
	b    *Bento
	seen map[string]bool
	all  []Message
}

// add adds the messages in t, which stands at key where it has no name.
func (w *messages) add(key string, t *Type) {
	if t == nil {
		return
	}
	if t.Kind == KindRef {
		key, t = "#"+t.Ref, w.b.Types[t.Ref]
	}
	if t != nil && t.Kind == KindUnion {
		if bare := w.b.Bare(t); bare != nil { // null is a part that is absent
			w.add(key, bare)
			return
		}
	}
	if t == nil || w.seen[key] {
		return
	}
	w.seen[key] = true
	if parts := w.parts(t); len(parts) > 0 {
		w.all = append(w.all, Message{key, parts})
	}
	for _, f := range t.Fields {
		w.add(key+"."+f.Name, f.Type)
	}
	for i, arm := range w.b.ArmNames(t) {
		w.add(key+"|"+arm, t.Arms[i])
	}
	for i, item := range t.Prefix {
		w.add(fmt.Sprintf("%s[%d]", key, i), item)
	}
	w.add(key+"[]", t.Elem)
}

func (w *messages) parts(t *Type) (parts []Part) {
	for _, f := range t.Fields {
		parts = append(parts, Part{f.Name, f.Pos})
	}
	for i, name := range w.b.ArmNames(t) {
		parts = append(parts, Part{name, t.Arms[i].Pos})
	}
	return parts
}

// ArmNames names the arms of a union by what tells them apart and does not change with
// their order: the constant of the discriminator, else the type's own name, else
// the field that no other arm has, else the kind. Arms of one name are counted.
func (b *Bento) ArmNames(union *Type) (names []string) {
	markers := b.Markers(union)
	for i, arm := range union.Arms {
		name := string(arm.Kind)
		if arm.Kind == KindRef {
			name = "#" + arm.Ref
		}
		if r := b.Resolve(arm); r != nil && union.Discriminator != "" {
			if f := r.Field(union.Discriminator); f != nil {
				if tag := b.Resolve(f.Type); tag != nil && len(tag.Enum) == 1 {
					name = string(tag.Enum[0])
				}
			}
		}
		if name == string(KindObject) && b.ByShape(union) && len(markers[i]) > 0 {
			name = slices.Min(markers[i])
		}
		unique := name
		for n := 2; slices.Contains(names, unique); n++ {
			unique = fmt.Sprint(name, n)
		}
		names = append(names, unique)
	}
	return names
}
