package arrow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// goods is a table as bentoc generates it.
type goods struct {
	Name  []string
	Units []int64
	Price []*float64
	Note  []*string
	Sold  []bool
	Data  [][]byte
}

func columnsOfGoods(v *goods) codec.Table {
	return codec.Table{MaxRows: 1000, Columns: []codec.Column{
		codec.Cells("name", &v.Name, codec.ReadString, func(c *codec.Checker, s string) { c.MaxRunes(s, 5) }),
		codec.Cells("units", &v.Units, codec.ReadInt, func(c *codec.Checker, n int64) { c.AtLeastInt(n, 0) }),
		codec.NullCells("price", &v.Price, codec.ReadFloat, nil),
		codec.NullCells("note", &v.Note, codec.ReadString, nil).Optional(),
		codec.Cells("sold", &v.Sold, codec.ReadBool, nil).Optional(),
		codec.Cells("data", &v.Data, codec.ReadBytes, nil).Optional(),
	}}
}

// text writes a table as JSON, to be compared.
func (v goods) text() string {
	null := func(b []byte, p *float64) []byte { return codec.AppendNullable(b, p, codec.AppendFloat) }
	note := func(b []byte, p *string) []byte { return codec.AppendNullable(b, p, codec.AppendString) }
	return string(codec.AppendColumns(nil, codec.Writes("name", v.Name, codec.AppendString), codec.Writes("units", v.Units, codec.AppendInt),
		codec.Writes("price", v.Price, null), codec.Writes("note", v.Note, note).Optional(v.Note == nil),
		codec.Writes("sold", v.Sold, codec.AppendBool).Optional(v.Sold == nil), codec.Writes("data", v.Data, codec.AppendBytes).Optional(v.Data == nil)))
}

// part is a column of a stream that is made by hand.
type part struct {
	name    string
	kind    int
	of      func(*writer) int // the table of the type; nil: an empty one
	index   int               // bits of the indexes of a dictionary, 0 for none
	arrays  []made            // one a batch
	words   []made            // dictionaries, before the batch of the same number
	replace bool              // a dictionary stands in place of the one before
}

// made is an array that is made by hand.
type made struct {
	rows, nulls int
	buffers     [][]byte
}

func ints(bits int, values ...int) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))[:len(b)+bits/8]
	}
	return b
}

func float64s(values ...float64) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

func typeOf(bits int) func(*writer) int {
	return func(w *writer) int { return w.table(number(0, 4, int64(bits)), number(1, 1, 1)) }
}

func double(w *writer) int { return w.table(number(0, 2, 2)) }

// stream writes a stream of parts.
func stream(parts ...part) []byte {
	w := &writer{}
	w.message(schemaMessage, 0, func() int {
		return w.table(refers(1, func() int {
			var fields []func() int
			for i, p := range parts {
				fields = append(fields, func() int { return p.field(w, i) })
			}
			return w.tables(fields...)
		}))
	})
	for n := range parts[0].arrays {
		var arrays []made
		for i, p := range parts {
			if n < len(p.words) {
				w.batch(p.words[n].rows, p.words[n:n+1], int64(i), !p.replace)
			}
			arrays = append(arrays, p.arrays[n])
		}
		w.batch(arrays[0].rows, arrays, -1, false)
	}
	w.uint32(mark)
	w.uint32(0)
	return w.b
}

func (p *part) field(w *writer, id int) int {
	of := p.of
	if of == nil {
		of = func(w *writer) int { return w.table() }
	}
	values := []value{refers(0, func() int { return w.text(p.name) }), refers(3, func() int { return of(w) }),
		refers(5, func() int { return w.tables() }), number(1, 1, 1), number(2, 1, int64(p.kind))}
	if p.index > 0 {
		values = append(values, refers(4, func() int {
			return w.table(number(0, 8, int64(id)), refers(1, func() int { return typeOf(p.index)(w) }))
		}))
	}
	return w.table(values...)
}

