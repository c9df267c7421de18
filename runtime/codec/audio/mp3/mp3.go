// Package mp3 reads MPEG audio of Layer III for package audio: that of MPEG-1 (ISO/IEC
// 11172-3), of MPEG-2 at low sampling frequencies (ISO/IEC 13818-3), and of what is
// called MPEG-2.5, at lower ones.
//
// It computes in 64-bit floats. What other decoders pass over is an error here: frames
// that something lies between, checksums that do not agree, codes that are damaged, a
// beginning that needs what was before it.
package mp3

import (
	"errors"
	"fmt"
	"io"

	"bentoc.dev/runtime/codec/audio"
)

// Format reads MP3. Where the encoder says in a frame of its own how many samples it put
// before the beginning and behind the end (the tag of LAME, which FFmpeg writes too), they
// are left out; else all are given that the frames have, as other decoders do.
var Format = audio.Format{MediaType: "audio/mpeg", Name: "MP3", Open: open}

// memory is what a decoder holds of its own, with its tables.
const memory = 256 << 10

// reach is how far main data may begin before its frame.
const reach = 511

type stream struct {
	file
	h    audio.Header
	done int64 // samples decoded, also those that are left out

	main     []byte // main data: what was before this frame, and its own
	channels [2]channel
	rows     [][]float32
}

// channel is what is kept of a channel from granule to granule.
type channel struct {
	hybrid    hybrid
	synthesis synthesis
	factors   factors
	values    [granuleSize]float64
	row       [2 * granuleSize]float32
}

func open(data []byte) (audio.Stream, error) {
	f, err := scan(data)
	if err != nil {
		return nil, err
	}
	s := &stream{file: *f}
	n := int64(f.count)*int64(f.samples()) - int64(f.skip+f.drop)
	s.h = audio.Header{Rate: f.rate, Channels: f.channels(), Len: max(0, n), Memory: memory}
	s.rows = make([][]float32, f.channels())
	return s, nil
}

func (s *stream) Header() audio.Header { return s.h }

// Next decodes a frame.
func (s *stream) Next() ([][]float32, error) {
	for {
		if len(s.frames) == 0 {
			return nil, io.EOF
		}
		size, err := s.at(s.frames)
		if err != nil {
			return nil, err
		}
		n := s.samples()
		from, to := int64(s.skip)-s.done, int64(s.skip)+s.h.Len-s.done
		if err := s.decode(s.frames[:size]); err != nil {
			return nil, fmt.Errorf("the frame at %.3f s: %w", float64(s.done)/float64(s.rate), err)
		}
		s.frames = s.frames[size:]
		s.done += int64(n)
		if a, b := int(max(0, min(from, int64(n)))), int(max(0, min(to, int64(n)))); a < b {
			for c := range s.rows {
				s.rows[c] = s.channels[c].row[a:b]
			}
			return s.rows, nil
		}
	}
}

// decode decodes a frame to the rows of the channels.
func (s *stream) decode(frame []byte) error {
	h, _ := readHeader(frame)
	begin := h.begin()
	sideInfo := frame[begin-h.sideSize() : begin]
	if h.crc {
		if got, want := crcOf(frame[2:headerSize], sideInfo), uint16(frame[4])<<8|uint16(frame[5]); got != want {
			return errors.New("it is damaged: its checksum is another")
		}
	}
	side, err := readSide(&h, sideInfo)
	if err != nil {
		return err
	}
	if n := len(s.main) - beyond; n > reach {
		s.main = s.main[n-reach:]
	}
	before := max(0, len(s.main)-beyond)
	if side.mainBegin > before {
		return errors.New("it needs more than there is before it: the recording was cut out of a longer one, or is damaged")
	}
	s.main = append(append(s.main[:before], frame[begin:]...), make([]byte, beyond)...)
	b := &bits{data: s.main[before-side.mainBegin:]}
	for g := range h.granules() {
		if err := s.granule(b, &h, side, g); err != nil {
			return err
		}
	}
	return nil
}

// granule decodes one of a frame.
func (s *stream) granule(b *bits, h *header, side *side, g int) error {
	var codes [granuleSize]int32
	var counts [2]int
	for c := range h.channels() {
		ch, gr := &s.channels[c], &side.granules[g][c]
		end := b.at + gr.length
		if end > 8*(len(b.data)-beyond) {
			return errors.New("its data goes beyond it")
		}
		l := gr.layout(h)
		if h.version == mpeg1 {
			var before *factors
			if g == 1 {
				before = &ch.factors
				if gr.blockType != short && side.granules[0][c].blockType == short && side.shared[c] != [4]bool{} {
					return errSide
				}
			}
			ch.factors = readFactors(b, gr, l, &side.shared[c], before)
		} else {
			ch.factors = readLowFactors(b, gr, h.intensity && c == 1)
		}
		if b.at > end {
			return errCodes
		}
		n, err := readCodes(b, end, gr, &codes)
		if err != nil {
			return err
		}
		counts[c] = n
		spectrum(&codes, n, gr, l, &ch.factors, &ch.values)
	}
	if h.mode == joint {
		if err := joinStereo(h, &side.granules[g], side.granules[g][1].layout(h), &s.channels[1].factors, &s.channels[0].values, &s.channels[1].values); err != nil {
			return err
		}
		if h.middle || h.intensity {
			counts[0] = max(counts[0], counts[1])
			counts[1] = counts[0]
		}
	}
	var samples [slots][subbands]float64
	for c := range h.channels() {
		ch, gr := &s.channels[c], &side.granules[g][c]
		ch.hybrid.run(&ch.values, counts[c], gr, gr.layout(h), &samples)
		for i := range samples {
			ch.synthesis.run(&samples[i], ch.row[g*granuleSize+i*subbands:])
		}
	}
	return nil
}
