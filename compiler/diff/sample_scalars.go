package diff

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// How far the numbers that are tried lie from an end.
var (
	nearInts   = rationals("0", "1", "-1", "2", "-2")
	nearFloats = rationals("0", "1", "-1", "2", "-2", "0.5", "-0.5", "0.001", "-0.001")
)

func rationals(texts ...string) (all []*big.Rat) {
	for _, text := range texts {
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			panic(text)
		}
		all = append(all, r)
	}
	return all
}

func numberSamples(_ *maker, t *ir.Type, _ int) (all []ir.Const) {
	points := []string{"0", "1"}
	for _, b := range []*ir.Bound{t.Min, t.Max} {
		if b != nil {
			points = append(points, b.Value)
		}
	}
	for _, v := range t.Not {
		points = append(points, string(v))
	}
	near := nearInts
	if t.Kind == ir.KindFloat {
		near = nearFloats
	}
	seen := map[string]bool{}
	add := func(r *big.Rat) {
		s := decimal(r)
		if !seen[s] {
			seen[s] = true
			all = append(all, ir.Const(s))
		}
	}
	for _, p := range points {
		at, ok := new(big.Rat).SetString(p)
		if !ok || len(p) > 40 {
			continue
		}
		for _, by := range near {
			add(new(big.Rat).Add(at, by))
		}
		if step, ok := new(big.Rat).SetString(t.MultipleOf); ok && step.Sign() > 0 {
			k := new(big.Int).Quo(new(big.Rat).Quo(at, step).Num(), new(big.Rat).Quo(at, step).Denom())
			for d := int64(-8); d <= 8; d++ {
				add(new(big.Rat).Mul(step, new(big.Rat).SetInt(new(big.Int).Add(k, big.NewInt(d)))))
			}
		}
	}
	for _, v := range []string{"-1000", "1000", "1000000000000", "-1000000000000", "9223372036854775807", "-9223372036854775808"} {
		all = append(all, ir.Const(v))
	}
	if t.Kind == ir.KindFloat {
		all = append(all, consts("1e300", "-1e300", "1e-300")...)
	}
	return all
}

// decimal writes a fraction whose denominator is of twos and fives.
func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	s := r.FloatString(40)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

// none is a type of texts that has no text.
var none = &ir.Type{Kind: ir.KindString, Patterns: []string{`[^\x00-\x{10FFFF}]`}}

func textSamples(_ *maker, t *ir.Type, _ int) (all []ir.Const) {
	all = consts(`"x"`, `""`, `"0"`, `"a b"`, `"é"`)
	if text, found, _ := assign.Outside(t, none); found {
		all = append(all, textOf(text))
	}
	for _, n := range lengths(t.MinLen, t.MaxLen, maxText) {
		all = append(all, textOf(strings.Repeat("x", n)))
	}
	for _, p := range t.NotPatterns {
		if text, found, _ := assign.Outside(&ir.Type{Kind: ir.KindString, Patterns: []string{p}}, none); found {
			all = append(all, textOf(text))
		}
	}
	if f, ok := ir.FormatOf(t); ok {
		all = append(all, formatSamples(f.Name, t.Layout)...)
	}
	return all
}

// formatSamples are texts in the formats that texts may have.
func formatSamples(string, string) []ir.Const {
	return consts(`"2027-01-31"`, `"2027-01-31T10:20:30Z"`, `"10:20:30"`, `"1h30m"`, `"PT1H"`, `"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"`,
		`"192.0.2.1"`, `"2001:db8::1"`, `"192.0.2.0/24"`, `"https://example.com/a"`, `"/a"`, `"a@example.com"`, `"example.com"`, `"^a$"`)
}

