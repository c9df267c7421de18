package picture_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec/picture"
)

// Pictures in WebP, made for these tests.
const (
	// 4 × 2, two columns black and two white, with loss.
	lossyWebP = "UklGRi4AAABXRUJQVlA4ICIAAACQAQCdASoEAAIAAAAAJaQAAudZtgAA/op//2h83/6NoAAA"
	// 6 × 6, red, the upper half transparent, with loss.
	clearWebP = "UklGRmQAAABXRUJQVlA4WAoAAAAQAAAABQAABQAAQUxQSAwAAAABDzD/ERFifiL6HzhWUDggMgAAANABAJ0BKgYABgAAwBIloAJ0ugH4AAOwAP75fb//TSPGkeNI+Yt/+6BP3QJ+6BP/c2gA"
	// 2 × 2, green, without loss.
	greenWebP = "UklGRh4AAABXRUJQVlA4TBEAAAAvAUAAAAdQ5CrUo/+BiOh/AAA="
)

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// tiff is Exif data with an orientation behind another entry.
func tiff(order binary.AppendByteOrder, kind uint16, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint16(order.AppendUint32(b, 8), 2)
	b = order.AppendUint32(order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x0100), 4), 1), 77)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x0112), kind), 1)
	switch kind {
	case 3:
		b = order.AppendUint16(order.AppendUint16(b, orientation), 0)
	case 4:
		b = order.AppendUint32(b, uint32(orientation))
	default:
		b = append(b, byte(orientation), 0, 0, 0)
	}
	return order.AppendUint32(b, 0)
}

