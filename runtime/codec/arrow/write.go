package arrow

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// Output writes tables whose columns are those of columns: one batch, without
// dictionaries. A column that is missing is no column of it.
func Output[T any](how codec.NonFinite, columns func(*T) codec.Table) spec.Format {
	return spec.Format{Encode: func(v any) (spec.Payload, error) {
		t := v.(T)
		return codec.Append(spec.ArrowStream, func(b []byte) ([]byte, error) { return appendTable(b, columns(&t), how) })
	}}
}

// source is a column that is written.
type source interface {
	length() int
	absent() bool
	kind() (kind int, values func(w *writer) int) // the type, and what it says
	nullable() bool
	// size is how many bytes the second and third buffer take; -1 for the third where
	// there is none. The error says what cannot be written.
	size() (data, text int, err error)
	null(i int) bool
	append(b []byte) []byte // the second buffer
	texts(b []byte) []byte  // the third
}

func appendTable(b []byte, t codec.Table, how codec.NonFinite) ([]byte, error) {
	var out []source
	var names []string
	rows := 0
	for _, c := range t.Columns {
		s := sourceOf(c, how)
		switch {
		case s == nil:
			return b, &codec.AnswerError{Path: c.Name(), Msg: "is of a type that Arrow does not have"}
		case s.absent() && !c.Required():
			continue
		case len(out) == 0:
			rows = s.length()
		case s.length() != rows:
			return b, &codec.AnswerError{Path: c.Name(), Msg: fmt.Sprintf("has %d cells, and column %s has %d", s.length(), names[0], rows)}
		}
		out, names = append(out, s), append(names, c.Name())
	}
	w := &writer{b: b}
	if !utf8.ValidString(fmt.Sprint(names)) {
		return b, &codec.AnswerError{Msg: "has a column whose name is not UTF-8"}
	}
	w.message(schemaMessage, 0, func() int { return w.schema(out, names) })
	nodes, buffers, length := [][2]int64{}, [][2]int64{}, 0
	room := func(n int) {
		buffers = append(buffers, [2]int64{int64(length), int64(n)})
		length += (n + 7) &^ 7
	}
	for i, s := range out {
		data, text, err := s.size()
		if err != nil {
			return b, inColumn(err, names[i])
		}
		nulls := 0
		for row := 0; s.nullable() && row < rows; row++ {
			if s.null(row) {
				nulls++
			}
		}
		nodes = append(nodes, [2]int64{int64(rows), int64(nulls)})
		if nulls > 0 {
			room((rows + 7) / 8)
		} else {
			room(0)
		}
		if room(data); text >= 0 {
			room(text)
		}
	}
	w.message(batchMessage, int64(length), func() int {
		return w.table(number(0, 8, int64(rows)), refers(1, func() int { return w.pairs(nodes) }), refers(2, func() int { return w.pairs(buffers) }))
	})
	w.b = slices.Grow(w.b, length+8)
	for i, s := range out {
		w.base = len(w.b)
		if nodes[i][1] > 0 {
			w.bits(rows, func(row int) bool { return !s.null(row) })
		}
		w.b = s.append(w.b)
		w.align(8, 0)
		w.b = s.texts(w.b)
		w.align(8, 0)
	}
	w.uint32(mark)
	w.uint32(0)
	return w.b, nil
}

// message writes the metadata of a message of a kind.
func (w *writer) message(kind, length int64, header func() int) {
	start := len(w.b)
	w.uint32(mark)
	w.uint32(0)
	w.root(number(3, 8, length), refers(2, header), number(0, 2, 4), number(1, 1, kind))
	binary.LittleEndian.PutUint32(w.b[start+4:], uint32(len(w.b)-start-8))
}

func (w *writer) schema(out []source, names []string) int {
	return w.table(refers(1, func() int {
		var fields []func() int
		for i, s := range out {
			fields = append(fields, func() int { return w.field(s, names[i]) })
		}
		return w.tables(fields...)
	}))
}

func (w *writer) field(s source, name string) int {
	kind, of := s.kind()
	nullable := int64(0)
	if s.nullable() {
		nullable = 1
	}
	return w.table(refers(0, func() int { return w.text(name) }), refers(3, func() int { return of(w) }),
		refers(5, func() int { return w.tables() }), number(1, 1, nullable), number(2, 1, int64(kind)))
}

// bits writes a bit for each row, and up to eight bytes.
func (w *writer) bits(rows int, is func(row int) bool) {
	w.b = appendBits(w.b, rows, is)
	w.align(8, 0)
}

func appendBits(b []byte, rows int, is func(row int) bool) []byte {
	for row := 0; row < rows; row += 8 {
		var eight byte
		for i := range min(8, rows-row) {
			if is(row + i) {
				eight |= 1 << i
			}
		}
		b = append(b, eight)
	}
	return b
}

func inColumn(err error, name string) error {
	if e, ok := err.(*codec.AnswerError); ok {
		return &codec.AnswerError{Path: name + e.Path, Msg: e.Msg}
	}
	return err
}

