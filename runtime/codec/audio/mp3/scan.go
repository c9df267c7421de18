package mp3

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"bentoc.dev/runtime/codec/audio"
)

// file is what the headers of all frames say.
type file struct {
	header        // of the first frame
	frames []byte // all of them, one behind the other
	free   int    // size of a frame without its padding, in the free format
	count  int    // of the frames
	skip   int    // samples that the encoder put before the beginning
	drop   int    // samples that it put behind the end
}

// maxFree is how large a frame of the free format may be: that of 640 kbit/s, the most
// that decoders have to read, at 8000 samples a second.
const maxFree = 5760

// decoderDelay is by how many samples a decoder is late: what encoders count to the
// beginning and take off the end.
const decoderDelay = 529

// scan finds all frames. Between them there is nothing else: what a decoder would have
// to jump over is a damaged recording, or one that was put together of several.
func scan(data []byte) (*file, error) {
	data = trailerless(audio.AfterID3(data))
	data = bytes.TrimLeft(data, "\x00")
	h, ok := readHeader(data)
	if !ok {
		return nil, errors.New("no frame is where the first one should be: its beginning is missing, or something else is before it")
	}
	f := &file{header: h}
	if h.bitrate == 0 {
		if f.free = freeSize(data, &h); f.free == 0 {
			return nil, errors.New("the size of its frames, of the free format, cannot be found")
		}
	}
	size, err := f.at(data)
	if err != nil {
		return nil, err
	}
	expected := -1
	if info, isInfo := f.info(data[:size]); isInfo {
		data, expected = data[size:], info
	}
	end := 0
	for ; end < len(data); f.count++ {
		size, err := f.at(data[end:])
		if err != nil {
			if len(bytes.TrimLeft(data[end:], "\x00")) == 0 {
				break
			}
			return nil, fmt.Errorf("frame %d: %w", f.count, err)
		}
		end += size
	}
	f.frames = data[:end]
	switch {
	case expected > f.count:
		return nil, audio.ErrCut
	case expected >= 0 && expected != f.count:
		return nil, fmt.Errorf("it has %d frames, not the %d that it says", f.count, expected)
	}
	return f, nil
}

// at gives the size of the frame that data begins with.
func (f *file) at(data []byte) (int, error) {
	h, ok := readHeader(data)
	switch {
	case !ok && len(data) < headerSize:
		return 0, audio.ErrCut
	case !ok:
		return 0, errors.New("something else is where it should begin")
	case !f.goesOn(&h):
		return 0, errors.New("it is of another kind: the version, the rate, or the number of channels changes")
	}
	size := h.size() + h.padding
	if f.free > 0 {
		size = f.free + h.padding
	}
	switch {
	case size < h.begin():
		return 0, fmt.Errorf("it has %d bytes, fewer than its header takes", size)
	case size > len(data):
		return 0, audio.ErrCut
	}
	return size, nil
}

// freeSize finds how large frames of the free format are: at that distance is the next
// one, and the one after that; 0 where there is none.
func freeSize(data []byte, h *header) int {
	next := func(at int) (header, bool) {
		if at >= len(data) {
			return header{}, at == len(data)
		}
		o, ok := readHeader(data[at:])
		return o, ok && h.goesOn(&o)
	}
	for size := h.begin(); size <= maxFree && size+h.padding <= len(data); size++ {
		if o, ok := next(size + h.padding); ok {
			if _, ok = next(2*size + h.padding + o.padding); ok || size+h.padding == len(data) {
				return size
			}
		}
	}
	return 0
}

// info reads the frame that encoders put before all others: it is silent, and says how
// many follow (-1 where it does not), and how much is not of the recording.
func (f *file) info(frame []byte) (frames int, ok bool) {
	const vbri = headerSize + 32
	if len(frame) >= vbri+4 && string(frame[vbri:vbri+4]) == "VBRI" {
		return -1, true
	}
	at := f.begin()
	found := func() bool {
		return at+8 <= len(frame) && (string(frame[at:at+4]) == "Xing" || string(frame[at:at+4]) == "Info")
	}
	if !found() && f.crc { // some do not count the checksum
		at -= 2
	}
	if !found() {
		return 0, false
	}
	flags := binary.BigEndian.Uint32(frame[at+4:])
	at += 8
	frames = -1
	if flags&1 != 0 && at+4 <= len(frame) {
		frames = int(binary.BigEndian.Uint32(frame[at:]))
	}
	for i, size := range [4]int{4, 4, 100, 4} {
		if flags>>i&1 != 0 {
			at += size
		}
	}
	if at+24 > len(frame) {
		return frames, true
	}
	switch string(frame[at : at+4]) {
	case "LAME", "Lavf", "Lavc":
		x := int(frame[at+21])<<16 | int(frame[at+22])<<8 | int(frame[at+23])
		f.skip = x>>12 + decoderDelay
		f.drop = max(0, x&0xfff-decoderDelay)
	}
	return frames, true
}

// trailerless leaves out tags at the end: ID3v1, APEv2 and Lyrics3v2.
func trailerless(data []byte) []byte {
	for {
		n := len(data)
		size := 0
		switch {
		case n >= 128 && string(data[n-128:n-125]) == "TAG":
			size = 128
		case n >= 32 && string(data[n-32:n-24]) == "APETAGEX":
			size = int(binary.LittleEndian.Uint32(data[n-20:]))
			if data[n-9]&0x80 != 0 { // it has a header too
				size += 32
			}
		case n >= 15 && string(data[n-9:]) == "LYRICS200":
			v, err := strconv.Atoi(string(data[n-15 : n-9]))
			if err != nil {
				return data
			}
			size = v + 15
		}
		if size <= 0 || size > n {
			return data
		}
		data = data[:n-size]
	}
}
