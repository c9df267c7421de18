package gen

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"bentoc.dev/compiler/ir"
)

// sorted gives the keys of a map in order.
func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// fn gives the name of a function of types.go. The first time a key is asked for,
// write is queued to write the function.
func (g *generator) fn(key, name string, write func(name string)) string {
	if have, ok := g.fns[key]; ok {
		return have
	}
	name = g.mainNames.pick(name)
	g.fns[key] = name
	g.queue = append(g.queue, func() { write(name) })
	return name
}

// typeKey tells IR types apart by what they say, docs aside.
func typeKey(t *ir.Type) string {
	text, err := json.Marshal(withoutDocs(t))
	if err != nil {
		return fmt.Sprintf("%p", t)
	}
	return string(text)
}

func withoutDocs(t *ir.Type) *ir.Type {
	if t == nil {
		return nil
	}
	c := *t
	c.Doc = ""
	c.Elem = withoutDocs(t.Elem)
	c.Prefix, c.Arms, c.Fields = mapTypes(t.Prefix), mapTypes(t.Arms), slices.Clone(t.Fields)
	for i := range c.Fields {
		c.Fields[i].Doc, c.Fields[i].Deprecated, c.Fields[i].Type = "", nil, withoutDocs(c.Fields[i].Type)
	}
	c.Entries = slices.Clone(t.Entries)
	for i, e := range c.Entries {
		c.Entries[i] = ir.Entries{Key: withoutDocs(e.Key), Elem: withoutDocs(e.Elem)}
	}
	return &c
}

func mapTypes(types []*ir.Type) []*ir.Type {
	c := slices.Clone(types)
	for i := range c {
		c[i] = withoutDocs(c[i])
	}
	return c
}

// named gives the words after the verb in the name of a function on a Go type.
func named(t *goType) string { return goRows[t.kind].named(t) }

// phrase names a Go type in a comment.
func phrase(t *goType) string { return goRows[t.kind].phrase(t) }