// withExif puts Exif data into a picture.
func withExif(format string, data, exif []byte) []byte {
	switch format {
	case "jpeg":
		exif = append([]byte("Exif\x00\x00"), exif...)
		app := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
		return bytes.Join([][]byte{data[:2], {0xff, 0xe0, 0, 4, 1, 2}, app, exif, data[2:]}, nil)
	case "png":
		chunk := binary.BigEndian.AppendUint32(nil, uint32(len(exif)))
		chunk = append(append(chunk, "eXIf"...), exif...)
		chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
		end := len(data) - 12 // before IEND, behind the pixels
		return bytes.Join([][]byte{data[:end], chunk, data[end:]}, nil)
	}
	out := append(bytes.Clone(data), "EXIF"...)
	out = append(binary.LittleEndian.AppendUint32(out, uint32(len(exif))), exif...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// colours gives the bright and the dark pixels of a picture, row by row.
func colours(img image.Image) string {
	var rows []string
	r := img.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := ""
		for x := r.Min.X; x < r.Max.X; x++ {
			switch c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA); {
			case c.A < 128:
				row += "."
			case c.G > 128:
				row += "g"
			default:
				row += "d"
			}
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, "/")
}

// TestPicturesAreUpright: every orientation, in every format that can have one and
// every way of storing pixels, shows the same letter.
func TestPicturesAreUpright(t *testing.T) {
	t.Parallel()
	stored := map[uint16]string{ // what turns into an upright F
		1: "ddd/dgg/ddg/dgg", 2: "ddd/ggd/gdd/ggd", 3: "ggd/gdd/ggd/ddd", 4: "dgg/ddg/dgg/ddd",
		5: "dddd/dgdg/dggg", 6: "dggg/dgdg/dddd", 7: "gggd/gdgd/dddd", 8: "dddd/gdgd/gggd",
	}
	kinds := map[string]func(r image.Rectangle) draw.Image{
		"gray":     func(r image.Rectangle) draw.Image { return image.NewGray(r) },
		"gray16":   func(r image.Rectangle) draw.Image { return image.NewGray16(r) },
		"rgba":     func(r image.Rectangle) draw.Image { return image.NewRGBA(r) },
		"nrgba":    func(r image.Rectangle) draw.Image { return image.NewNRGBA(r) },
		"rgba64":   func(r image.Rectangle) draw.Image { return image.NewRGBA64(r) },
		"nrgba64":  func(r image.Rectangle) draw.Image { return image.NewNRGBA64(r) },
		"paletted": func(r image.Rectangle) draw.Image { return image.NewPaletted(r, palette.WebSafe) },
	}
	for orientation, rows := range stored {
		lines := strings.Split(rows, "/")
		for kind, empty := range kinds {
			for _, format := range []string{"png", "jpeg"} {
				cell := 1
				if format == "jpeg" {
					cell = 16 // a block, so that nothing is lost
				}
				img := empty(image.Rect(0, 0, len(lines[0])*cell, len(lines)*cell))
				for y := range img.Bounds().Dy() {
					for x := range img.Bounds().Dx() {
						img.Set(x, y, map[byte]color.Color{'d': color.Black, 'g': color.White}[lines[y/cell][x/cell]])
					}
				}
				for i, exif := range [][]byte{tiff(binary.LittleEndian, 3, orientation), tiff(binary.BigEndian, 3, orientation), tiff(binary.BigEndian, 4, orientation), tiff(binary.LittleEndian, 1, orientation)} {
					got, err := read("", withExif(format, encoded(t, format, img), exif), picture.Limits{})
					name := fmt.Sprintf("%s of %s, orientation %d, form %d", format, kind, orientation, i)
					if err != nil {
						t.Errorf("%s: %v", name, err)
						continue
					}
					if b := got.Pixels.Bounds(); b != image.Rect(0, 0, 3*cell, 4*cell) {
						t.Errorf("%s: bounds %v", name, b)
						continue
					}
					small := image.NewRGBA(image.Rect(0, 0, 3, 4))
					for y := range 4 {
						for x := range 3 {
							small.Set(x, y, got.Pixels.At(x*cell+cell/2, y*cell+cell/2))
						}
					}
					if c := colours(small); c != stored[1] {
						t.Errorf("%s: %s", name, c)
					}
				}
			}
		}
	}
}

func TestOrientationOfWebP(t *testing.T) {
	t.Parallel()
	for orientation, want := range map[uint16]string{1: "ddgg/ddgg", 2: "ggdd/ggdd", 6: "dd/dd/gg/gg", 8: "gg/gg/dd/dd"} {
		for _, prefix := range []string{"", "Exif\x00\x00"} {
			exif := append([]byte(prefix), tiff(binary.LittleEndian, 3, orientation)...)
			img, err := read("", withExif("webp", unbase64(t, lossyWebP), exif), picture.Limits{})
			if err != nil || colours(img.Pixels) != want {
				t.Errorf("orientation %d: %v %v", orientation, img.Pixels, err)
			}
		}
	}
}

// What is no orientation leaves a picture as it is; nothing in Exif data breaks it.
func TestExifThatSaysNothing(t *testing.T) {
	t.Parallel()
	img := image.NewGray(image.Rect(0, 0, 3, 2))
	whole := tiff(binary.LittleEndian, 3, 6)
	bad := [][]byte{nil, {0}, []byte("II*\x00"), tiff(binary.LittleEndian, 3, 0), tiff(binary.BigEndian, 3, 9), tiff(binary.BigEndian, 2, 6), []byte("II*\x00\xff\xff\xff\xff"), []byte("II*\x00\x08\x00\x00\x00\xff\xff")}
	for n := range 30 {
		bad = append(bad, whole[:n])
	}
	for _, exif := range bad {
		for _, format := range []string{"png", "jpeg"} {
			got, err := read("", withExif(format, encoded(t, format, img), exif), picture.Limits{})
			if err != nil || got.Pixels.Bounds() != img.Rect {
				t.Errorf("%s with %q: %v %v", format, exif, got.Pixels, err)
			}
		}
	}
}

// The limit on pixels names the size that people see.
func TestLimitOfATurnedPicture(t *testing.T) {
	t.Parallel()
	data := withExif("jpeg", encoded(t, "jpeg", image.NewGray(image.Rect(0, 0, 64, 32))), tiff(binary.BigEndian, 3, 6))
	if _, err := read("", data, picture.Limits{MaxPixels: 100}); err == nil || !strings.Contains(err.Error(), "has 32 × 64 pixels, more than the 100 allowed") {
		t.Error(err)
	}
}

// TestFirstFrameOnItsCanvas: a GIF whose first frame is smaller than the canvas.
func TestFirstFrameOnItsCanvas(t *testing.T) {
	t.Parallel()
	frame := image.NewPaletted(image.Rect(1, 2, 3, 3), color.Palette{color.Black, color.White})
	frame.Set(1, 2, color.White)
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}, Config: image.Config{Width: 4, Height: 4}}); err != nil {
		t.Fatal(err)
	}
	small := bytes.Clone(b.Bytes())
	small[6], small[8] = 0, 1 // a canvas of 0 × 1, which the frame enlarges
	for _, c := range []struct {
		data []byte
		want string
	}{{b.Bytes(), "..../..../.gd./...."}, {small, ".../.../.gd"}} {
		img, err := read("", c.data, picture.Limits{})
		if err != nil || img.Pixels.Bounds().Min != (image.Point{}) || colours(img.Pixels) != c.want {
			t.Errorf("got %v %v, want %s", img.Pixels, err, c.want)
		}
	}
}

// animated is an animated WebP on a canvas of 4 × 3 whose first frame is the given
// picture without loss, at 2, 0.
func animated(t *testing.T, still []byte, w, h byte) []byte {
	t.Helper()
	chunk := func(id string, data []byte) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte(id), uint32(len(data))), data...)
	}
	frame := append([]byte{1, 0, 0, 0, 0, 0, w - 1, 0, 0, h - 1, 0, 0, 9, 0, 0, 0}, still[12:]...)
	body := bytes.Join([][]byte{[]byte("WEBP"), chunk("VP8X", []byte{2, 0, 0, 0, 3, 0, 0, 2, 0, 0}), chunk("ANIM", make([]byte, 6)), chunk("ANMF", frame), chunk("ANMF", frame)}, nil)
	return chunk("RIFF", body)
}

