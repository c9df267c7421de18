package mp3

import "encoding/binary"

// bits reads from the highest bit of each byte on. Behind the bytes are 8 more, so that
// it may read a little too far; who reads looks at the position.
type bits struct {
	data []byte // with 8 bytes of 0 behind what counts
	at   int    // in bits
}

const beyond = 8

// window gives the next 57 bits or more, from the highest bit on; 0 where there are none.
func (b *bits) window() uint64 {
	i := b.at >> 3
	if i+8 > len(b.data) {
		return 0
	}
	return binary.BigEndian.Uint64(b.data[i:]) << (b.at & 7)
}

// read reads n bits, 32 at most.
func (b *bits) read(n int) int {
	v := b.window() >> 32 >> (32 - n)
	b.at += n
	return int(v)
}

func (b *bits) flag() bool { return b.read(1) == 1 }

// crcOf is the checksum of a frame: the polynomial x^16 + x^15 + x^2 + 1 over half the
// header and the side information (ISO/IEC 11172-3, 2.4.3.1).
func crcOf(parts ...[]byte) uint16 {
	crc := uint16(0xffff)
	for _, p := range parts {
		for _, b := range p {
			crc ^= uint16(b) << 8
			for range 8 {
				if crc&0x8000 != 0 {
					crc = crc<<1 ^ 0x8005
				} else {
					crc <<= 1
				}
			}
		}
	}
	return crc
}
