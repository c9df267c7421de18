package onnxfile

import (
	"fmt"
	"math"
	"math/bits"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tensor reads a TensorProto without its data.
func (b *builder) tensor(end int64) (is typed, err error) {
	t := tensorHead{elems: 1}
	name := ""
	err = b.r.message(end, func(f field) (err error) {
		switch {
		case f.num == 1:
			err = t.dims(b.r, f)
		case f.num == 2 && f.wire == wireVarint:
			t.dtype = f.value
		case f.num == 8 && f.wire == wireBytes:
			name, err = b.r.text(f, maxName)
		case f.num == 13 && f.wire == wireBytes:
			err = t.external(b, f.end)
		case f.num == 14 && f.wire == wireVarint:
			t.isExternal = f.value == 1
		}
		return err
	})
	if err == nil && t.isExternal {
		err = b.addExternal(name, &t)
	}
	return typed{name, t.dtype}, err
}

// tensorHead is what a TensorProto says besides its name and data.
type tensorHead struct {
	elems      uint64 // product of the dimensions
	overflow   bool
	dtype      uint64
	isExternal bool
	pairs      map[string]string
}

// dims multiplies dimensions, packed or not.
func (t *tensorHead) dims(r *reader, f field) error {
	if f.wire == wireVarint {
		t.mul(f.value)
		return nil
	}
	if f.wire != wireBytes {
		return nil
	}
	for r.off < f.end {
		v, err := r.uvarint(f.end)
		if err != nil {
			return err
		}
		t.mul(v)
	}
	return nil
}

func (t *tensorHead) mul(v uint64) {
	hi, lo := bits.Mul64(t.elems, v)
	t.elems = lo
	t.overflow = t.overflow || hi != 0 || lo > math.MaxInt64/128
}

func (t *tensorHead) external(b *builder, end int64) error {
	key, value, err := b.pair(end)
	if t.pairs == nil {
		t.pairs = map[string]string{}
	}
	t.pairs[key] = value
	if err != nil {
		return err
	}
	return b.r.keep(entryLen)
}

// size gives the bytes of the tensor by its dimensions.
func (t *tensorHead) size() (int64, bool) {
	if t.overflow || t.dtype < 1 || t.dtype >= uint64(len(dtypes)) || dtypes[t.dtype].bits == 0 {
		return 0, false
	}
	return (int64(t.elems)*dtypes[t.dtype].bits + 7) / 8, true
}

func (b *builder) addExternal(name string, t *tensorHead) error {
	e := External{Tensor: name, Location: t.pairs["location"]}
	if reason := badLocation(e.Location); reason != "" {
		return b.r.errorf("the external weights %s lie at %s: %s", quote(name), quote(e.Location), reason)
	}
	e.Location = path.Clean(e.Location)
	var ok bool
	if e.Offset, ok = extent(t.pairs["offset"], 0); !ok {
		return b.r.errorf("the external weights %s have offset %s", quote(name), quote(t.pairs["offset"]))
	}
	size, known := t.size()
	if !known {
		return b.r.errorf("the external weights %s have a size that cannot be", quote(name))
	}
	if e.Length, ok = extent(t.pairs["length"], size); e.Length == 0 {
		e.Length = size // as ONNX Runtime reads it
	}
	if !ok || e.Length != size {
		return b.r.errorf("the external weights %s have length %s, their shape needs %d bytes", quote(name), quote(t.pairs["length"]), size)
	}
	b.model.External = append(b.model.External, e)
	return b.r.keep(2 * entryLen)
}

// extent reads a decimal number of bytes; absent when s is empty.
func extent(s string, absent int64) (int64, bool) {
	if s == "" {
		return absent, true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0 && n <= math.MaxInt64/2
}

// badLocation says why a model may not refer to a location, or "".
func badLocation(loc string) string {
	switch {
	case loc == "":
		return "no file is named"
	case strings.ContainsRune(loc, 0):
		return "a file name cannot hold a NUL"
	case path.IsAbs(loc) || strings.HasPrefix(loc, `\`) || len(loc) > 1 && loc[1] == ':':
		return "the path is absolute"
	case !filepath.IsLocal(strings.ReplaceAll(loc, `\`, "/")) || path.Clean(loc) == ".":
		return "the path leaves the folder of the model"
	case slices.Contains(strings.Split(loc, "/"), ".."):
		return "the path goes up again, through a folder that an image does not have"
	}
	return ""
}

// MainFile is what a model's own file is called in an image, beside its external
// weights.
const MainFile = "model.onnx"

// mainName gives MainFile, or where external weights have that name, or lie in a
// folder of that name, another one that is like it.
func mainName(external []External) string {
	for i := 1; ; i++ {
		name := MainFile
		if i > 1 {
			name = fmt.Sprintf("model_%d.onnx", i)
		}
		taken := func(e External) bool { return e.Location == name || strings.HasPrefix(e.Location, name+"/") }
		if !slices.ContainsFunc(external, taken) {
			return name
		}
	}
}

// ValidName reports whether a model's own file may be called name.
func ValidName(name string) bool {
	number, ok := strings.CutPrefix(name, "model_")
	number, onnx := strings.CutSuffix(number, ".onnx")
	n, err := strconv.Atoi(number)
	return name == MainFile || ok && onnx && err == nil && n > 1 && strconv.Itoa(n) == number
}
