package diff

import (
	"encoding/json"
	"fmt"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// list gives a list of t with n items, of which the one at i is v where that is not nil;
// false where there is none.
func (m *maker) list(t *ir.Type, n, i int, v ir.Const, depth int) (ir.Const, bool) {
	items := make([]ir.Const, n)
	var spare []ir.Const
	if t.Elem != nil && n > len(t.Prefix) {
		least, ok := m.least(t.Elem, depth+1)
		if !ok && (v == nil || n > len(t.Prefix)+1) {
			return nil, false
		}
		spare = []ir.Const{least}
		if t.Unique {
			spare = m.parts(t.Elem, n+1, depth)
		}
	}
	used := 0
	for at := range items {
		part := assign.Part(t, at)
		switch {
		case at == i && v != nil:
			items[at] = v
		case part == nil:
			items[at] = ir.Const("0")
		case at < len(t.Prefix):
			least, ok := m.least(part, depth+1)
			if !ok {
				return nil, false
			}
			items[at] = least
		default:
			if t.Unique && used < len(spare) && v != nil && string(spare[used]) == string(v) {
				used++
			}
			items[at] = spare[min(used, len(spare)-1)]
			if t.Unique {
				used++
			}
		}
	}
	return listOf(items), true
}

// lengthWith gives the least length of a list that has an item at i.
func lengthWith(t *ir.Type, i int) int {
	low, _ := t.Lengths()
	n := i + 1
	if low != nil {
		n = max(n, int(min(*low, maxItems)))
	}
	return n
}

func listSamples(m *maker, t *ir.Type, depth int) (all []ir.Const) {
	low, high := t.Lengths()
	for _, n := range lengths(low, high, maxItems) {
		if v, ok := m.list(t, n, -1, nil, depth); ok {
			all = append(all, v)
		}
		if t.Elem != nil && n >= 2 && len(t.Prefix) == 0 {
			if twice, ok := m.least(t.Elem, depth+1); ok && n < 5 { // items that are not unique
				same := make([]ir.Const, n)
				for i := range same {
					same[i] = twice
				}
				all = append(all, listOf(same))
			}
		}
	}
	for i := range len(t.Prefix) + 1 {
		part := assign.Part(t, i)
		if part == nil {
			continue
		}
		for _, v := range m.values(part, depth+1) {
			if list, ok := m.list(t, lengthWith(t, i), i, v, depth); ok {
				all = append(all, list)
			}
		}
	}
	return all
}

// mapOf gives a map of t with n entries, of which the first is v where that is not nil.
func (m *maker) mapOf(t *ir.Type, n int, v ir.Const, depth int) (ir.Const, bool) {
	var keys []string
	if t.Key != nil && n > 0 {
		for _, key := range m.parts(t.Key, n, depth) {
			keys = append(keys, nameOf(key))
		}
		if len(keys) < n {
			return nil, false
		}
	}
	for i := len(keys); i < n; i++ {
		keys = append(keys, fmt.Sprint("k", i+1))
	}
	return m.mapWith(t, keys, v, depth)
}

// mapWith is mapOf with the keys given.
func (m *maker) mapWith(t *ir.Type, keys []string, v ir.Const, depth int) (ir.Const, bool) {
	object := &ir.Type{Kind: ir.KindObject}
	with := map[string]ir.Const{}
	for i, key := range keys {
		object.Fields = append(object.Fields, ir.Field{Name: key, Type: t.Elem, Required: true})
		if i == 0 && v != nil {
			with[key] = v
		}
	}
	return m.object(object, depth, with)
}

func nameOf(key ir.Const) string {
	var s string
	_ = json.Unmarshal(key, &s)
	return s
}

func mapSamples(m *maker, t *ir.Type, depth int) (all []ir.Const) {
	for _, n := range lengths(t.MinLen, t.MaxLen, maxItems) {
		if v, ok := m.mapOf(t, n, nil, depth); ok {
			all = append(all, v)
		}
	}
	n := 1
	if t.MinLen != nil {
		n = max(n, int(min(*t.MinLen, maxItems)))
	}
	for _, v := range m.values(t.Elem, depth+1) {
		if entry, ok := m.mapOf(t, n, v, depth); ok {
			all = append(all, entry)
		}
	}
	if t.Key == nil {
		return all
	}
	others := m.parts(t.Key, n, depth)
	for _, key := range m.values(t.Key, depth+1) {
		keys := []string{nameOf(key)}
		for i := 1; i < min(n, len(others)); i++ {
			keys = append(keys, nameOf(others[i]))
		}
		if entry, ok := m.mapWith(t, keys, nil, depth); ok {
			all = append(all, entry)
		}
	}
	return all
}

func objectSamples(m *maker, t *ir.Type, depth int) (all []ir.Const) {
	add := func(with map[string]ir.Const) {
		if v, ok := m.object(t, depth, with); ok {
			all = append(all, v)
		}
	}
	add(nil)
	whole := map[string]ir.Const{}
	for i := range t.Fields {
		f := &t.Fields[i]
		add(map[string]ir.Const{f.Name: nil})
		if v, ok := m.least(f.Type, depth+1); ok {
			whole[f.Name] = v
		}
	}
	add(whole)
	for _, e := range t.Entries {
		keys := m.parts(e.Key, 2, depth)
		for _, key := range keys {
			if v, ok := m.least(e.Elem, depth+1); ok {
				add(map[string]ir.Const{nameOf(key): v})
			}
		}
		for _, v := range m.values(e.Elem, depth+1) {
			for _, key := range keys[:min(len(keys), 1)] {
				add(map[string]ir.Const{nameOf(key): v})
			}
		}
	}
	add(map[string]ir.Const{"other": ir.Const("0")})
	for i := range t.Fields {
		f := &t.Fields[i]
		values := m.values(f.Type, depth+1)
		for _, v := range values[:min(len(values), max(8, maxValues/len(t.Fields)))] {
			add(map[string]ir.Const{f.Name: v})
		}
	}
	return all
}