// batch writes a batch, or a dictionary where id is none of -1.
func (w *writer) batch(rows int, arrays []made, id int64, more bool) {
	var nodes, buffers [][2]int64
	var body []byte
	for _, a := range arrays {
		nodes = append(nodes, [2]int64{int64(a.rows), int64(a.nulls)})
		for _, b := range a.buffers {
			buffers = append(buffers, [2]int64{int64(len(body)), int64(len(b))})
			body = append(body, b...)
			body = append(body, make([]byte, -len(b)&7)...)
		}
	}
	data := func() int {
		return w.table(number(0, 8, int64(rows)), refers(1, func() int { return w.pairs(nodes) }), refers(2, func() int { return w.pairs(buffers) }))
	}
	if id < 0 {
		w.message(batchMessage, int64(len(body)), data)
	} else {
		delta := int64(0)
		if more {
			delta = 1
		}
		w.message(dictionaryMessage, int64(len(body)), func() int {
			return w.table(number(0, 8, id), refers(1, data), number(2, 1, delta))
		})
	}
	w.b = append(w.b, body...)
}

// samples are streams of goods, and what they are.
func samples() map[string]string {
	names := func(words ...string) made {
		b, at, all := []int{0}, 0, ""
		for _, s := range words {
			at, all = at+len(s), all+s
			b = append(b, at)
		}
		return made{len(words), 0, [][]byte{nil, ints(32, b...), []byte(all)}}
	}
	plain := []part{
		{name: "name", kind: typeUTF8, arrays: []made{names("a", "", "ünï"), names("b")}},
		{name: "units", kind: typeInt, of: typeOf(32), arrays: []made{{3, 0, [][]byte{nil, ints(32, 1, 0, 7)}}, {1, 0, [][]byte{{1}, ints(32, 9)}}}},
		{name: "price", kind: typeFloat, of: double, arrays: []made{{3, 1, [][]byte{{0b101}, float64s(1.5, 9, math.NaN())}}, {1, 0, [][]byte{nil, float64s(-2)}}}},
	}
	words := []part{
		{name: "note", kind: typeUTF8, index: 8, words: []made{names("x", "yy"), names("z")}, arrays: []made{{3, 1, [][]byte{{0b110}, {7, 1, 0}}}, {1, 0, [][]byte{nil, {2}}}}},
		{name: "sold", kind: typeBool, arrays: []made{{3, 0, [][]byte{nil, {0b010}}}, {1, 0, [][]byte{nil, {1}}}}},
		{name: "data", kind: typeLargeBinary, arrays: []made{{3, 0, [][]byte{nil, ints(64, 1, 1, 3, 4), []byte("-\x00\x01\x02-")}}, {1, 0, [][]byte{nil, ints(64, 0, 0), nil}}}},
		{name: "other", kind: typeStruct, arrays: []made{{3, 0, [][]byte{nil}}, {1, 0, [][]byte{nil}}}},
	}
	replaced := []part{
		{name: "name", kind: typeUTF8, index: 16, replace: true, words: []made{names("a", "b"), names("c")}, arrays: []made{{2, 0, [][]byte{nil, ints(16, 1, 0)}}, {1, 0, [][]byte{nil, ints(16, 0)}}}},
		{name: "units", kind: typeInt, of: typeOf(8), arrays: []made{{2, 0, [][]byte{nil, {1, 2}}}, {1, 0, [][]byte{nil, {3}}}}},
		{name: "price", kind: typeNull, arrays: []made{{2, 2, nil}, {1, 1, nil}}},
	}
	empty := []part{{name: "name", kind: typeUTF8}, {name: "units", kind: typeInt, of: typeOf(64)}, {name: "price", kind: typeFloat, of: double}}
	return map[string]string{
		string(stream(plain...)):                   `{"name":["a","","ünï","b"],"units":[1,0,7,9],"price":[1.5,null,null,-2.0]}`,
		string(stream(append(plain, words...)...)): `{"name":["a","","ünï","b"],"units":[1,0,7,9],"price":[1.5,null,null,-2.0],"note":[null,"yy","x","z"],"sold":[false,true,false,true],"data":["","AAE=","Ag==",""]}`,
		string(stream(replaced...)):                `{"name":["b","a","c"],"units":[1,2,3],"price":[null,null,null]}`,
		string(stream(empty...)):                   `{"name":[],"units":[],"price":[]}`,
	}
}

