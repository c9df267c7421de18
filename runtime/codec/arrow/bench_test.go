package arrow

import (
	"fmt"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// The four columns of 100,000 rows that the README tells of, as JSON's columns and as a
// stream.
func BenchmarkRead(b *testing.B) {
	type four struct {
		Shop  []string
		Units []int64
		Price []*float64
		Sold  []bool
	}
	columns := func(v *four) codec.Table {
		return codec.Table{Columns: []codec.Column{
			codec.Cells("shop", &v.Shop, codec.ReadString, nil), codec.Cells("units", &v.Units, codec.ReadInt, nil),
			codec.NullCells("price", &v.Price, codec.ReadFloat, nil), codec.Cells("sold", &v.Sold, codec.ReadBool, nil),
		}}
	}
	var v four
	for i := range 100_000 {
		price := float64(i) / 8
		v.Shop, v.Units, v.Price, v.Sold = append(v.Shop, fmt.Sprint("shop ", i)), append(v.Units, int64(i)), append(v.Price, &price), append(v.Sold, i%2 == 0)
	}
	null := func(b []byte, p *float64) []byte { return codec.AppendNullable(b, p, codec.AppendFloat) }
	json := codec.AppendColumns(nil, codec.Writes("shop", v.Shop, codec.AppendString), codec.Writes("units", v.Units, codec.AppendInt), codec.Writes("price", v.Price, null), codec.Writes("sold", v.Sold, codec.AppendBool))
	stream, err := Output(codec.Refuse, columns).Encode(v)
	if err != nil {
		b.Fatal(err)
	}
	for name, c := range map[string]struct {
		f    spec.Format
		body []byte
	}{
		"json":  {codec.JSONValue(codec.Refuse, func(r *codec.Reader, v *four) { codec.ReadTable(r, columns(v)) }), json},
		"arrow": {Input(codec.Refuse, columns), stream.Body},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.f.Decode(&spec.Source{Body: c.body}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p, err := Output(codec.Refuse, columns).Encode(v)
			if err != nil {
				b.Fatal(err)
			}
			p.Release()
		}
	})
}
