package mp3

import "encoding/binary"

// The versions of MPEG audio that have a Layer III. The second one and the third one,
// which no standard has, are of low sampling frequencies.
const (
	mpeg1 = iota
	mpeg2
	mpeg25
)

// The ways of two channels.
const (
	stereo = iota
	joint
	dual
	mono
)

// header is that of a frame (ISO/IEC 11172-3, 2.4.1.3).
type header struct {
	version   int
	rate      int // samples a second
	rateIndex int // of the tables of bands: 0 to 8, by version
	bitrate   int // bits a second; 0 in the free format
	padding   int // bytes
	crc       bool
	mode      int
	middle    bool // the channels are their sum and their difference
	intensity bool // the upper bands of the right channel are positions
}

const headerSize = 4

// rates are the sampling frequencies of MPEG-1; the other versions have halves and
// quarters of them.
var rates = [3]int{44100, 48000, 32000}

// bitrates are those of MPEG-1 and of the low sampling frequencies, in kbit/s.
var bitrates = [2][15]int{
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

// readHeader reads a header; not ok is what is none of Layer III.
func readHeader(b []byte) (h header, ok bool) {
	if len(b) < headerSize {
		return h, false
	}
	x := binary.BigEndian.Uint32(b)
	version, layer, bitrate, rate, emphasis := x>>19&3, x>>17&3, x>>12&15, x>>10&3, x&3
	if x>>21 != 0x7ff || version == 1 || layer != 1 || bitrate == 15 || rate == 3 || emphasis == 2 {
		return h, false
	}
	h.version = [4]int{mpeg25, 0, mpeg2, mpeg1}[version]
	h.rate = rates[rate] >> h.version
	h.rateIndex = int(rate) + 3*h.version
	h.bitrate = bitrates[min(h.version, 1)][bitrate] * 1000
	h.padding = int(x >> 9 & 1)
	h.crc = x>>16&1 == 0
	h.mode = int(x >> 6 & 3)
	if h.mode == joint {
		h.middle, h.intensity = x>>5&1 == 1, x>>4&1 == 1
	}
	return h, true
}

func (h *header) channels() int {
	if h.mode == mono {
		return 1
	}
	return 2
}

// granules is how many parts of 576 samples a frame has.
func (h *header) granules() int {
	if h.version == mpeg1 {
		return 2
	}
	return 1
}

// samples of each channel are in a frame.
func (h *header) samples() int { return granuleSize * h.granules() }

// size is that of a frame in bytes without its padding; 0 in the free format.
func (h *header) size() int { return h.samples() / 8 * h.bitrate / h.rate }

// sideSize is that of the side information, which follows the header and its checksum.
func (h *header) sideSize() int {
	switch {
	case h.version == mpeg1 && h.mode != mono:
		return 32
	case h.version != mpeg1 && h.mode == mono:
		return 9
	}
	return 17
}

// begin is where the main data of a frame begins.
func (h *header) begin() int {
	n := headerSize + h.sideSize()
	if h.crc {
		n += 2
	}
	return n
}

// goesOn tells that a frame with the header o can follow in the same recording.
func (h *header) goesOn(o *header) bool {
	return h.version == o.version && h.rate == o.rate && h.channels() == o.channels() && (h.bitrate == 0) == (o.bitrate == 0)
}
