package audio

import (
	"encoding/binary"
	"errors"
	"math"
)

// wavHeader is how many bytes lie before the samples, without the extension that more
// than two channels need.
const (
	wavHeader    = 12 + 8 + 18 + 8 + 4 + 8
	wavExtension = 22
)

// wavSize is how many bytes a recording takes as WAV.
func wavSize(v *Audio) int64 {
	size := int64(wavHeader) + sampleSize*int64(len(v.Samples))
	if v.Channels > 2 {
		size += wavExtension
	}
	return size
}

// writeWAV writes the samples as 32-bit floats: whatever a step made, also what is
// beyond 1, is in there.
func writeWAV(v *Audio) ([]byte, error) {
	size := wavSize(v)
	if size > math.MaxUint32 {
		return nil, errors.New("encoding a recording: it is larger than WAV can hold")
	}
	b := make([]byte, 0, size)
	u16 := func(v int) { b = binary.LittleEndian.AppendUint16(b, uint16(v)) }
	u32 := func(v int) { b = binary.LittleEndian.AppendUint32(b, uint32(v)) }
	b = append(b, "RIFF"...)
	u32(int(size) - 8)
	b = append(b, "WAVEfmt "...)
	extra := 0
	tag := tagFloat
	if v.Channels > 2 {
		extra, tag = wavExtension, tagExtensible
	}
	u32(18 + extra)
	u16(tag)
	u16(v.Channels)
	u32(v.Rate)
	u32(v.Rate * v.Channels * sampleSize)
	u16(v.Channels * sampleSize)
	u16(8 * sampleSize)
	u16(extra)
	if extra > 0 {
		u16(8 * sampleSize)
		u32(0) // which loudspeakers: not said
		u16(tagFloat)
		b = append(b, subformat...)
	}
	b = append(b, "fact"...)
	u32(4)
	n := v.len()
	u32(n)
	b = append(b, "data"...)
	u32(len(v.Samples) * sampleSize)
	for i := range n {
		for c := range v.Channels {
			u32(int(math.Float32bits(v.Samples[c*n+i])))
		}
	}
	return b, nil
}
