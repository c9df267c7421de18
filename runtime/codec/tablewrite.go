package codec

import "fmt"

// Written is a column of a table that is written. [Writes] makes them.
type Written struct {
	name  string
	key   []byte // as JSON
	there bool
	cells int
	write func(b []byte, row int) []byte
}

// Writes describes a column whose cells are written with write.
func Writes[T any](name string, cells []T, write func([]byte, T) []byte) Written {
	return Written{name, append(AppendString(nil, name), ':'), true, len(cells), func(b []byte, row int) []byte { return write(b, cells[row]) }}
}

// Optional gives the column as one that is missing where its slice is nil.
func (w Written) Optional(missing bool) Written {
	w.there = !missing
	return w
}

// AppendRecords writes a table as a list of records.
func AppendRecords(b []byte, columns ...Written) []byte {
	rows, msg := written(columns)
	if msg != "" {
		return unwritable(b, msg)
	}
	b = append(b, '[')
	for row := range rows {
		if row > 0 {
			b = append(b, ',')
		}
		open := byte('{')
		for i := range columns {
			if w := &columns[i]; w.there {
				b = append(append(b, open), w.key...)
				b = w.write(b, row)
				open = ','
			}
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// AppendColumns writes a table as an object of columns.
func AppendColumns(b []byte, columns ...Written) []byte {
	rows, msg := written(columns)
	if msg != "" {
		return unwritable(b, msg)
	}
	open := byte('{')
	for i := range columns {
		w := &columns[i]
		if !w.there {
			continue
		}
		b = append(append(append(b, open), w.key...), '[')
		for row := range rows {
			if row > 0 {
				b = append(b, ',')
			}
			b = w.write(b, row)
		}
		b = append(b, ']')
		open = ','
	}
	if open == '{' { // no column is there
		b = append(b, open)
	}
	return append(b, '}')
}

// written gives the number of rows, or says why there is none.
func written(columns []Written) (rows int, msg string) {
	rows, first := -1, ""
	for _, w := range columns {
		switch {
		case !w.there:
		case rows < 0:
			rows, first = w.cells, w.name
		case w.cells != rows:
			return 0, fmt.Sprintf("is a table whose column %s has %s, and column %s has %d", w.name, count(w.cells, "cell"), first, rows)
		}
	}
	return max(rows, 0), ""
}
