package assign

import (
	"encoding/json"
	"maps"
	"slices"

	"bentoc.dev/compiler/ir"
)

// table compares tables by their columns, and by how many rows there may be.
func (f *Fitter) table(p, c *ir.Type) Result {
	if p.Elem == nil || c.Elem == nil {
		return sure() // load has said so
	}
	if f.wire != nil && f.wire.Full && p.Orient != c.Orient {
		return Never("it is written as %s, not as %s", orientOf(p), orientOf(c))
	}
	return f.length(p.MinLen, p.MaxLen, c, "rows").and(f.item(p.Elem, c.Elem).in("[]"))
}

// conformsTable decides about a document of either orient, of an answer of the table's own.
func (f *Fitter) conformsTable(v ir.Const, t *ir.Type) Result {
	object := kindOf(v) == ir.KindObject
	if f.wire != nil && f.wire.Full && object != (t.Orient == ir.OrientColumns) {
		return Never("it is not written as %s", orientOf(t))
	}
	if t.Elem == nil {
		return sure()
	}
	records, err := t.Records(v)
	if err != nil {
		return Never("%v", err)
	}
	if object {
		if a := f.strangers(v, t); a.Verdict == No {
			return a
		}
	}
	return f.conformsList(records, t.Rows())
}

// strangers refuses the columns that t does not name, of a table without rows too.
func (f *Fitter) strangers(v ir.Const, t *ir.Type) Result {
	var columns map[string]ir.Const
	if err := json.Unmarshal(v, &columns); err != nil || f.ignores() {
		return sure()
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		if t.Elem.Field(name) == nil {
			return Never("column %q is not one of %s", name, Describe(f.b, t))
		}
	}
	return sure()
}

func (f *Fitter) tableTravels(v ir.Const, t *ir.Type) Result {
	if a := f.kindFits(v, t); a.Verdict == No {
		return a
	}
	return f.conformsTable(v, t)
}

func orientOf(t *ir.Type) string {
	if t.Orient == ir.OrientColumns {
		return "an object of columns"
	}
	return "a list of records"
}

// tableText names the columns.
func tableText(b *ir.Bento, t *ir.Type, depth int) string {
	s := "table"
	if t.Elem != nil && len(t.Elem.Fields) > 0 {
		s += " of " + objectText(b, t.Elem, depth)
	}
	s += lengths(t, "rows")
	if t.Orient != "" {
		s += " as " + t.Orient
	}
	return s
}
