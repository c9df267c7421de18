package picture

import (
	"encoding/binary"
	"errors"
	"image"
)

var errWebP = errors.New("webp: invalid format")

// riffChunks walks over the chunks of a RIFF list, until visit returns false.
func riffChunks(data []byte, visit func(id string, chunk []byte) bool) {
	for len(data) >= 8 {
		size := uint64(binary.LittleEndian.Uint32(data[4:]))
		if size > uint64(len(data)-8) {
			return
		}
		if !visit(string(data[:4]), data[8:8+size]) {
			return
		}
		data = data[min(8+size+size&1, uint64(len(data))):]
	}
}

// riffChunk gives a chunk of a RIFF file, nil for none.
func riffChunk(data []byte, id string) (found []byte) {
	riffChunks(data[12:], func(have string, chunk []byte) bool {
		if have == id {
			found = chunk
		}
		return found == nil
	})
	return found
}

// stillWebP gives the first picture of a WebP file, animated or not, as a file that
// holds nothing else, the size of the canvas, and where on it the picture lies
// (the WebP container specification, RFC 9649, section 2).
func stillWebP(data []byte) (still []byte, canvas image.Point, at image.Rectangle, err error) {
	parts := data[12:]
	animated := false
	riffChunks(data[12:], func(id string, chunk []byte) bool {
		switch {
		case id == "VP8X" && len(chunk) >= 10:
			animated = chunk[0]&(1<<1) != 0
			canvas = image.Pt(int(uint24(chunk[4:]))+1, int(uint24(chunk[7:]))+1)
			return animated
		case id == "ANMF" && len(chunk) >= 16:
			at.Min = image.Pt(2*int(uint24(chunk)), 2*int(uint24(chunk[3:])))
			at.Max = at.Min.Add(image.Pt(int(uint24(chunk[6:]))+1, int(uint24(chunk[9:]))+1))
			parts = chunk[16:]
			return false
		}
		return animated
	})
	if animated && (at.Empty() || !at.In(image.Rectangle{Max: canvas})) {
		return nil, canvas, at, errWebP
	}
	still, err = webpOf(parts)
	return still, canvas, at, err
}

// webpOf writes a WebP file of the picture among the chunks in parts.
func webpOf(parts []byte) ([]byte, error) {
	var alpha, pixels []byte
	var id string
	riffChunks(parts, func(have string, chunk []byte) bool {
		switch have {
		case "ALPH":
			alpha = chunk
		case "VP8 ", "VP8L":
			id, pixels = have, chunk
		}
		return pixels == nil
	})
	if pixels == nil {
		return nil, errWebP
	}
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	if id == "VP8 " && alpha != nil {
		// The size stands in the frame's header, behind its start code.
		if len(pixels) < 10 {
			return nil, errWebP
		}
		header := make([]byte, 10)
		header[0] = 1 << 4 // it has transparency
		putUint24(header[4:], uint32(binary.LittleEndian.Uint16(pixels[6:])&0x3fff)-1)
		putUint24(header[7:], uint32(binary.LittleEndian.Uint16(pixels[8:])&0x3fff)-1)
		out = appendChunk(appendChunk(out, "VP8X", header), "ALPH", alpha)
	}
	out = appendChunk(out, id, pixels)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}

func appendChunk(out []byte, id string, chunk []byte) []byte {
	out = append(out, id...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(chunk)))
	out = append(out, chunk...)
	if len(chunk)%2 != 0 {
		out = append(out, 0)
	}
	return out
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

func putUint24(b []byte, v uint32) { b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16) }
