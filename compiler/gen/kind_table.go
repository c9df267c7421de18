package gen

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// table makes a struct with a slice for each column.
func (s *typeSet) table(t *ir.Type, w where) *goType {
	made := &goType{kind: goTable, doc: t.Doc, orient: t.Orient}
	if w.doc != "" {
		made.doc = w.doc
	}
	named := s.early(t, made, w)
	fieldNames := newNames()
	for i := range t.Elem.Fields {
		f := &t.Elem.Fields[i]
		cells := &goType{kind: goSlice, elem: s.of(f.Type, w.at(f.Name))}
		made.fields = append(made.fields, goField{json: f.Name, name: fieldNames.pick(exported(f.Name)), typ: cells,
			t: columnOf(f.Type), optional: !f.Required, doc: f.Doc})
	}
	if named {
		return made
	}
	return s.declare(t, made, w)
}

// columnOf is the list that a column of a table is.
func columnOf(cell *ir.Type) *ir.Type { return &ir.Type{Kind: ir.KindList, Elem: cell} }

// columnsFn gives the name of a function func(*T) codec.Table that describes the columns.
func (g *generator) columnsFn(t *ir.Type, gt *goType) string {
	return g.fn("columns "+gt.key()+typeKey(t), "columnsOf"+gt.name, func(name string) {
		s := g.typesGo
		s.use(codecPath)
		g.useGen(s, gt)
		s.p("")
		s.p("// %s describes the columns of %s.", name, phrase(gt))
		s.p("func %s(v *%s) codec.Table {", name, gt.expr(false))
		s.p("return codec.Table{%sColumns: []codec.Column{", rowBounds(t))
		for i, f := range gt.fields {
			s.p("%s,", g.column(t.Elem.Fields[i].Type, gt, f))
		}
		s.p("}}")
		s.p("}")
	})
}

func rowBounds(t *ir.Type) string {
	bounds := ""
	if t.MinLen != nil && *t.MinLen > 0 {
		bounds += fmt.Sprintf("MinRows: %d, ", *t.MinLen)
	}
	if t.MaxLen != nil {
		bounds += fmt.Sprintf("MaxRows: %d, ", *t.MaxLen)
	}
	return bounds
}

// column writes the description of one column.
func (g *generator) column(cell *ir.Type, gt *goType, f goField) string {
	make, elem := "Cells", f.typ.elem
	if elem.kind == goPointer {
		make, elem = "NullCells", elem.elem
		cell = g.nonNull(g.b.Resolve(cell))
	}
	hint, check := gt.name+f.name, "nil"
	if g.needsCheck(cell, elem) {
		check = g.checkFn(cell, elem, hint)
	}
	call := fmt.Sprintf("codec.%s(%q, &v.%s, %s, %s)", make, f.json, f.name, g.readFn(cell, elem, hint), check)
	if f.optional {
		call += ".Optional()"
	}
	return call
}

func (g *generator) readTable(t *ir.Type, gt *goType) {
	g.typesGo.p("codec.ReadTable(r, %s(v))", g.columnsFn(t, gt))
}

const arrowPath = "bentoc.dev/runtime/codec/arrow"

// arrow writes the format of a table that may be a stream of Arrow, way being what package
// arrow calls it; nil where it may not.
func (g *generator) arrow(way string, e *ir.Endpoint, t *ir.Type, gt *goType) []string {
	if !arrows(g.b, e, t) {
		return nil
	}
	table, field := g.b.SoleTable(t)
	columns := ""
	if field == nil {
		columns = g.columnsFn(table, gt)
	} else {
		f := gt.fields[0]
		columns = fmt.Sprintf("func(v *%s) codec.Table { return %s(&v.%s) }", gt.expr(false), g.columnsFn(table, f.typ), f.name)
	}
	g.service.use(arrowPath)
	return []string{fmt.Sprintf("Arrow: arrow.%s(%s, %s),", way, nonFiniteConst(e.NonFinite), columns)}
}

// arrows tells whether the input or the output of an endpoint may be a stream of Arrow.
func arrows(b *ir.Bento, e *ir.Endpoint, t *ir.Type) bool {
	table, _ := b.SoleTable(t)
	return e.Arrow && table != nil
}

