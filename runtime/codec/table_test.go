package codec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// sales is a table as bentoc generates it.
type sales struct {
	Shop  []string
	Units []int64
	Price []*float64
	Note  []*string
	Back  []bool
}

func columnsOfSales(v *sales) codec.Table {
	return codec.Table{MinRows: 0, MaxRows: 5, Columns: []codec.Column{
		codec.Cells("shop", &v.Shop, codec.ReadString, func(c *codec.Checker, s string) { c.MaxRunes(s, 3) }),
		codec.Cells("units", &v.Units, codec.ReadInt, nil),
		codec.NullCells("price", &v.Price, codec.ReadFloat, nil),
		codec.NullCells("note", &v.Note, codec.ReadString, nil),
		codec.Cells("back", &v.Back, codec.ReadBool, nil).Optional(),
	}}
}

func readSales(r *codec.Reader, v *sales) { codec.ReadTable(r, columnsOfSales(v)) }

func written(v sales) []codec.Written {
	null := func(b []byte, p *float64) []byte { return codec.AppendNullable(b, p, codec.AppendFloat) }
	text := func(b []byte, p *string) []byte { return codec.AppendNullable(b, p, codec.AppendString) }
	return []codec.Written{
		codec.Writes("shop", v.Shop, codec.AppendString), codec.Writes("units", v.Units, codec.AppendInt),
		codec.Writes("price", v.Price, null), codec.Writes("note", v.Note, text),
		codec.Writes("back", v.Back, codec.AppendBool).Optional(v.Back == nil),
	}
}

func readTable(doc string, strict bool, how codec.NonFinite) (sales, error) {
	v, err := codec.JSONValue(how, readSales).Decode(&spec.Source{Body: []byte(doc), Strict: strict})
	if err != nil {
		return sales{}, err
	}
	return v.(sales), nil
}

// What a table may be, and what is said of one that is none: the column and the row.
func TestTable(t *testing.T) {
	t.Parallel()
	const row = `{"shop": "a", "units": 9007199254740993, "price": 1.5, "note": null}`
	for _, c := range []struct{ doc, want string }{
		{`[` + row + `]`, `{"shop":["a"],"units":[9007199254740993],"price":[1.5],"note":[null]}`},
		{`{"note": [null, "x"], "shop": ["a", ""], "units": [1.0, -2], "price": [NaN, null]}`, `{"shop":["a",""],"units":[1,-2],"price":[null,null],"note":[null,"x"]}`},
		{`[]`, `{"shop":[],"units":[],"price":[],"note":[]}`},
		{`{"shop": [], "units": [], "price": [], "note": [], "back": []}`, `{"shop":[],"units":[],"price":[],"note":[],"back":[]}`},
		{`[{"back": true, "shop": "a", "units": 1, "price": NaN, "note": NaN, "more": [1]}]`, `{"shop":["a"],"units":[1],"price":[null],"note":[null],"back":[true]}`},
		{`{}`, `missing shop missing units missing price missing note`},
		{`{"shop": [], "units": [1], "price": [], "note": {"0": 1}}`, `list_type note table_column units`},
		{`[{"shop": "a"}, 3]`, `missing 0.units missing 0.price missing 0.note dict_type 1`},
		{`[{"shop": "a", "shop": "b", "units": 1, "price": 1, "note": ""}]`, `duplicate 0.shop`},
		{`{"shop": [], "units": [], "price": [], "note": [], "shop": []}`, `duplicate shop`},
		{`[` + row + `, {"shop": "b", "units": true, "price": Infinity, "note": 1, "back": true}]`, `int_type 1.units finite_number 1.price string_type 1.note table_column 1.back`},
		{`[{"back": true, "shop": "a", "units": 1, "price": 1, "note": ""}, ` + row + `]`, `table_column 1.back`},
		{`[{"back": null, "shop": "a", "units": 1.5, "price": 1, "note": ""}]`, `bool_type 0.back int_from_float 0.units`},
		{`[{"back": 1, "shop": null, "units": 9223372036854775808, "price": 1, "note": ""}]`, `bool_type 0.back string_type 0.shop int_parsing_size 0.units`},
		{`[` + strings.Repeat(row+", ", 5) + row + `]`, `too_long `},
		{`{"shop": ["a","a","a","a","a","a"], "units": [1,1,1,1,1,1], "price": [1,1,1,1,1,1], "note": ["","","","","",""]}`, `too_long `},
		{`"x"`, `table_type `}, {`null`, `table_type `},
		{`[{"shop": "a"`, `json_invalid `}, {`{"shop": [`, `json_invalid `},
	} {
		v, err := readTable(c.doc, false, codec.Refuse)
		got := string(codec.AppendColumns(nil, written(v)...))
		if err != nil {
			got = problemsOf(err)
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.doc, got, c.want)
		}
	}
	if _, err := readTable(`{"shop": [], "units": [], "price": [], "note": [], "more": 1}`, true, codec.Refuse); problemsOf(err) != "extra_forbidden more" {
		t.Errorf("a column that is not known of a strict endpoint: %v", err)
	}
}

