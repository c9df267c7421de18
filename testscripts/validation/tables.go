package main

import (
	"fmt"
	"strconv"
	"strings"
)

// table gives a table, alone or within something. CUE has no word for one: its evaluator
// is asked about the cells, as those of records or of an object of columns, and what holds
// for the columns together is judged here.
func (m *maker) table() kind {
	c := m.columns()
	t := kind{cue: c.cue(), judge: c.judge(), sample: c.sample, holds: c.holds}
	within := func(cue, judge string, sample func() any, parts func(any) []any) kind {
		return kind{cue: cue, judge: judge, sample: sample, holds: func(x any) bool {
			for _, part := range parts(x) {
				if !c.holds(part) {
					return false
				}
			}
			return true
		}}
	}
	switch m.r.IntN(4) {
	case 0:
		return within("[..."+t.cue+"]", "[..."+t.judge+"]", m.many(t, 0, 2), func(x any) []any { list, _ := x.([]any); return list })
	case 1:
		return within("{t!: "+t.cue+", n?: int}", "{t!: "+t.judge+", n?: int}", func() any { return map[string]any{"t": t.sample()} }, func(x any) []any {
			o, _ := x.(map[string]any)
			return []any{o["t"]}
		})
	case 2:
		return within("null | "+t.cue, "null | "+t.judge, func() any { return pick(m, nil, t.sample()) }, func(x any) []any { return []any{x} })
	}
	return t
}

// columnsOf are the columns of a table, and how many rows it may have.
type columnsOf struct {
	m         *maker
	fields    []field
	least     int
	most      int // 0 for any number
	columnsUp bool
}

func (m *maker) columns() *columnsOf {
	c := &columnsOf{m: m, least: pick(m, 0, 0, 1, 2), most: pick(m, 0, 0, 2, 3), columnsUp: m.r.IntN(2) == 0}
	for i := range 1 + m.r.IntN(4) {
		k := m.scalar()
		for k.cue == "_" {
			k = m.scalar()
		}
		if m.r.IntN(3) == 0 && !strings.Contains(k.cue, "null") {
			of := k.sample
			k = kind{cue: "null | (" + k.cue + ")", sample: func() any { return pick(m, nil, of()) }}
		}
		mark := pick(m, "!", "!", "?")
		if i == 0 {
			mark = "!" // one is always there
		}
		c.fields = append(c.fields, field{pick(m, "a", "b", "x y", "é") + strconv.Itoa(i), mark, k})
	}
	m.r.Shuffle(len(c.fields), func(i, j int) { c.fields[i], c.fields[j] = c.fields[j], c.fields[i] })
	return c
}

func (c *columnsOf) cue() string {
	text := "schema.#Table & {columns: {" + c.m.write(c.fields) + "}"
	if c.least > 0 {
		text += fmt.Sprintf(", minRows: %d", c.least)
	}
	if c.most > 0 {
		text += fmt.Sprintf(", maxRows: %d", c.most)
	}
	if c.columnsUp {
		text += `, orient: "columns"`
	}
	return "(" + text + "})"
}

func (c *columnsOf) judge() string {
	var lists []string
	for _, f := range c.fields {
		lists = append(lists, fmt.Sprintf("%q%s: [...(%s)]", f.name, f.mark, f.cue))
	}
	return "([...{" + c.m.write(c.fields) + ", ...}] | {" + strings.Join(lists, ", ") + ", ...})"
}

func (c *columnsOf) sample() any {
	has := map[string]bool{}
	for _, f := range c.fields {
		has[f.name] = f.mark == "!" || c.m.r.IntN(2) == 0
	}
	rows := c.least + c.m.r.IntN(max(c.most, c.least+2)-c.least+1)
	records, columns := []any{}, map[string]any{}
	for range rows {
		records = append(records, map[string]any{})
	}
	for _, f := range c.fields {
		if !has[f.name] {
			continue
		}
		cells := []any{}
		for i := range rows {
			cell := f.sample()
			records[i].(map[string]any)[f.name] = cell
			cells = append(cells, cell)
		}
		columns[f.name] = cells
	}
	if c.m.r.IntN(2) == 0 {
		return columns
	}
	return records
}

// holds tells whether a table has as many rows as it may, the same number of cells in all
// columns, each column in all rows or in none, and no other columns. What is no table it
// leaves to the evaluator.
func (c *columnsOf) holds(x any) bool {
	rows := -1
	switch x := x.(type) {
	case []any:
		rows = len(x)
		for _, row := range x {
			r, _ := row.(map[string]any)
			first, _ := x[0].(map[string]any)
			if !c.known(r) || len(r) != len(first) {
				return false
			}
			for name := range r {
				if _, has := first[name]; !has {
					return false
				}
			}
		}
	case map[string]any:
		if !c.known(x) {
			return false
		}
		for _, column := range x {
			if cells, ok := column.([]any); ok && rows >= 0 && len(cells) != rows {
				return false
			} else if ok {
				rows = len(cells)
			}
		}
	}
	return rows < 0 || rows >= c.least && (c.most == 0 || rows <= c.most)
}

func (c *columnsOf) known(row map[string]any) bool {
	n := 0
	for _, f := range c.fields {
		if _, has := row[f.name]; has {
			n++
		}
	}
	return n == len(row)
}