// memory counts what is taken of it.
type memory struct{ taken, limit int64 }

func (m *memory) Take(n int64) error {
	if m.taken += n; m.taken > m.limit {
		return errors.New("there is no more memory")
	}
	return nil
}

func (m *memory) Give(n int64) { m.taken -= n }

func read(b []byte, m *memory) (goods, error) {
	v, err := Input(codec.Refuse, columnsOfGoods).Decode(&spec.Source{Body: b, Memory: m})
	if err != nil {
		return goods{}, err
	}
	return v.(goods), nil
}

// Streams are the tables that they hold, cut ones are none, and what is answered is read
// as the same.
func TestSamples(t *testing.T) {
	t.Parallel()
	for body, want := range samples() {
		v, err := read([]byte(body), &memory{limit: 1 << 20})
		if err != nil || v.text() != want {
			t.Errorf("%s, %v, want %s", v.text(), err, want)
			continue
		}
		for n := range len(body) {
			if _, err := read([]byte(body[:n]), &memory{limit: 1 << 20}); err == nil {
				t.Errorf("%s, cut to %d of %d bytes, is read", want, n, len(body))
			}
		}
		answer, err := Output(codec.Refuse, columnsOfGoods).Encode(v)
		if err != nil || answer.ContentType != "application/vnd.apache.arrow.stream" {
			t.Fatalf("%v, %s", err, answer.ContentType)
		}
		if v, err := read(answer.Body, &memory{limit: 1 << 20}); err != nil || v.text() != want {
			t.Errorf("the answer is %s, %v, want %s", v.text(), err, want)
		}
	}
}

// Whatever byte is another one, what is read is a table or an error, and costs no more
// than bytes of that number may.
func TestDamage(t *testing.T) {
	t.Parallel()
	for body := range samples() {
		b := []byte(body)
		for at := range b {
			for _, with := range []byte{0, 1, 2, 7, 0x7f, 0x80, 0xfc, 0xff} {
				was := b[at]
				b[at] = with
				harmless(t, b)
				b[at] = was
			}
		}
	}
}

const dearest = 100 // bytes of memory that a byte of a stream may cost

// harmless reads b, which may be anything.
func harmless(t *testing.T, b []byte) {
	t.Helper()
	m := &memory{limit: int64(dearest*len(b)) + 1<<10}
	v, err := read(b, m)
	if err == nil && (len(v.Units) != len(v.Name) || len(v.Price) != len(v.Name) || v.Note != nil && len(v.Note) != len(v.Name)) {
		t.Fatalf("%x has columns of different lengths", b)
	}
	if err == nil {
		answer, err := Output(codec.Refuse, columnsOfGoods).Encode(v)
		if err != nil {
			t.Fatalf("%x is not answered: %v", b, err)
		}
		if again, err := read(answer.Body, &memory{limit: 1 << 30}); err != nil || again.text() != v.text() {
			t.Fatalf("%x is read as %s and answered as %s, %v", b, v.text(), again.text(), err)
		}
	} else if strings.Contains(err.Error(), "no more memory") {
		t.Fatalf("%x takes more than %d bytes", b, m.limit)
	}
}

func FuzzInput(f *testing.F) {
	for body := range samples() {
		f.Add([]byte(body))
	}
	f.Fuzz(harmless)
}

