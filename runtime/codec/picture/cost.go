package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// copied is how much memory [open] takes: it may make another file of a GIF or WebP.
func copied(data []byte) int64 {
	if format := formatOf(data); format == "gif" || format == "webp" {
		return int64(len(data))
	}
	return 0
}

// need is how much memory it takes to decode a picture and to lay it upright, by its
// header alone, and how much of that a pixel takes at the end. It is all that the decoders of Go and [encoded.pixels] allocate on the way,
// as nothing of it is certain to be collected before the end.
func (e *encoded) need() (decoding, pixel int64) {
	w, h := int64(e.canvas.X), int64(e.canvas.Y)
	decoded, pixel := int64(0), int64(4)
	switch e.format {
	case "png":
		depth, kind, interlaced, transparent := pngHeader(e.data)
		pixel = pngPixel(depth, kind, transparent)
		decoded = w * h * pixel
		if interlaced { // each pass is a picture of its own
			decoded *= 2
		}
	case "jpeg":
		decoded, pixel = jpegNeed(e.data, w, h)
	case "gif":
		frame := firstFrame(e.data)
		decoded, pixel = 2*int64(frame.Dx())*int64(frame.Dy()), 1 // twice where the rows are interlaced
		if frame != (image.Rectangle{Max: e.canvas}) {
			decoded, pixel = decoded+w*h*4, 4
		}
	case "webp":
		fw, fh := w, h
		if !e.frame.Empty() {
			fw, fh = int64(e.frame.Dx()), int64(e.frame.Dy())
			decoded = w * h * 4
		}
		decoded += webpNeed(e.data, fw, fh)
	}
	if e.orientation != upright {
		decoded += w * h * pixel
	}
	return decoded, pixel
}

// copyPixel is what a pixel takes of the copy that a step makes of a picture for its
// model: what steps allocate nobody sees, and this is in nearly all of them.
const copyPixel = 4

// held is how many bytes the pixels of a picture take.
func held(px image.Image) int64 {
	switch p := px.(type) {
	case *image.Gray:
		return int64(cap(p.Pix))
	case *image.Gray16:
		return int64(cap(p.Pix))
	case *image.Paletted:
		return int64(cap(p.Pix))
	case *image.RGBA:
		return int64(cap(p.Pix))
	case *image.NRGBA:
		return int64(cap(p.Pix))
	case *image.CMYK:
		return int64(cap(p.Pix))
	case *image.RGBA64:
		return int64(cap(p.Pix))
	case *image.NRGBA64:
		return int64(cap(p.Pix))
	}
	return int64(px.Bounds().Dx()) * int64(px.Bounds().Dy()) * 8
}

// pngHeader reads what decides how a PNG is decoded: its header, and whether a chunk
// tRNS before the pixels names a transparent colour (PNG specification, section 11).
func pngHeader(data []byte) (depth, kind byte, interlaced, transparent bool) {
	if len(data) < 33 {
		return 16, 6, true, true // the decoder will refuse it
	}
	depth, kind, interlaced = data[24], data[25], data[28] != 0
	for at := 33; at+8 <= len(data); {
		size := binary.BigEndian.Uint32(data[at:])
		switch string(data[at+4 : at+8]) {
		case "tRNS":
			return depth, kind, interlaced, true
		case "IDAT":
			return depth, kind, interlaced, false
		}
		if int64(size) > int64(len(data)-at) {
			break
		}
		at += 12 + int(size)
	}
	return depth, kind, interlaced, transparent
}

// pngPixel is how many bytes of memory a pixel takes.
func pngPixel(depth, kind byte, transparent bool) int64 {
	const grey, palette = 0, 3
	switch {
	case kind == palette, kind == grey && !transparent && depth <= 8:
		return 1
	case kind == grey && !transparent:
		return 2
	case depth == 16:
		return 8
	}
	return 4
}

// jpegNeed is how much memory a JPEG of w × h pixels takes, and each of its pixels at
// the end (ITU-T T.81, annex B).
func jpegNeed(data []byte, w, h int64) (need, pixel int64) {
	progressive, comps := jpegFrame(data)
	if len(comps) == 1 {
		// Its sampling factors mean nothing.
		need = (w + 7) / 8 * ((h + 7) / 8) * 64
		if progressive {
			need *= 5
		}
		return need, 1
	}
	if len(comps) == 0 { // the decoder will refuse it
		return w * h * 24, 4
	}
	first := comps[0]
	mcus := (w + 8*first.h - 1) / (8 * first.h) * ((h + 8*first.v - 1) / (8 * first.v))
	samples := int64(0) // 64 a block
	for _, c := range comps {
		samples += mcus * c.h * c.v * 64
	}
	need = samples
	if progressive {
		need += 4 * samples // its coefficients, each an int32
	}
	return need + w*h*4, 4
}

// component is one plane of a JPEG: how many blocks it has in a unit.
type component struct{ h, v int64 }

// jpegFrame reads the header of the frame; no components where there is none.
func jpegFrame(data []byte) (progressive bool, comps []component) {
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff {
			at++ // the decoder skips what lies between segments
			continue
		}
		marker := data[at+1]
		switch {
		case marker == 0xff || marker == 0 || marker >= 0xd0 && marker <= 0xd7:
			at++
			continue
		case marker == 0xda:
			return progressive, comps
		}
		size := int(binary.BigEndian.Uint16(data[at+2:]))
		body := data[at+4 : min(max(at+2+size, at+4), len(data))]
		if marker >= 0xc0 && marker <= 0xc2 && len(body) >= 6 {
			progressive = marker == 0xc2
			for body = body[6:]; len(body) >= 3; body = body[3:] {
				comps = append(comps, component{max(int64(body[1]>>4), 1), max(int64(body[1]&15), 1)})
			}
			return progressive, comps
		}
		at += 2 + max(size, 2)
	}
	return progressive, comps
}

// webpNeed is how much memory the frame of a WebP file takes.
func webpNeed(data []byte, w, h int64) int64 {
	if bytes.HasPrefix(data[12:], []byte("VP8L")) {
		return losslessNeed(data, w, h)
	}
	planes := (w + 15) / 16 * ((h + 15) / 16) * (256 + 2*64)
	if bytes.HasPrefix(data[12:], []byte("VP8X")) { // its transparency is a lossless picture
		planes += losslessNeed(data, w, h) + w*h
	}
	return planes + w*h*4
}

// Of lossless WebP: how many sets of Huffman trees the decoder takes, how large one
// is without symbols and with all that there can be, and what of them a byte of the
// file can make, where it says that a length is repeated. A set takes three bytes.
const (
	maxTrees  = 2600
	emptyTree = 3 << 10
	fullTree  = 53 << 10
	treeByte  = 256
)

// losslessNeed is how much memory a lossless WebP takes: its pixels, once more where
// they are an index of colours, pictures of up to a quarter of its sides that say how
// parts are coded, and the codes themselves.
func losslessNeed(data []byte, w, h int64) int64 {
	tiles, size := (w+3)/4*((h+3)/4), int64(len(data))
	trees := min(maxTrees, tiles, 1+size/3)
	return w*h*8 + 3*4*tiles + trees*emptyTree + min(trees*fullTree, size*treeByte)
}