func (g *generator) checkTable(t *ir.Type, gt *goType) {
	g.typesGo.p("codec.CheckTable(c, %s(&v))", g.columnsFn(t, gt))
}

func (g *generator) appendTable(gt *goType) {
	s, way := g.typesGo, "Records"
	if gt.orient == ir.OrientColumns {
		way = "Columns"
	}
	s.p("return codec.Append%s(b,", way)
	for _, f := range gt.fields {
		call := fmt.Sprintf("codec.Writes(%q, v.%s, %s)", f.json, f.name, g.appendFn(f.typ.elem))
		if f.optional {
			call += fmt.Sprintf(".Optional(v.%s == nil)", f.name)
		}
		s.p("%s,", call)
	}
	s.p(")")
}

// tableLiteral writes a table of either orient.
func (g *generator) tableLiteral(c ir.Const, gt *goType, t *ir.Type) (string, error) {
	records, err := t.Records(c)
	if err != nil {
		return "", err
	}
	columns, err := t.Columns(records)
	if err != nil {
		return "", err
	}
	var cells map[string]ir.Const
	if err := json.Unmarshal(columns, &cells); err != nil {
		return "", err
	}
	var parts []string
	for _, f := range gt.fields {
		if cells[f.json] == nil {
			continue
		}
		e, err := g.literal(cells[f.json], f.typ, f.t)
		if err != nil {
			return "", err
		}
		parts = append(parts, f.name+": "+e)
	}
	return gt.expr(false) + "{" + strings.Join(parts, ", ") + "}", nil
}

// tableValue writes a table that is written out in the bento.
func (b *block) tableValue(v *ir.Value, w want) string {
	doc, ok := v.Constant()
	if !ok {
		b.g.errorf("%s: a table is made of edges", b.what)
	}
	return b.g.constant(doc, w.typ, w.t, b.what)
}

// table writes what BentoML's client knows as a DataFrame; else a list of records or an
// object of columns: requests have either, answers the one that the type says.
func (d *dialect) table(t *ir.Type) object {
	if d.bento {
		return bentoTable(t)
	}
	records, columns := d.records(t), d.columns(t)
	both := []object{records, columns}
	if t.Orient == ir.OrientColumns {
		slices.Reverse(both)
	}
	if d.output {
		return both[0]
	}
	return object{{"anyOf", both}}
}

func bentoTable(t *ir.Type) object {
	orient := "records"
	if t.Orient != "" {
		orient = t.Orient
	}
	s := object{{"type", "dataframe"}, {"orient", orient}}
	// The client makes a frame with just these columns, so that one without rows has
	// them too; a column that may be missing would be there then, full of NaN.
	var names []string
	for _, f := range t.Elem.Fields {
		if !f.Required {
			return s
		}
		names = append(names, f.Name)
	}
	s.set("columns", names)
	return s
}

// records writes rows: a column that may be missing is in all of them or in none.
func (d *dialect) records(t *ir.Type) object {
	s := size(object{{"type", "array"}, {"items", d.schema(t.Elem)}}, t, "minItems", "maxItems")
	var even []object
	for _, f := range t.Elem.Fields {
		if !f.Required {
			has := object{{"required", []string{f.Name}}}
			even = append(even, object{{"anyOf", []object{{{"items", has}}, {{"items", object{{"not", has}}}}}}})
		}
	}
	if len(even) > 0 {
		s.set("allOf", even)
	}
	return s
}

// columns writes lists, of which JSON Schema cannot say that they are of one length.
func (d *dialect) columns(t *ir.Type) object {
	lists := *t.Elem
	lists.Fields = slices.Clone(t.Elem.Fields)
	for i := range lists.Fields {
		column := columnOf(lists.Fields[i].Type)
		column.MinLen, column.MaxLen = t.MinLen, t.MaxLen
		lists.Fields[i].Type = column
	}
	s := d.object(&lists)
	s.set("$comment", "All columns have the same number of cells.")
	return s
}

// table gives a message with a repeated field for each column.
func (p *proto) table(key, hint string, t *ir.Type) protoType {
	columns := *t.Elem
	columns.Doc, columns.Fields = t.Doc, slices.Clone(t.Elem.Fields)
	for i := range columns.Fields {
		columns.Fields[i].Type = columnOf(columns.Fields[i].Type)
	}
	return p.object(key+"[]", hint, &columns)
}
