package picture

import (
	"encoding/binary"
	"errors"
	"image"
)

var errGIF = errors.New("gif: the first frame has no pixels")

// wholeGIF gives a GIF whose canvas holds its first frame. Some files name a
// smaller canvas, or none; what shows them enlarges it.
func wholeGIF(data []byte) []byte {
	frame := firstFrame(data)
	w, h := frame.Max.X, frame.Max.Y
	if len(data) < 10 || w <= int(binary.LittleEndian.Uint16(data[6:])) && h <= int(binary.LittleEndian.Uint16(data[8:])) {
		return data
	}
	out := append([]byte(nil), data...)
	for at, v := range map[int]int{6: w, 8: h} {
		v = min(max(v, int(binary.LittleEndian.Uint16(data[at:]))), 0xffff)
		binary.LittleEndian.PutUint16(out[at:], uint16(v))
	}
	return out
}

// firstFrame tells where the first frame of a GIF lies (GIF89a specification,
// section 20); it is empty where there is none.
func firstFrame(data []byte) image.Rectangle {
	if len(data) < 13 {
		return image.Rectangle{}
	}
	at := 13 + colours(data[10])
	for at < len(data) {
		switch data[at] {
		case 0x21: // an extension: a label, then blocks
			for at += 2; at < len(data) && data[at] != 0; at += 1 + int(data[at]) {
			}
			at++
		case 0x2c:
			if at+10 > len(data) {
				return image.Rectangle{}
			}
			field := func(i int) int { return int(binary.LittleEndian.Uint16(data[at+i:])) }
			left, top := field(1), field(3)
			return image.Rectangle{Min: image.Pt(left, top), Max: image.Pt(left+field(5), top+field(7))}
		default:
			return image.Rectangle{}
		}
	}
	return image.Rectangle{}
}

// colours is the size of the colour table that a field of flags announces, in bytes.
func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}
