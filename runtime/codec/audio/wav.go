package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// wavFormat reads WAV and RF64: PCM of 8, 16, 24 and 32 bits, floats of 32 and 64,
// A-law and µ-law, plain and extensible (RIFF WAVE as of Microsoft's mmreg.h;
// EBU Tech 3306 for RF64).
var wavFormat = Format{MediaType: wavType, Name: "WAV", Open: openWAV}

// The tags of formats.
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xfffe
)

// subformat is how the GUID of an extensible format goes on behind its tag.
var subformat = []byte{0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71}

// streamed are the sizes that programs write who cannot go back to the header.
func streamed(size uint32) bool {
	return size == 0xffffffff || size == 0x7ffff000 || size == 0x7fffffff
}

type wav struct {
	h     Header
	tag   int
	width int    // bytes a sample
	data  []byte // what is left
	rows  [][]float32
}

func (w *wav) Header() Header { return w.h }

// blockLen is how many samples of each channel are decoded at a time.
const blockLen = 4096

func openWAV(file []byte) (Stream, error) {
	w := &wav{}
	var long uint64 // the size that RF64 has for the samples
	riff := binary.LittleEndian.Uint32(file[4:])
	endless := riff == 0 || streamed(riff)
	for at := 12; ; {
		if len(file)-at < 8 {
			if at < len(file) || w.width == 0 {
				return nil, fmt.Errorf("%w: it has no samples", ErrCut)
			}
			return nil, errors.New("it has no chunk of samples")
		}
		id, size := string(file[at:at+4]), uint64(binary.LittleEndian.Uint32(file[at+4:]))
		at += 8
		left := uint64(len(file) - at)
		if id == "data" {
			if w.width == 0 {
				return nil, errors.New("its samples come before their format")
			}
			return w, w.samples(file[at:], size, long, endless)
		}
		if size > left {
			return nil, ErrCut
		}
		chunk := file[at : at+int(size)]
		switch {
		case id == "fmt " && w.width != 0:
			return nil, errors.New("it has two formats")
		case id == "fmt ":
			if err := w.format(chunk); err != nil {
				return nil, err
			}
		case id == "ds64" && len(chunk) >= 16:
			long = binary.LittleEndian.Uint64(chunk[8:])
		}
		at += int(size + size&1)
		if at > len(file) {
			at = len(file)
		}
	}
}

// format reads the chunk that says what the samples are.
func (w *wav) format(b []byte) error {
	if len(b) < 16 {
		return errors.New("its format is too short")
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	w.tag, w.h.Channels = u16(0), u16(2)
	rate := binary.LittleEndian.Uint32(b[4:])
	if rate > math.MaxInt32 {
		return fmt.Errorf("it has %d samples a second", rate)
	}
	w.h.Rate = int(rate)
	align, bits := u16(12), u16(14)
	if w.tag == tagExtensible {
		if len(b) < 40 || !bytes.Equal(b[26:40], subformat) {
			return errors.New("its extensible format is not known")
		}
		w.tag = u16(24)
		if valid := u16(18); valid > bits {
			return fmt.Errorf("it has %d bits in %d", valid, bits)
		}
	}
	ok := false
	switch w.tag {
	case tagPCM:
		ok = bits == 8 || bits == 16 || bits == 24 || bits == 32
	case tagFloat:
		ok = bits == 32 || bits == 64
	case tagALaw, tagMuLaw:
		ok = bits == 8
	default:
		return fmt.Errorf("its samples are of format %#04x: PCM, floats, A-law and µ-law can be read", w.tag)
	}
	switch {
	case !ok:
		return fmt.Errorf("its samples have %d bits: 8, 16, 24 and 32 can be read, of floats 32 and 64", bits)
	case w.h.Channels == 0:
		return errors.New("it has no channels")
	case align != w.h.Channels*bits/8:
		return fmt.Errorf("%d samples of %d bits do not lie in %d bytes", w.h.Channels, bits, align)
	}
	w.width = bits / 8
	return nil
}

// samples finds out which bytes the samples are: those that the chunk says, all that
// are left where it was written before they were known.
func (w *wav) samples(rest []byte, size, long uint64, endless bool) error {
	align := w.width * w.h.Channels
	switch {
	case size == 0xffffffff && long > 0:
		size = long
	case streamed(uint32(size)) && size > uint64(len(rest)) || size == 0 && endless:
		size = uint64(len(rest))
		if over := len(rest) % align; over == 1 && size%2 == 0 && rest[len(rest)-1] == 0 {
			size-- // what makes the size even
		}
	}
	if size > uint64(len(rest)) {
		return fmt.Errorf("%w: %d of %d bytes of samples are there", ErrCut, len(rest), size)
	}
	if size%uint64(align) != 0 {
		return fmt.Errorf("its samples have %d bytes, which are not whole ones of %d", size, align)
	}
	w.data = rest[:size]
	w.h.Len = int64(size) / int64(align)
	w.h.Memory = int64(w.h.Channels) * blockLen * sampleSize
	return nil
}

func (w *wav) Next() ([][]float32, error) {
	if len(w.data) == 0 {
		return nil, io.EOF
	}
	if w.rows == nil {
		w.rows = make([][]float32, w.h.Channels)
		for i := range w.rows {
			w.rows[i] = make([]float32, blockLen)
		}
	}
	align := w.width * w.h.Channels
	n := min(blockLen, len(w.data)/align)
	for c := range w.rows {
		w.rows[c] = w.rows[c][:n]
		w.read(w.rows[c], w.data[c*w.width:], align)
	}
	w.data = w.data[n*align:]
	return w.rows, nil
}

// read decodes one channel, whose samples lie step bytes apart.
func (w *wav) read(row []float32, b []byte, step int) {
	at := 0
	each := func(f func(b []byte) float32) {
		for i := range row {
			row[i] = f(b[at:])
			at += step
		}
	}
	switch {
	case w.tag == tagALaw:
		each(func(b []byte) float32 { return float32(aLaw(b[0])) / (1 << 15) })
	case w.tag == tagMuLaw:
		each(func(b []byte) float32 { return float32(muLaw(b[0])) / (1 << 15) })
	case w.tag == tagFloat && w.width == 4:
		each(func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) })
	case w.tag == tagFloat:
		each(func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) })
	case w.width == 1: // the only one without a sign
		each(func(b []byte) float32 { return (float32(b[0]) - 128) / 128 })
	case w.width == 2:
		each(func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15) })
	case w.width == 3:
		each(func(b []byte) float32 {
			return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
		})
	default:
		each(func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) })
	}
}

// aLaw and muLaw decode a byte to 16 bits (ITU-T G.711).
func aLaw(b byte) int16 {
	b ^= 0x55
	v, exp := int16(b&0x0f)<<4+8, b>>4&7
	if exp > 0 {
		v = (v + 0x100) << (exp - 1)
	}
	if b&0x80 == 0 {
		return -v
	}
	return v
}

func muLaw(b byte) int16 {
	b = ^b
	v := (int16(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		return -v
	}
	return v
}
