package codec

import (
	"fmt"

	"bentoc.dev/runtime/spec"
)

// TableFormat reads tables of an encoding of their own. Fill reads the body: it sets the
// slices of the columns, reports what does not fit by their types, and gives the number of
// rows; cells beyond MaxRows it may leave out. What is checked of a table in JSON is
// checked here too, once everything is read.
func TableFormat[T any](how NonFinite, columns func(*T) Table, fill func(r *Reader, t Table) (rows int)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) {
		if len(src.Body) == 0 {
			return nil, inputError(400, "missing", "a body is required")
		}
		r := begin(src.Body, src, how)
		r.raw = true
		return decode(r, func(r *Reader, v *T) {
			t := columns(v)
			for _, c := range t.Columns {
				c.reset()
			}
			if rows := fill(r, t); r.err == nil && len(r.problems) == 0 {
				if r.rows(&t, rows); len(r.problems) == 0 {
					r.cells(&t)
				}
			}
		})
	})
}

// Body is all that is read.
func (r *Reader) Body() []byte { return r.data }

// Strict tells whether fields that are not known are refused.
func (r *Reader) Strict() bool { return r.strict }

// Failed tells whether the reading has ended for good.
func (r *Reader) Failed() bool { return r.err != nil }

// Malformed ends the reading: the body is not in its encoding.
func (r *Reader) Malformed(kind, format string, args ...any) {
	if r.err == nil {
		r.err = inputError(400, kind, fmt.Sprintf(format, args...))
	}
}
