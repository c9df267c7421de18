package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// maker makes documents of the types of one bento, as small as they may be.
type maker struct {
	b    *ir.Bento
	fits *assign.Fitter // tells whether what is made is of the type
	// full: fields with a default are there, as they are in answers.
	full bool
	// known are the least values, and edges the values, that were made before.
	known map[*ir.Type]ir.Const
	edges map[made][]ir.Const
}

// made is a type and how deep it lies.
type made struct {
	t     *ir.Type
	depth int
}

func newMaker(b *ir.Bento, full bool) *maker { return newMakerOf(b, full, 0) }

// newMakerOf is newMaker for requests whose body has a limit.
func newMakerOf(b *ir.Bento, full bool, maxBody int64) *maker {
	return &maker{b: b, fits: assign.Sender(b, assign.Wire{Full: full, Omits: !full, MaxBody: maxBody}), full: full, known: map[*ir.Type]ir.Const{}, edges: map[made][]ir.Const{}}
}

// maxDepth is how deep documents are made: a type that holds itself ends somewhere.
const maxDepth = 8

// of tells whether v is a value of t.
func (m *maker) of(v ir.Const, t *ir.Type) bool { return m.fits.Takes(v, t).Verdict == assign.Fits }

// minimal gives a small value of t; false where none is found.
func (m *maker) minimal(t *ir.Type) (ir.Const, bool) { return m.least(t, 0) }

func (m *maker) least(t *ir.Type, depth int) (ir.Const, bool) {
	t = m.b.Resolve(t)
	if t == nil || depth > maxDepth {
		return nil, false
	}
	if v, ok := m.known[t]; ok {
		return v, true
	}
	v, ok := m.find(t, depth)
	if ok {
		m.known[t] = v
	}
	return v, ok
}

func (m *maker) find(t *ir.Type, depth int) (ir.Const, bool) {
	low := 0
	if least, _ := t.Lengths(); least != nil {
		low = int(min(*least, maxItems+1))
	}
	v, ok := ir.Const(nil), false
	switch t.Kind {
	case ir.KindObject:
		return m.object(t, depth, nil)
	case ir.KindUnion:
		return m.leastArm(t, depth)
	case ir.KindList, ir.KindStream:
		v, ok = m.list(t, low, -1, nil, depth)
	case ir.KindMap:
		v, ok = m.mapOf(t, low, nil, depth)
	case ir.KindTable:
		v, ok = m.table(t, low, nil, depth)
	}
	if ok && m.of(v, t) {
		return v, true
	}
	best, ok := ir.Const(nil), false
	for _, v := range m.values(t, depth) {
		if (!ok || nicer(v, best)) && m.of(v, t) {
			best, ok = v, true
		}
	}
	return best, ok
}

// nicer tells whether a is better to read than b: shorter, but not empty.
func nicer(a, b ir.Const) bool {
	empty := func(v ir.Const) bool { return string(v) == `""` || string(v) == "null" }
	if empty(a) != empty(b) {
		return empty(b)
	}
	return len(a) < len(b)
}

func (m *maker) leastArm(t *ir.Type, depth int) (ir.Const, bool) {
	best, ok := ir.Const(nil), false
	for _, arm := range t.Arms {
		if v, found := m.least(arm, depth+1); found && (!ok || nicer(v, best)) {
			best, ok = v, true
		}
	}
	return best, ok
}