func byteSamples(_ *maker, t *ir.Type, _ int) (all []ir.Const) {
	for _, n := range lengths(t.MinLen, t.MaxLen, maxText) {
		all = append(all, textOf(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", n)))))
	}
	return append(all, ir.Const(`"?"`))
}

// maxShown is how many elements of a tensor are written out.
const maxShown = 64

func tensorSamples(_ *maker, t *ir.Type, _ int) (all []ir.Const) {
	elements := map[bool][]string{true: {"0", "1", "-1", "0.5", "200", "1000", "100000", "3000000000", "5000000000", "1e30", "1e39", "9223372036854775807", "18446744073709551615"}}[t.DType != "bool" && t.DType != "string"]
	dtype := t.DType
	switch dtype {
	case "":
		elements, dtype = append(elements, `"x"`, "true"), "float32"
	case "bool":
		elements = []string{"true"}
	case "string":
		elements = []string{`"x"`}
	}
	for _, shape := range shapesOf(t) {
		for _, e := range elements {
			if v, ok := nested(e, shape); ok {
				all = append(all, v)
			}
		}
		size := int64(1)
		for _, n := range shape {
			size *= max(1, n)
		}
		if size > maxShown {
			all = append(all, ir.Const(fmt.Sprintf(`{"$tensor": {"dtype": %q, "shape": %s}}`, dtype, strings.ReplaceAll(fmt.Sprint(shape), " ", ", "))))
		}
	}
	return all
}

// shapesOf gives shapes of a tensor: with every open size 1, then with one of them 2.
func shapesOf(t *ir.Type) (all [][]int64) {
	if t.Shape == nil && !t.Rank0 {
		return [][]int64{{1}, {}, {2}, {1, 1}, {2, 3}, {1, 1, 1}, {3, 1, 1}, {1, 1, 1, 1}}
	}
	names := []string{""}
	for _, d := range t.Shape {
		names = append(names, d.Symbol)
	}
	for _, two := range append(names, "*") {
		for other := range 2 {
			shape := make([]int64, len(t.Shape))
			for i, d := range t.Shape {
				switch {
				case d.Size != 0:
					shape[i] = d.Size
				case d.Symbol != "" && (d.Symbol == two || two == "*"):
					shape[i] = 2
				case d.Symbol == "" && two == "" && other == 1:
					shape[i] = int64(i + 2)
				default:
					shape[i] = 1
				}
			}
			all = append(all, shape)
		}
	}
	return all
}

// nested writes a tensor of a shape whose elements are all e.
func nested(e string, shape []int64) (ir.Const, bool) {
	size := int64(1)
	for _, n := range shape {
		if size *= n; size > maxShown || n > maxShown {
			return nil, false
		}
	}
	for i := len(shape) - 1; i >= 0; i-- {
		e = "[" + strings.Repeat(e+", ", int(max(0, shape[i]-1))) + e + "]"
	}
	return ir.Const(e), true
}

func fileSamples(_ *maker, t *ir.Type, _ int) (all []ir.Const) {
	types := []string{"image/png", "image/gif", "image/jpeg", "image/webp", "audio/wav", "application/octet-stream", "text/plain"}
	for _, m := range t.MediaTypes {
		group, rest, _ := strings.Cut(m, "/")
		if rest == "*" {
			m = group + "/" + map[string]string{"audio": "wav", "text": "plain", "image": "png", "video": "mp4"}[group]
			if strings.HasSuffix(m, "/") {
				m += "x"
			}
		}
		types = append([]string{m}, types...)
	}
	for _, m := range types {
		all = append(all, ir.Const(fmt.Sprintf(`{"$file": {"mediaType": %q}}`, m)))
		for _, n := range []int64{t.MaxBytes, t.MaxBytes + 1} {
			if t.MaxBytes > 0 {
				all = append(all, ir.Const(fmt.Sprintf(`{"$file": {"mediaType": %q, "bytes": %d}}`, m, n)))
			}
		}
		for _, n := range []int64{t.MaxDurationMs, t.MaxDurationMs + 1} {
			if t.MaxDurationMs > 0 {
				all = append(all, ir.Const(fmt.Sprintf(`{"$file": {"mediaType": %q, "durationMs": %d}}`, m, n)))
			}
		}
		if t.Kind == ir.KindAudio {
			for _, rate := range []int64{8000, t.SampleRate} {
				for _, channels := range []int64{1, 2, t.Channels} {
					all = append(all, ir.Const(fmt.Sprintf(`{"$file": {"mediaType": %q, "sampleRate": %d, "channels": %d}}`, m, rate, channels)))
				}
			}
		}
		for _, n := range []int64{t.MaxPixels, t.MaxPixels + 1} {
			if t.MaxPixels > 0 {
				all = append(all, ir.Const(fmt.Sprintf(`{"$file": {"mediaType": %q, "pixels": %d}}`, m, n)))
			}
		}
	}
	return all
}
