package load

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// columns reads the columns of a table: the fields of the object that each row is.
func (t *typer) columns(v cue.Value, typ *ir.Type, path string) {
	path += ".columns"
	row := t.object(v, solid(v), path)
	typ.Elem = row
	pos := t.place(v, path)
	if row.Kind != ir.KindObject {
		t.errorf(pos, path, "the columns of a table are a struct").Hintf("write them as columns: {name: type, …}")
		typ.Elem = &ir.Type{Kind: ir.KindObject, Pos: pos}
		return
	}
	if len(row.Entries) > 0 {
		t.errorf(pos, path, "a table has the columns that it names, and none of a pattern").
			Hintf("name each column, with ? where it may be missing")
		row.Entries = nil
	}
	if row.Open {
		t.errorf(pos, path, "a table has the columns that it names, and no ...").
			Hintf("leave it out: columns that are not known are passed over, but by endpoints that are strict")
	}
	sure := false
	for i := range row.Fields {
		f := &row.Fields[i]
		sure = sure || f.Required || f.Default != nil
		t.column(f, path+"."+f.Name)
	}
	if !sure {
		t.errorf(pos, path, "no column is always there, so that nobody knows how many rows there are").
			Hintf("leave out the ? of one column")
	}
}

// column refuses what cannot be a column.
func (t *typer) column(f *ir.Field, path string) {
	if f.Default != nil {
		t.errorf(f.Pos, path, "a column has no default").
			Hintf("let its cells be empty with | null, or the whole column be missing: %s?: …", f.Name)
		f.Default = nil
	}
	cell := t.resolve(f.Type)
	if cell.Kind == ir.KindUnion {
		var arms []*ir.Type
		for _, a := range cell.Arms {
			if a = t.resolve(a); a.Kind != ir.KindNull {
				arms = append(arms, a)
			}
		}
		if len(arms) != 1 {
			t.errorf(f.Type.Pos, path, "the cells of a column are of one type, and may be null beside").
				Hintf("use a column for each type, with ? or | null")
			return
		}
		cell = arms[0]
	}
	switch cell.Kind {
	case ir.KindBool, ir.KindInt, ir.KindFloat, ir.KindString, ir.KindBytes:
	default:
		t.errorf(f.Type.Pos, path, "a cell is a bool, a number, a text or bytes, not %s", cell.Kind.Noun()).
			Hintf("use a list of structs, [...{…}], for rows of anything else")
	}
}

func (t *typer) maxRows(v cue.Value, typ *ir.Type, path string) {
	v, _ = v.Default()
	if n, err := v.Int64(); err == nil {
		typ.MaxLen = &n
	} else {
		t.most(v, "maxRows", path) // says why
	}
}

// orient reads how answers write a table, which has to be said as one word.
func (t *typer) orient(v cue.Value, typ *ir.Type, path string) {
	name, err := v.String()
	if err != nil && v.Err() == nil {
		t.errorf(t.place(v, path), path, "the orient of a table is one of two").Hintf(`write "records" or "columns"`)
	}
	if name == ir.OrientColumns {
		typ.Orient = name
	}
}

// table refuses bounds that no table is within.
func (t *typer) table(typ *ir.Type, pos ir.Pos, path string) {
	if typ.Elem == nil { // there is a message already
		typ.Elem = &ir.Type{Kind: ir.KindObject, Pos: pos}
	}
	if typ.MinLen != nil && typ.MaxLen != nil && *typ.MinLen > *typ.MaxLen {
		t.diags.Errorf(diag.NumberRange, pos, path, "no table has at least %d rows and at most %d", *typ.MinLen, *typ.MaxLen)
	}
}
