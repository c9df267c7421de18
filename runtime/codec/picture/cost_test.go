package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// plainPNG writes a PNG whose pixels are all 0, as small as it gets.
func plainPNG(w, h int, depth, kind byte, interlaced, transparent bool) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(id string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		from := len(b)
		b = append(append(b, id...), data...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	header = append(header, depth, kind, 0, 0, 0)
	if interlaced {
		header[12] = 1
	}
	chunk("IHDR", header)
	if kind == 3 {
		chunk("PLTE", []byte{1, 2, 3})
	}
	if transparent {
		chunk("tRNS", make([]byte, map[byte]int{0: 2, 2: 6, 3: 1}[kind]))
	}
	bits := int(depth) * map[byte]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
	size := 0
	pass := func(w, h int) {
		if w > 0 && h > 0 {
			size += h * (1 + (w*bits+7)/8)
		}
	}
	if interlaced {
		for _, p := range [][4]int{{8, 8, 0, 0}, {8, 8, 4, 0}, {4, 8, 0, 4}, {4, 4, 2, 0}, {2, 4, 0, 2}, {2, 2, 1, 0}, {1, 2, 0, 1}} {
			pass((w-p[2]+p[0]-1)/p[0], (h-p[3]+p[1]-1)/p[1])
		}
	} else {
		pass(w, h)
	}
	var z bytes.Buffer
	zw, _ := zlib.NewWriterLevel(&z, zlib.BestSpeed)
	for zeros := make([]byte, 1<<16); size > 0; size -= min(size, len(zeros)) {
		_, _ = zw.Write(zeros[:min(size, len(zeros))])
	}
	_ = zw.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b
}

// pictures gives one of each sort that a decoder treats in its own way.
func pictures(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for kind, depths := range map[byte][]byte{0: {1, 8, 16}, 2: {8, 16}, 3: {1, 8}, 4: {8, 16}, 6: {8, 16}} {
		for _, depth := range depths {
			for _, interlaced := range []bool{false, true} {
				name := fmt.Sprintf("png kind %d depth %d interlaced %v", kind, depth, interlaced)
				all[name] = plainPNG(450, 350, depth, kind, interlaced, false)
				if kind < 4 {
					all[name+" transparent"] = plainPNG(450, 350, depth, kind, interlaced, true)
				}
			}
		}
	}
	files, err := filepath.Glob("testdata/cost/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		if all[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	part := image.NewPaletted(image.Rect(100, 50, 800, 600), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{part}, Delay: []int{0}, Config: image.Config{Width: 900, Height: 700, ColorModel: part.Palette}}); err != nil {
		t.Fatal(err)
	}
	all["gif with a part"] = b.Bytes()
	return all
}

// What a picture is said to need is what decoding it allocates, or a little more, and
// what it holds afterwards is less.
func TestNeedIsWhatDecodingAllocates(t *testing.T) {
	for name, data := range pictures(t) {
		e, wrong := open(data)
		if wrong != nil {
			t.Fatal(name, wrong)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		px, err := e.pixels()
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(name, err)
		}
		const small = 300 << 10 // buffers and tables of the decoders
		need, _ := e.need()
		took := int64(after.TotalAlloc - before.TotalAlloc)
		if took > need+small {
			t.Errorf("%s: took %d bytes and was said to need %d", name, took, need)
		}
		if lossless := strings.HasSuffix(name, "webp"); !lossless && need > took+took/4+small {
			t.Errorf("%s: took only %d bytes and was said to need %d", name, took, need)
		}
		if h := held(px); h > need {
			t.Errorf("%s: holds %d bytes of %d that it needed", name, h, need)
		}
	}
}

// account is a memory that notes what is taken of it.
type account struct{ limit, used, most int64 }

func (a *account) Take(n int64) error {
	if a.used+n > a.limit {
		return errFull
	}
	a.used += n
	a.most = max(a.most, a.used)
	return nil
}

func (a *account) Give(n int64) { a.used -= n }

var errFull = &spec.InputError{Status: 413, Message: "full"}

// A picture takes its memory before it is decoded, keeps that of its pixels, and is
// refused without a byte of them where there is too little.
func TestPicturesTakeMemory(t *testing.T) {
	for name, data := range pictures(t) {
		decode := func(limit int64) (*account, Image, error) {
			a := &account{limit: limit}
			v, err := codec.RawFile(func(r *codec.Reader, v *Image) { Read(r, v, Limits{}) }).Decode(&spec.Source{Body: data, Memory: a})
			if err != nil {
				return a, Image{}, err
			}
			return a, v.(Image), nil
		}
		a, v, err := decode(1 << 30)
		if err != nil {
			t.Fatal(name, err)
		}
		if want := int64(len(data)) + held(v.Pixels) + int64(v.Pixels.Bounds().Dx()*v.Pixels.Bounds().Dy()*copyPixel); a.used != want {
			t.Errorf("%s: holds %d bytes, want %d", name, a.used, want)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err = decode(a.most - 1)
		runtime.ReadMemStats(&after)
		if err != errFull {
			t.Errorf("%s: error is %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(3*len(data)+100<<10) {
			t.Errorf("%s: took %d bytes before it was refused", name, took)
		}
	}
}

// A broken header asks for no more than a whole one could.
func TestNeedOfBrokenPictures(t *testing.T) {
	t.Parallel()
	for name, data := range pictures(t) {
		for cut := range min(len(data), 400) {
			e, wrong := open(data[:cut])
			if wrong != nil {
				continue
			}
			if need, pixel := e.need(); pixel < 1 || need < 0 || need > 1<<31 {
				t.Errorf("%s cut at %d needs %d", name, cut, need)
			}
		}
	}
}
