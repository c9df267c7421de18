package codec

import (
	"bytes"
	"math"
	"math/big"
	"strconv"

	"bentoc.dev/runtime/tensor/jsonarray"
)

// number steps over a JSON number and gives it with its text.
func (r *Reader) number() (num jsonarray.Number, tok []byte, ok bool) {
	num, wrong := jsonarray.ScanNumber(r.data, r.pos)
	tok = r.data[r.pos:num.End]
	r.pos = num.End
	if wrong != "" {
		r.syntax(wrong)
		return num, nil, false
	}
	return num, tok, true
}

// Int reads an integer of 64 bits. 1.0 and 1e2 are integers too, as in JSON
// Schema: many languages cannot tell them from 1 and 100.
func (r *Reader) Int(v *int64) bool {
	if c := r.peek(); r.err != nil || r.raw || c != '-' && (c < '0' || c > '9') {
		return r.wrong("int_type", "an integer")
	}
	if r.infinity() {
		r.Problem("finite_number", "must be an integer, not -Infinity")
		return false
	}
	num, tok, ok := r.number()
	if !ok {
		return false
	}
	n, state := num.Int64(tok)
	switch state {
	case jsonarray.Fraction:
		r.Problem("int_from_float", "must be an integer, not %s", clip(tok))
		return false
	case jsonarray.Overflow:
		r.Problem("int_parsing_size", "must fit in 64 bits")
		return false
	}
	*v = n
	return true
}

func clip(tok []byte) string {
	if len(tok) > 40 {
		return string(tok[:40]) + "…"
	}
	return string(tok)
}

// Float reads a number. What stands for one that is none or infinite is up to the
// endpoint: see [NonFinite].
func (r *Reader) Float(v *float64) bool {
	c := r.peek()
	switch {
	case r.err != nil, r.raw:
		return r.wrong("float_type", "a number")
	case c == '-' && !bytes.HasPrefix(r.data[r.pos:], []byte("-I")), c >= '0' && c <= '9':
		return r.float(v)
	case c == 'n' && r.nonFinite == Null && r.literal("null"):
		*v = math.NaN()
		return true
	}
	if f, word := r.special(); word != "" {
		if r.nonFinite != Literal {
			r.notFinite(word)
			return false
		}
		*v = f
		return true
	}
	return r.wrong("float_type", "a number")
}

func (r *Reader) float(v *float64) bool {
	num, tok, ok := r.number()
	if !ok {
		return false
	}
	f, ok := num.Float64(tok)
	switch {
	case !ok:
		r.Problem("float_parsing", "is too large for a number of 64 bits")
		return false
	case num.Inexact() && !sameInteger(tok, f):
		r.Problem("float_parsing", "%s cannot be held by a number of 64 bits: the nearest one is %s", clip(tok), jsonarray.AppendFloat64(nil, f))
		return false
	}
	*v = f
	return true
}

// sameInteger tells whether f stands for the integer that tok writes out: it is
// that number, or the digits are those that f is written with, as ECMAScript and Go
// write 1.2345678901234567e20 as 123456789012345670000.
func sameInteger(tok []byte, f float64) bool {
	if string(strconv.AppendFloat(nil, f, 'f', -1, 64)) == string(tok) {
		return true
	}
	n, ok := new(big.Int).SetString(string(tok), 10)
	if !ok {
		return false
	}
	exact, accuracy := new(big.Float).SetInt(n).Float64()
	return exact == f && accuracy == big.Exact
}
