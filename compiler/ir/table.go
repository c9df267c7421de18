package ir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// OrientColumns is the orient of a Table that answers write as an object of columns.
const OrientColumns = "columns"

// Cell gives what the cells of a column are apart from null, nil where they are of several
// types, and whether they may be null.
func (b *Bento) Cell(column *Type) (cell *Type, null bool) {
	t := b.Resolve(column)
	if t == nil || t.Kind != KindUnion {
		return t, false
	}
	cell = b.Resolve(b.Bare(t))
	return cell, len(t.Arms) > 1
}

// SoleTable gives the table that is all of a value of t: the value itself, or, with its
// field, the only one of an object; nil where it is another value.
func (b *Bento) SoleTable(t *Type) (table *Type, field *Field) {
	t = b.Resolve(t)
	if t == nil {
		return nil, nil
	}
	if t.Kind == KindObject && len(t.Fields) == 1 && len(t.Entries) == 0 && !t.Open && t.Fields[0].Required {
		field = &t.Fields[0]
		t = b.Resolve(field.Type)
	}
	if t == nil || t.Kind != KindTable {
		return nil, nil
	}
	return t, field
}

// Rows is the list of records that a Table is.
func (t *Type) Rows() *Type {
	list := *t
	list.Kind, list.Orient = KindList, ""
	return &list
}

// Records gives a document of a Table as a list of records, whichever way it is written.
// Columns of different lengths, and a column that only some of the records have, are
// errors.
func (t *Type) Records(doc Const) (Const, error) {
	if doc = bytes.TrimSpace(doc); len(doc) > 0 && doc[0] == '[' {
		return doc, t.evenRecords(doc)
	}
	var columns map[string][]Const
	if err := json.Unmarshal(doc, &columns); err != nil {
		return nil, errors.New("it is neither a list of records nor an object of columns")
	}
	rows, first := -1, ""
	for _, f := range t.Elem.Fields {
		cells, ok := columns[f.Name]
		switch {
		case ok && cells == nil:
			return nil, fmt.Errorf("column %q is null", f.Name)
		case !ok && f.Required:
			return nil, fmt.Errorf("column %q is missing", f.Name)
		case ok && rows < 0:
			rows, first = len(cells), f.Name
		case ok && len(cells) != rows:
			return nil, fmt.Errorf("column %q has %d cells, and %q has %d", f.Name, len(cells), first, rows)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		if t.Elem.Field(name) == nil && len(columns[name]) != rows {
			delete(columns, name) // nobody looks at its cells
		}
	}
	records := make([]map[string]Const, max(rows, 0))
	for i := range records {
		records[i] = map[string]Const{}
		for name, cells := range columns {
			records[i][name] = cells[i]
		}
	}
	return json.Marshal(records)
}

// evenRecords holds that a column is in all records or in none.
func (t *Type) evenRecords(doc Const) error {
	var records []map[string]Const
	if err := json.Unmarshal(doc, &records); err != nil {
		return nil // a row is no record, which its type says
	}
	for _, f := range t.Elem.Fields {
		if f.Required {
			continue
		}
		for i := range records {
			if _, has := records[i][f.Name]; has != hasKey(records[0], f.Name) {
				return fmt.Errorf("column %q is in some rows and not in others", f.Name)
			}
		}
	}
	return nil
}

func hasKey(m map[string]Const, name string) bool { _, ok := m[name]; return ok }

// Columns gives a list of records as the object of columns that a Table of that orient
// is written as.
func (t *Type) Columns(records Const) (Const, error) {
	var rows []map[string]Const
	if err := json.Unmarshal(records, &rows); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range t.Elem.Fields {
		if f.Required || len(rows) > 0 && hasKey(rows[0], f.Name) {
			names = append(names, f.Name)
		}
	}
	if len(rows) > 0 {
		for _, name := range slices.Sorted(maps.Keys(rows[0])) {
			if t.Elem.Field(name) == nil {
				names = append(names, name)
			}
		}
	}
	var out bytes.Buffer
	for i, name := range names {
		key, _ := json.Marshal(name) // a text always encodes
		out.WriteString([]string{"{", ", "}[min(i, 1)])
		out.Write(key)
		out.WriteString(": [")
		sep := ""
		for _, row := range rows {
			if cell, ok := row[name]; ok {
				out.WriteString(sep)
				out.Write(cell)
				sep = ", "
			}
		}
		out.WriteByte(']')
	}
	if len(names) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Constant gives a value that no edge is in as one constant.
func (v *Value) Constant() (Const, bool) {
	switch {
	case v.Edge != nil:
		return nil, false
	case v.Const != nil:
		return v.Const, true
	case v.Empty == "object":
		return Const("{}"), true
	case v.List != nil || v.Empty == "list":
		items := []Const{}
		for _, m := range v.List {
			c, ok := m.Constant()
			if !ok {
				return nil, false
			}
			items = append(items, c)
		}
		c, err := json.Marshal(items)
		return c, err == nil
	}
	members := map[string]Const{}
	for _, m := range v.Object {
		c, ok := m.Value.Constant()
		if !ok {
			return nil, false
		}
		members[m.Name] = c
	}
	c, err := json.Marshal(members)
	return c, err == nil
}