// NaN is a float of its own where an endpoint takes it, and an empty cell elsewhere.
func TestTableNaN(t *testing.T) {
	t.Parallel()
	const doc = `{"shop": ["a"], "units": [1], "price": [NaN], "note": [NaN]}`
	for how, null := range map[codec.NonFinite]bool{codec.Refuse: true, codec.Null: true, codec.Literal: false} {
		v, err := readTable(doc, false, how)
		if err != nil || v.Note[0] != nil || (v.Price[0] == nil) != null {
			t.Errorf("nonFinite %v: %v %v", how, v.Price, err)
		}
	}
}

func problemsOf(err error) string {
	var all []string
	if e, ok := err.(*spec.InputError); ok {
		for _, p := range e.Problems {
			var loc []string
			for _, l := range p.Loc {
				loc = append(loc, fmt.Sprint(l))
			}
			all = append(all, p.Type+" "+strings.Join(loc, "."))
		}
	}
	return strings.Join(all, " ")
}

// A table of a step has to be one: columns of one length, cells of their types.
func TestCheckTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    sales
		want string
	}{
		{sales{}, ""},
		{sales{Shop: []string{"abcd"}, Units: []int64{1}, Price: make([]*float64, 1)}, "v does not fit its type: note: has 0 cells, and column shop has 1 (and 1 more)"},
		{sales{Back: []bool{true}}, "v does not fit its type: back: has 1 cell, and column shop has 0"},
		{sales{Shop: make([]string, 6), Units: make([]int64, 6), Price: make([]*float64, 6), Note: make([]*string, 6)}, "v does not fit its type: must have at most 5 rows, not 6"},
	} {
		var k codec.Checker
		codec.CheckTable(&k, columnsOfSales(&c.v))
		got := ""
		if err := k.Err("v"); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: %q, not %q", c.v, got, c.want)
		}
	}
	// Whoever writes one that was not checked gets an error, and no half of a table.
	uneven := sales{Shop: []string{"a"}}
	for _, write := range []func([]byte, ...codec.Written) []byte{codec.AppendRecords, codec.AppendColumns} {
		if _, err := codec.Encode(uneven, codec.Refuse, func(b []byte, v sales) []byte { return write(b, written(v)...) }); err == nil {
			t.Error("a table with columns of several lengths is written")
		}
	}
}

