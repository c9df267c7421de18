package server_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image/color"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/codec/picture"
	"bentoc.dev/runtime/spec"
)

// picturesMemory is what the service of pictures may have.
const picturesMemory = 192 << 20

// pictures tells the size and a pixel of a picture.
func pictures() made {
	b := hello()
	read := func(r *codec.Reader, v *picture.Image) { picture.Read(r, v, picture.Limits{}) }
	b.Services[0].Endpoints = []spec.Endpoint{{Name: "look", Route: "/look",
		In: spec.Type{JSON: codec.JSONFile(read), Raw: codec.RawFile(read)}, Out: textType,
		Handle: spec.Once(func(_ context.Context, in any) (any, error) {
			v, ok := in.(picture.Image)
			if !ok {
				return nil, errors.New("no picture")
			}
			at := v.Pixels.Bounds().Max.Sub(v.Pixels.Bounds().Size().Div(3))
			c := color.NRGBA64Model.Convert(v.Pixels.At(at.X, at.Y))
			return fmt.Sprint(v.Pixels.Bounds().Max, c), nil
		}),
	}}
	return b
}

// bomb is a PNG of w × h pixels of one colour with 16 bits a channel: eight bytes of
// memory a pixel, and a thousandth of that as a file.
func bomb(w, h int, shade byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(id string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		from := len(b)
		b = append(append(b, id...), data...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	chunk("IHDR", append(header, 16, 6, 0, 0, 0))
	row := append([]byte{0}, bytes.Repeat([]byte{shade}, 8*w)...)
	var z bytes.Buffer
	zw, _ := zlib.NewWriterLevel(&z, zlib.BestSpeed)
	for range h {
		_, _ = zw.Write(row)
	}
	_ = zw.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b
}

// Six small files that are large pictures at once, of which few fit, keep the process
// within what its service declares, and the ones that are answered are right.
func TestPicturesKeepWithinTheMemory(t *testing.T) {
	t.Parallel()
	if raceDetector {
		t.Skip("the race detector needs memory of its own")
	}
	c := serve(t, "pictures", spec.EnvMemory+"=192Mi")
	c.waitFor(regexp.MustCompile(`\] ready `))
	post := func(body []byte) (int, string, error) {
		return answer(http.Post(c.base+"/look", "image/png", bytes.NewReader(body)))
	}
	const w, h = 2500, 2000 // 40 MB
	var wg sync.WaitGroup
	for i := range byte(6) {
		body := bomb(w, h, i+1)
		wg.Go(func() {
			code, text, err := post(body)
			v := int(i+1) * 0x0101
			if want := fmt.Sprintf("(2500,2000) {%d %d %d %d}", v, v, v, v); code == 200 && !strings.Contains(text, want) {
				t.Errorf("got %s, want %s", text, want)
			}
			if err != nil || code != 200 && code != 503 {
				t.Errorf("got %d %s %v", code, text, err)
			}
		})
	}
	wg.Wait()
	if code, text, err := post(bomb(30000, 1000, 9)); code != 413 || !strings.Contains(text, "the server has for requests") {
		t.Errorf("one that never fits got %d %s %v", code, text, err)
	}
	c.untilMetric("bentoc_request_memory_bytes", "0")
	if kb := c.mostMemory(); kb<<10 > picturesMemory {
		t.Errorf("the process took %d kB of %d", kb, picturesMemory>>10)
	}
}