// sourceOf gives a column as it is written; nil where its cells are of no type of Arrow.
func sourceOf(c codec.Column, how codec.NonFinite) source {
	switch p := c.Cells().(type) {
	case *[]bool:
		return fixed(*p, nil, typeBool, 1)
	case *[]*bool:
		return fixed(nil, *p, typeBool, 1)
	case *[]int64:
		return fixed(*p, nil, typeInt, 64)
	case *[]*int64:
		return fixed(nil, *p, typeInt, 64)
	case *[]float64:
		return &floats{fixed(*p, nil, typeFloat, 64), how}
	case *[]*float64:
		return &floats{fixed(nil, *p, typeFloat, 64), how}
	case *[]string:
		return &spanned[string]{*fixed(*p, nil, typeUTF8, 0)}
	case *[]*string:
		return &spanned[string]{*fixed(nil, *p, typeUTF8, 0)}
	case *[][]byte:
		return &spanned[[]byte]{*fixed(*p, nil, typeBinary, 0)}
	case *[]*[]byte:
		return &spanned[[]byte]{*fixed(nil, *p, typeBinary, 0)}
	}
	return nil
}

// simple is a column of cells that take the same number of bits.
type simple[T any] struct {
	all  []T
	some []*T
	of   int
	bits int
}

func fixed[T any](all []T, some []*T, kind, bits int) *simple[T] {
	return &simple[T]{all, some, kind, bits}
}

func (s *simple[T]) length() int     { return max(len(s.all), len(s.some)) }
func (s *simple[T]) absent() bool    { return s.all == nil && s.some == nil }
func (s *simple[T]) nullable() bool  { return s.all == nil }
func (s *simple[T]) null(i int) bool { return s.all == nil && s.some[i] == nil }

func (s *simple[T]) kind() (int, func(*writer) int) {
	return s.of, func(w *writer) int {
		switch s.of {
		case typeInt:
			return w.table(number(0, 4, 64), number(1, 1, 1))
		case typeFloat:
			return w.table(number(0, 2, 2))
		}
		return w.table()
	}
}

func (s *simple[T]) size() (data, text int, err error) { return (s.length()*s.bits + 7) / 8, -1, nil }

// at gives cell i, the zero value for one that is null.
func (s *simple[T]) at(i int) (v T) {
	if s.all != nil {
		return s.all[i]
	}
	if p := s.some[i]; p != nil {
		v = *p
	}
	return v
}

func (s *simple[T]) append(b []byte) []byte {
	switch s := any(s).(type) {
	case *simple[bool]:
		b = appendBits(b, s.length(), s.at)
	case *simple[int64]:
		for i := range s.length() {
			b = binary.LittleEndian.AppendUint64(b, uint64(s.at(i)))
		}
	case *simple[float64]:
		for i := range s.length() {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.at(i)))
		}
	}
	return b
}

func (s *simple[T]) texts(b []byte) []byte { return b }

// floats are numbers, of which some may not be sent, or as null.
type floats struct {
	*simple[float64]
	how codec.NonFinite
}

func (s *floats) nullable() bool { return s.simple.nullable() || s.how == codec.Null }

func (s *floats) null(i int) bool {
	if s.simple.null(i) {
		return true
	}
	v := s.at(i)
	return s.how == codec.Null && v-v != 0
}

func (s *floats) size() (data, text int, err error) {
	if s.how == codec.Refuse {
		for i := range s.length() {
			if v := s.at(i); v-v != 0 {
				return 0, 0, &codec.AnswerError{Path: fmt.Sprintf("[%d]", i), Msg: fmt.Sprintf(`is %v; nonFinite: "null" or "literal" at the endpoint lets such numbers pass`, v)}
			}
		}
	}
	return s.simple.size()
}

// spanned are texts and bytes, between offsets.
type spanned[T string | []byte] struct{ simple[T] }

func (s *spanned[T]) size() (data, text int, err error) {
	for i := range s.length() {
		v := s.at(i)
		if s.of == typeUTF8 && !utf8.ValidString(string(v)) {
			return 0, 0, &codec.AnswerError{Path: fmt.Sprintf("[%d]", i), Msg: "is a text that is not UTF-8"}
		}
		if text += len(v); text > math.MaxInt32 {
			return 0, 0, &codec.AnswerError{Msg: "has more than 2 GiB of text"}
		}
	}
	return 4 * (s.length() + 1), text, nil
}

func (s *spanned[T]) append(b []byte) []byte {
	end := 0
	b = binary.LittleEndian.AppendUint32(b, 0)
	for i := range s.length() {
		end += len(s.at(i))
		b = binary.LittleEndian.AppendUint32(b, uint32(end))
	}
	return b
}

func (s *spanned[T]) texts(b []byte) []byte {
	for i := range s.length() {
		b = append(b, s.at(i)...)
	}
	return b
}
