package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// constOf gives a concrete value as canonical JSON: keys sorted, numbers in
// one spelling.
func constOf(v cue.Value) (ir.Const, error) {
	data, err := v.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if isCanonical(data) {
		return data, nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var x any
	if err := dec.Decode(&x); err != nil {
		return nil, fmt.Errorf("reading a constant: %w", err)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(canonical(x)); err != nil {
		return nil, fmt.Errorf("writing a constant: %w", err)
	}
	return bytes.TrimSpace(buf.Bytes()), nil
}

// isCanonical reports whether JSON is a plain integer, most constants are, which has
// one spelling.
func isCanonical(data []byte) bool {
	digits := bytes.TrimPrefix(data, []byte("-"))
	return len(digits) > 0 && (digits[0] != '0' || len(data) == 1) && len(bytes.Trim(digits, "0123456789")) == 0
}

// canonical gives numbers one spelling throughout x.
func canonical(x any) any {
	switch x := x.(type) {
	case json.Number:
		return json.Number(canonicalNumber(x.String()))
	case []any:
		for i := range x {
			x[i] = canonical(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = canonical(x[k])
		}
	}
	return x
}

// canonicalNumber spells a decimal without an exponent, without needless
// zeros: 1e2 and 100.0 are 100. Numbers with exponents beyond 400 stay as they
// are written.
func canonicalNumber(s string) string {
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 5 {
		return s
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	if r.IsInt() {
		return r.Num().String()
	}
	n, exact := r.FloatPrec()
	if !exact || n > 400 {
		return s
	}
	return r.FloatString(n)
}