// What is allocated is what was taken of the request's memory: a batch that says that it
// has a million rows, and has none, costs nothing.
func TestNothingOnTheWordOfANumber(t *testing.T) {
	const rows = 1 << 40
	for _, p := range []part{
		{name: "units", kind: typeInt, of: typeOf(64), arrays: []made{{rows, 0, [][]byte{nil, ints(64, 1)}}}},
		{name: "price", kind: typeNull, arrays: []made{{rows, rows, nil}}},
		{name: "name", kind: typeUTF8, arrays: []made{{rows, 0, [][]byte{nil, ints(32, 0, 1), []byte("a")}}}},
		{name: "name", kind: typeUTF8, index: 8, words: []made{{rows, 0, [][]byte{nil, ints(32, 0, 1), []byte("a")}}}, arrays: []made{{1, 0, [][]byte{nil, {0}}}}},
		{name: "data", kind: typeFixedBinary, of: func(w *writer) int { return w.table(number(0, 4, math.MaxInt32)) }, arrays: []made{{9, 0, [][]byte{nil, {1}}}}},
	} {
		body := stream(p, part{name: "name", kind: typeUTF8, arrays: []made{{rows, rows, [][]byte{nil, nil, nil}}}}, part{name: "units", kind: typeInt, of: typeOf(64), arrays: []made{{rows, 0, [][]byte{nil, nil}}}})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(body, &memory{limit: 1 << 40})
		runtime.ReadMemStats(&after)
		if err == nil || after.TotalAlloc-before.TotalAlloc > 1<<16 {
			t.Errorf("%s of kind %d: %v, and %d bytes are allocated", p.name, p.kind, err, after.TotalAlloc-before.TotalAlloc)
		}
	}
}

// One long word for each of many cells would have the server look at it for each of them.
func TestLongWords(t *testing.T) {
	t.Parallel()
	const rows = 1 << 16
	word := strings.Repeat("x", 1<<14)
	body := stream(part{name: "name", kind: typeUTF8, index: 8, words: []made{{1, 0, [][]byte{nil, ints(32, 0, len(word)), []byte(word)}}}, arrays: []made{{rows, 0, [][]byte{nil, make([]byte, rows)}}}})
	type names struct{ Name []string }
	in := Input(codec.Refuse, func(v *names) codec.Table {
		return codec.Table{Columns: []codec.Column{codec.Cells("name", &v.Name, codec.ReadString, nil)}}
	})
	if _, err := in.Decode(&spec.Source{Body: body}); err == nil || !strings.Contains(err.Error(), "stands for too much text") {
		t.Errorf("it is %v", err)
	}
}

