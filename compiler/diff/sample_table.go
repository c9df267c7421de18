package diff

import (
	"slices"

	"bentoc.dev/compiler/ir"
)

// table gives a table of n rows that are all alike: row, or the least one where that is
// nil. False where there is none.
func (m *maker) table(t *ir.Type, n int, row ir.Const, depth int) (ir.Const, bool) {
	if row == nil {
		ok := false
		if row, ok = m.least(t.Elem, depth+1); !ok {
			return nil, false
		}
	}
	records := listOf(slices.Repeat([]ir.Const{row}, n))
	if !m.full || t.Orient == "" {
		return records, true
	}
	columns, err := t.Columns(records)
	return columns, err == nil
}

func tableSamples(m *maker, t *ir.Type, depth int) (all []ir.Const) {
	add := func(v ir.Const, ok bool) {
		if ok {
			all = append(all, v)
		}
	}
	for _, n := range lengths(t.MinLen, t.MaxLen, maxItems) {
		v, ok := m.table(t, n, nil, depth)
		add(v, ok)
		if columns, err := t.Columns(v); ok && err == nil { // requests have either
			add(columns, !m.full)
		}
	}
	for _, row := range m.values(t.Elem, depth+1) {
		v, ok := m.table(t, lengthWith(t, 0), row, depth)
		add(v, ok)
	}
	return all
}