func TestFirstFrameOfAnimatedWebP(t *testing.T) {
	t.Parallel()
	green := unbase64(t, greenWebP)
	img, err := read("", animated(t, green, 2, 2), picture.Limits{})
	if err != nil || colours(img.Pixels) != "..gg/..gg/...." || img.MediaType != "image/webp" {
		t.Errorf("got %v %v", img.Pixels, err)
	}
	for _, size := range [][2]byte{{3, 3}, {1, 1}, {2, 4}} { // not the frame's, or not on the canvas
		if _, err := read("", animated(t, green, size[0], size[1]), picture.Limits{}); err == nil {
			t.Errorf("a frame of %v was taken", size)
		}
	}
	if _, err := read("", animated(t, green, 2, 2), picture.Limits{MaxPixels: 11}); err == nil || !strings.Contains(err.Error(), "has 4 × 3 pixels") {
		t.Errorf("the canvas is too large: %v", err)
	}
}

// Lossy WebP keeps black at 16 and white at 235.
func TestColoursOfWebP(t *testing.T) {
	t.Parallel()
	img, err := read("", unbase64(t, lossyWebP), picture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := img.Pixels.At(0, 0), img.Pixels.At(3, 1); a != (color.RGBA{0, 0, 0, 255}) || b != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("black is %v, white is %v", a, b)
	}
	img, err = read("", unbase64(t, clearWebP), picture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := img.Pixels.At(1, 1), img.Pixels.At(1, 4); a != (color.NRGBA{200, 29, 30, 0}) || b != (color.NRGBA{200, 29, 30, 255}) {
		t.Errorf("transparent %v, red %v", a, b)
	}
}

// The colours of a JPEG go over into each other where every second pixel has one:
// a quarter and three quarters of the way, as libjpeg-turbo has it.
func TestColoursOfJPEGAreSmooth(t *testing.T) {
	t.Parallel()
	src := image.NewYCbCr(image.Rect(0, 0, 64, 16), image.YCbCrSubsampleRatio420)
	for i := range src.Y {
		src.Y[i] = 128
	}
	for i := range src.Cb {
		src.Cb[i], src.Cr[i] = 128, 128
		if i%src.CStride >= 16 { // a step between pixels 31 and 32
			src.Cr[i] = 168
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, src, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	img, err := read("", b.Bytes(), picture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[int]int{8: 128, 30: 128, 31: 142, 32: 170, 33: 184, 60: 184} { // 128 + 1.402 × the colour
		if got := int(img.Pixels.(*image.RGBA).RGBAAt(x, 8).R); max(got-want, want-got) > 2 {
			t.Errorf("red at %d is %d, want %d", x, got, want)
		}
	}
}

func TestWhatCannotBeDecodedIsNamed(t *testing.T) {
	t.Parallel()
	empty := bytes.Clone(encoded(t, "png", image.NewGray(image.Rect(0, 0, 1, 1))))
	clear(empty[16:24])
	for text, want := range map[string]string{
		"\x00\x00\x00\x1cftypheic":             "is HEIC, which cannot be decoded: PNG, JPEG, GIF and WebP can",
		"\x00\x00\x00\x1cftypavif":             "is AVIF, which cannot be decoded",
		"BM123456":                             "is BMP, which cannot be decoded",
		"II*\x00":                              "is TIFF, which cannot be decoded",
		"\r\n\xff\xd8\xff\xe0":                 "after 2 other bytes comes what a JPEG begins with",
		string(empty):                          "has 0 × 0 pixels",
		"RIFF\x04\x00\x00\x00WEBP":             "is a broken picture: webp: invalid format",
		"\xff\xd8\xff\xc9\x00\x04\x00\x00":     "is a picture of a kind that cannot be decoded: ",
		"GIF89a":                               "has 0 × 0 pixels",
		"\xff\xd8\xff":                         "is a broken picture: ",
		"\x89PNG\r\n\x1a\n":                    "is a broken picture: ",
		"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00": "is a broken picture: ",
	} {
		if _, err := read("", []byte(text), picture.Limits{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// FuzzDecode: whatever comes in, there is a picture or a problem, and the limit holds.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{lossyWebP, clearWebP, greenWebP} {
		data, _ := base64.StdEncoding.DecodeString(s)
		f.Add(data)
	}
	f.Add(withExif("jpeg", []byte("\xff\xd8\xff\xda"), tiff(binary.BigEndian, 3, 6)))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 16
		img, err := read("", data, picture.Limits{MaxPixels: limit})
		if err != nil {
			return
		}
		if r := img.Pixels.Bounds(); r.Min != (image.Point{}) || r.Empty() || r.Dx()*r.Dy() > limit {
			t.Errorf("bounds %v", r)
		}
	})
}