// What does not fit is told by column and row, as of columns in JSON, and by the same
// rules.
func TestProblems(t *testing.T) {
	t.Parallel()
	name := part{name: "name", kind: typeUTF8, arrays: []made{{2, 0, [][]byte{nil, ints(32, 0, 1, 7), []byte("abbbbbb")}}}}
	units := part{name: "units", kind: typeInt, of: typeOf(64), arrays: []made{{2, 0, [][]byte{nil, ints(64, -1, 3)}}}}
	price := part{name: "price", kind: typeFloat, of: double, arrays: []made{{2, 0, [][]byte{nil, float64s(1, math.Inf(-1))}}}}
	more := part{name: "more", kind: typeNull, arrays: []made{{2, 2, nil}}}
	short := part{name: "sold", kind: typeBool, arrays: []made{{1, 0, [][]byte{nil, {1}}}}}
	many := part{name: "units", kind: typeInt, of: typeOf(8), arrays: []made{{1001, 0, [][]byte{nil, make([]byte, 1001)}}}}
	null := func(n int) part { return part{name: "price", kind: typeNull, arrays: []made{{n, n, nil}}} }
	letters := part{name: "name", kind: typeUTF8, arrays: []made{{1001, 0, [][]byte{nil, make([]byte, 4*1002), nil}}}}
	for _, c := range []struct {
		parts  []part
		strict bool
		want   string
	}{
		{[]part{name, units, price}, false, "price[1]: must be a finite number, not -Infinity"},
		{[]part{name, units, null(2)}, false, "name[1]: must have at most 5 characters (and 1 more)"},
		{[]part{units, null(2)}, false, "name: a value is required"},
		{[]part{name, units, null(2), more}, true, "more: is not a known field"},
		{[]part{name, units, null(2), short}, false, "malformed Arrow stream: the batch that ends at byte 680 does not fit its schema"},
		{[]part{letters, many, null(1001)}, false, "must have at most 1000 rows, not 1001"},
		{[]part{name, units, null(2), units}, false, "units: is given twice"},
	} {
		_, err := Input(codec.Refuse, columnsOfGoods).Decode(&spec.Source{Body: stream(c.parts...), Strict: c.strict})
		var wrong *spec.InputError
		if !errors.As(err, &wrong) || wrong.Status != 400 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// NaN and infinities travel as the endpoint says, as they do in JSON.
func TestNonFinite(t *testing.T) {
	t.Parallel()
	type floats struct {
		X []float64
		Y []*float64
	}
	columns := func(v *floats) codec.Table {
		return codec.Table{Columns: []codec.Column{codec.Cells("x", &v.X, codec.ReadFloat, nil), codec.NullCells("y", &v.Y, codec.ReadFloat, nil)}}
	}
	nan := math.NaN()
	for _, c := range []struct {
		how  codec.NonFinite
		x, y float64
		null int // of x
		want string
	}{
		{codec.Refuse, nan, 1, 0, "x[0]: must be a finite number, not NaN"},
		{codec.Refuse, 1, math.Inf(1), 0, "y[0]: must be a finite number, not Infinity"},
		{codec.Refuse, 1, nan, 0, "1 null"},
		{codec.Null, nan, nan, 0, "NaN null"},
		{codec.Null, 1, 1, 1, "NaN 1"},
		{codec.Null, math.Inf(1), 1, 0, "x[0]: must be a finite number, not Infinity"},
		{codec.Literal, nan, nan, 0, "NaN NaN"},
		{codec.Literal, math.Inf(-1), math.Inf(1), 0, "-Inf +Inf"},
		{codec.Literal, 1, 1, 1, "x[0]: must be a number, not null"},
	} {
		body := stream(part{name: "x", kind: typeFloat, of: double, arrays: []made{{1, c.null, [][]byte{{byte(1 - c.null)}, float64s(c.x)}}}},
			part{name: "y", kind: typeFloat, of: double, arrays: []made{{1, 0, [][]byte{nil, float64s(c.y)}}}})
		v, err := Input(c.how, columns).Decode(&spec.Source{Body: body})
		got := fmt.Sprint(err)
		if err == nil {
			f := v.(floats)
			got = fmt.Sprint(f.X[0], " null")
			if f.Y[0] != nil {
				got = fmt.Sprint(f.X[0], " ", *f.Y[0])
			}
		}
		if got != c.want {
			t.Errorf("%v: %v, %v is %s, want %s", c.how, c.x, c.y, got, c.want)
		}
	}
	odd := floats{[]float64{nan}, []*float64{nil}}
	if _, err := Output(codec.Refuse, columns).Encode(odd); err == nil || !strings.HasPrefix(err.Error(), "the answer cannot be sent: x[0] is NaN") {
		t.Errorf("NaN that is refused: %v", err)
	}
	answer, err := Output(codec.Null, columns).Encode(odd)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Input(codec.Null, columns).Decode(&spec.Source{Body: bytes.Clone(answer.Body)})
	if f, ok := v.(floats); err != nil || !ok || !math.IsNaN(f.X[0]) {
		t.Errorf("NaN as null comes back as %v, %v", v, err)
	}
}

// A step may make what no table is, and texts that are none.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    goods
		want string
	}{
		{goods{Name: []string{"a"}}, "the answer cannot be sent: units has 0 cells, and column name has 1"},
		{goods{Name: []string{"a", "\xff"}, Units: []int64{1, 2}, Price: make([]*float64, 2)}, "the answer cannot be sent: name[1] is a text that is not UTF-8"},
	} {
		if _, err := Output(codec.Refuse, columnsOfGoods).Encode(c.v); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if p, err := Output(codec.Refuse, columnsOfGoods).Encode(goods{}); err != nil {
		t.Error(err)
	} else if v, err := read(p.Body, &memory{limit: 1 << 20}); err != nil || v.text() != `{"name":[],"units":[],"price":[]}` {
		t.Errorf("a table that a step left empty is %s, %v", v.text(), err)
	}
}