// object gives an object with what must be there, and with the fields given; nil of one
// leaves it out.
func (m *maker) object(t *ir.Type, depth int, with map[string]ir.Const) (ir.Const, bool) {
	var members []string
	add := func(name string, v ir.Const) {
		key, _ := json.Marshal(name)
		members = append(members, string(key)+": "+string(v))
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		v, given := with[f.Name]
		switch {
		case given && v == nil:
			continue
		case given:
		case f.Required:
			ok := false
			if v, ok = m.least(f.Type, depth+1); !ok {
				return nil, false
			}
		case f.Default != nil && m.full:
			v = f.Default
		default:
			continue
		}
		add(f.Name, v)
	}
	var others []string
	for name := range with {
		if t.Field(name) == nil && with[name] != nil {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range others {
		add(name, with[name])
	}
	return ir.Const("{" + strings.Join(members, ", ") + "}"), true
}

// maxValues bounds how many values of one type are tried, maxItems how long a list is.
const (
	maxValues = 300
	maxItems  = 300
	maxText   = 3000
)

// values gives values at the edges of t, some of which are not of it. Depth is how deep
// t lies in what is made.
func (m *maker) values(t *ir.Type, depth int) (all []ir.Const) {
	t = m.b.Resolve(t)
	if t == nil || depth > maxDepth {
		return nil
	}
	key := made{t, depth}
	if known, ok := m.edges[key]; ok {
		return known
	}
	all = append(slices.Clone(t.Enum), t.Not...)
	if row := samples[t.Kind]; row != nil {
		all = append(all, row(m, t, depth)...)
	}
	m.edges[key] = all[:min(len(all), maxValues):min(len(all), maxValues)]
	return m.edges[key]
}

// samples gives the values at the edges of a kind. A test holds that each kind has a row,
// here or in a file of its own.
var samples = map[ir.Kind]func(m *maker, t *ir.Type, depth int) []ir.Const{}

func init() { // the rows lead back to the table, by the parts of types
	maps.Copy(samples, map[ir.Kind]func(m *maker, t *ir.Type, depth int) []ir.Const{
		ir.KindAny:    fixed(`0`, `null`, `true`, `0.5`, `"x"`, `[]`, `{}`, `[0]`, `{"a": 0}`),
		ir.KindNull:   fixed(`null`),
		ir.KindBool:   fixed(`true`, `false`),
		ir.KindInt:    numberSamples,
		ir.KindFloat:  numberSamples,
		ir.KindString: textSamples,
		ir.KindBytes:  byteSamples,
		ir.KindList:   listSamples,
		ir.KindStream: listSamples,
		ir.KindMap:    mapSamples,
		ir.KindTable:  tableSamples,
		ir.KindObject: objectSamples,
		ir.KindRef:    fixed(), // followed before
		ir.KindUnion:  unionSamples,
		ir.KindTensor: tensorSamples,
		ir.KindImage:  fileSamples,
		ir.KindFile:   fileSamples,
	})
}

func fixed(values ...string) func(*maker, *ir.Type, int) []ir.Const {
	return func(*maker, *ir.Type, int) []ir.Const { return consts(values...) }
}

func consts(values ...string) (all []ir.Const) {
	for _, v := range values {
		all = append(all, ir.Const(v))
	}
	return all
}

// lengths are the lengths at the edges of a type's bounds.
func lengths(low, high *int64, most int64) []int {
	all := []int64{0, 1, 2}
	for _, n := range []*int64{low, high} {
		if n != nil {
			all = append(all, *n-1, *n, *n+1)
		}
	}
	slices.Sort(all)
	var out []int
	for _, n := range slices.Compact(all) {
		if n >= 0 && n <= most {
			out = append(out, int(n))
		}
	}
	return out
}

func textOf(s string) ir.Const {
	v, _ := json.Marshal(s)
	return v
}

func unionSamples(m *maker, t *ir.Type, depth int) (all []ir.Const) {
	for _, arm := range t.Arms {
		values := m.values(arm, depth+1)
		all = append(all, values[:min(len(values), maxValues/len(t.Arms))]...)
	}
	return all
}

// parts gives different values of t, as many as n or fewer; the least comes first.
func (m *maker) parts(t *ir.Type, n, depth int) (all []ir.Const) {
	seen := map[string]bool{}
	add := func(v ir.Const) {
		c, err := ir.CanonicalConst(v)
		if err == nil && !seen[string(c)] && len(all) < n {
			seen[string(c)] = true
			all = append(all, v)
		}
	}
	if v, ok := m.least(t, depth+1); ok {
		add(v)
	}
	for _, v := range m.values(t, depth+1) {
		if len(all) < n && m.of(v, t) {
			add(v)
		}
	}
	for i := 0; len(all) < n && i < n; i++ { // numbers and texts of which there are many
		for _, v := range []ir.Const{ir.Const(strconv.Itoa(i)), textOf(fmt.Sprint("x", i))} {
			if m.of(v, t) {
				add(v)
			}
		}
	}
	return all
}

func listOf(items []ir.Const) ir.Const {
	texts := make([]string, len(items))
	for i, v := range items {
		texts[i] = string(v)
	}
	return ir.Const("[" + strings.Join(texts, ", ") + "]")
}