// Both ways of writing a table are read as the same one, and by encoding/json as it is.
func TestTableBothWays(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var v sales
		back := r.IntN(2) == 0
		for range 1 + r.IntN(5) {
			price, note := r.NormFloat64(), strings.Repeat("\"é\x01", r.IntN(3))
			v.Shop, v.Units = append(v.Shop, note), append(v.Units, int64(r.Uint64()))
			v.Price, v.Note = append(v.Price, &price), append(v.Note, nil)
			if r.IntN(3) == 0 {
				v.Price[len(v.Price)-1], v.Note[len(v.Note)-1] = nil, &note
			}
			if back {
				v.Back = append(v.Back, r.IntN(2) == 0)
			}
		}
		records, columns := codec.AppendRecords(nil, written(v)...), codec.AppendColumns(nil, written(v)...)
		for _, doc := range [][]byte{records, columns} {
			if got, err := readTable(string(doc), true, codec.Refuse); err != nil || !reflect.DeepEqual(got, v) {
				t.Fatalf("%s: %+v %v", doc, got, err)
			}
		}
		var rows []struct {
			Shop  string
			Units int64
			Price *float64
			Note  *string
			Back  bool
		}
		if err := json.Unmarshal(records, &rows); err != nil || len(rows) != len(v.Shop) {
			t.Fatalf("%s: %v", records, err)
		}
		for i, row := range rows {
			if row.Shop != v.Shop[i] || row.Units != v.Units[i] || !reflect.DeepEqual(row.Price, v.Price[i]) || !reflect.DeepEqual(row.Note, v.Note[i]) || back && row.Back != v.Back[i] {
				t.Fatalf("row %d of %s: %+v", i, records, row)
			}
		}
	}
}

// FuzzTable: what is read has columns of one length, and is written as what is read again.
func FuzzTable(f *testing.F) {
	for _, doc := range []string{`[{"shop":"a","units":1,"price":null,"note":"x","back":true}]`, `{"shop":["a"],"units":[1],"price":[NaN],"note":[null]}`, `[{"shop":"a"},[]]`, `{"shop":[],"shop":[]}`} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		v, err := readTable(string(doc), false, codec.Refuse)
		if err != nil {
			return
		}
		var k codec.Checker
		var want []byte
		for _, write := range []func([]byte, ...codec.Written) []byte{codec.AppendColumns, codec.AppendRecords} {
			text := write(nil, written(v)...)
			again, err := readTable(string(text), true, codec.Refuse)
			if err != nil && len(v.Shop) > 0 {
				t.Fatalf("%s became %s: %v", doc, text, err)
			}
			want = codec.AppendColumns(nil, written(again)...)
			if len(v.Shop) > 0 && !bytes.Equal(want, codec.AppendColumns(nil, written(v)...)) {
				t.Fatalf("%s became %s", doc, want)
			}
		}
		if codec.CheckTable(&k, columnsOfSales(&v)); len(v.Units) != len(v.Shop) || v.Back != nil && len(v.Back) != len(v.Shop) {
			t.Fatalf("%s: %+v", doc, v)
		}
	})
}

func benchDoc(rows int) (records, columns []byte) {
	var v sales
	for i := range rows {
		price, note := float64(i)/8, "n"
		v.Shop, v.Units, v.Price, v.Note = append(v.Shop, "abc"), append(v.Units, int64(i)), append(v.Price, &price), append(v.Note, &note)
	}
	return codec.AppendRecords(nil, written(v)...), codec.AppendColumns(nil, written(v)...)
}

func BenchmarkTable(b *testing.B) {
	records, columns := benchDoc(100_000)
	read := func(r *codec.Reader, v *sales) {
		t := columnsOfSales(v)
		t.MaxRows = 0
		codec.ReadTable(r, t)
	}
	for name, doc := range map[string][]byte{"records": records, "columns": columns} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := codec.JSONValue(codec.Refuse, read).Decode(&spec.Source{Body: doc}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(records)))
		b.ReportAllocs()
		for b.Loop() {
			var rows []struct {
				Shop  string
				Units int64
				Price *float64
				Note  *string
			}
			if err := json.Unmarshal(records, &rows); err != nil {
				b.Fatal(err)
			}
		}
	})
}
