package vorbis

import (
	"encoding/binary"
	"errors"
	"fmt"

	"bentoc.dev/runtime/codec/audio"
)

// page is a page of Ogg (RFC 3533, section 6).
type page struct {
	packets  [][]byte // that end on it, whole
	position int64    // of the last of them, in samples; -1 where none ends
}

// The flags of a page.
const (
	continued = 1
	first     = 2
	last      = 4
)

// pages takes a file apart. It must be one stream, whole, from its first page to one
// that says to be the last: others lie in several recordings, or were cut off.
func pages(data []byte) (out []page, err error) {
	var serial, number uint32
	var open []byte // of a packet that goes on
	for {
		if len(data) < 27 {
			return nil, audio.ErrCut
		}
		if string(data[:4]) != "OggS" || data[4] != 0 {
			return nil, errors.New("a page does not begin where it should")
		}
		segments := int(data[26])
		head := 27 + segments
		if len(data) < head {
			return nil, audio.ErrCut
		}
		size := head
		for _, s := range data[27:head] {
			size += int(s)
		}
		if len(data) < size {
			return nil, audio.ErrCut
		}
		flags := data[5]
		p := page{position: int64(binary.LittleEndian.Uint64(data[6:]))}
		switch id, n := binary.LittleEndian.Uint32(data[14:]), binary.LittleEndian.Uint32(data[18:]); {
		case len(out) == 0 && flags&first == 0:
			return nil, errors.New("its beginning is missing")
		case len(out) == 0:
			serial, number = id, n
		case id != serial || flags&first != 0:
			return nil, errors.New("it is several streams; one recording can be read")
		case n != number+1:
			return nil, fmt.Errorf("page %d follows on page %d", n, number)
		default:
			number = n
		}
		if checksum(data[:size]) != binary.LittleEndian.Uint32(data[22:]) {
			return nil, errors.New("a page is damaged: its checksum is another")
		}
		if (flags&continued != 0) != (open != nil) {
			return nil, errors.New("a packet does not go on where it should")
		}
		at, end := head, head
		for _, s := range data[27:head] {
			if end += int(s); s == 255 {
				continue
			}
			packet := data[at:end:end]
			if open != nil {
				packet = append(open, packet...)
			}
			p.packets, open, at = append(p.packets, packet), nil, end
		}
		if at < end || segments > 0 && data[head-1] == 255 {
			open = append(open, data[at:end]...)
			if open == nil {
				open = []byte{}
			}
		}
		out = append(out, p)
		data = data[size:]
		if flags&last != 0 {
			break
		}
	}
	switch {
	case open != nil:
		return nil, audio.ErrCut
	case len(data) >= 4 && string(data[:4]) == "OggS":
		return nil, errors.New("another stream follows; one recording can be read")
	}
	return out, nil
}

// table is of the CRC of Ogg, which the standard library does not have: the polynomial
// 0x04c11db7 from the highest bit on, without any inversion.
var table = func() (t [256]uint32) {
	for i := range t {
		r := uint32(i) << 24
		for range 8 {
			if r&(1<<31) != 0 {
				r = r<<1 ^ 0x04c11db7
			} else {
				r <<= 1
			}
		}
		t[i] = r
	}
	return t
}()

// checksum is that of a page, whose own field counts as 0.
func checksum(b []byte) (sum uint32) {
	for i, c := range b {
		if i >= 22 && i < 26 {
			c = 0
		}
		sum = sum<<8 ^ table[byte(sum>>24)^c]
	}
	return sum
}
