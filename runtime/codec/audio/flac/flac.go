// Package flac reads FLAC for package audio.
package flac

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the format's own checksum
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/mewkiz/flac"

	"bentoc.dev/runtime/codec/audio"
)

// Format reads FLAC (RFC 9639), also behind an ID3 tag, as many programs write it. The
// samples must be those that the file has a checksum of, and as many as its header says.
var Format = audio.Format{MediaType: "audio/flac", Name: "FLAC", Open: open}

// most is what a decoder takes: the largest frame, as 32-bit samples of 8 channels, what
// they are made of, and what is given out.
const most = 3 * 8 * 65536 * 4

type stream struct {
	s    *flac.Stream
	h    audio.Header
	bits uint8
	done int64
	sum  hash.Hash // nil where the file has none, or none that can be checked
	rows [][]float32
}

func open(data []byte) (audio.Stream, error) {
	data = audio.AfterID3(data)
	if n := len(data) - 128; n > 0 && bytes.HasPrefix(data[n:], []byte("TAG")) { // ID3v1
		data = data[:n]
	}
	s, err := flac.New(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	f := &stream{s: s, bits: s.Info.BitsPerSample}
	f.h = audio.Header{Rate: int(s.Info.SampleRate), Channels: int(s.Info.NChannels), Len: int64(s.Info.NSamples), Memory: most}
	if f.h.Len == 0 { // it was streamed
		f.h.Len = -1
	}
	if f.bits < 4 || f.bits > 32 {
		return nil, fmt.Errorf("its samples have %d bits", f.bits)
	}
	if s.Info.MD5sum != [md5.Size]byte{} && f.bits <= 24 {
		f.sum = md5.New() //nolint:gosec // as above
	}
	return f, nil
}

func (f *stream) Header() audio.Header { return f.h }

func (f *stream) Next() ([][]float32, error) {
	if f.h.Len >= 0 && f.done == f.h.Len {
		return nil, f.end()
	}
	fr, err := f.s.ParseNext()
	switch {
	case errors.Is(err, io.EOF) && f.h.Len >= 0:
		return nil, audio.ErrCut
	case errors.Is(err, io.EOF):
		return nil, f.end()
	case err != nil:
		return nil, err
	case len(fr.Subframes) != f.h.Channels:
		return nil, fmt.Errorf("it goes on with %d channels, not %d", len(fr.Subframes), f.h.Channels)
	case fr.BitsPerSample != 0 && fr.BitsPerSample != f.bits:
		return nil, fmt.Errorf("it goes on with samples of %d bits, not %d", fr.BitsPerSample, f.bits)
	case fr.SampleRate != 0 && int(fr.SampleRate) != f.h.Rate:
		return nil, fmt.Errorf("it goes on with %d samples a second, not %d", fr.SampleRate, f.h.Rate)
	}
	fr.BitsPerSample = f.bits
	n := len(fr.Subframes[0].Samples)
	scale := 1 / float32(int64(1)<<(f.bits-1))
	f.rows = f.rows[:0]
	for _, sub := range fr.Subframes {
		if len(sub.Samples) != n || n == 0 {
			return nil, errors.New("its channels are not of one length")
		}
		row := make([]float32, n)
		for i, v := range sub.Samples {
			row[i] = float32(v) * scale
		}
		f.rows = append(f.rows, row)
	}
	if f.sum != nil {
		fr.Hash(f.sum)
	}
	f.done += int64(n)
	if f.h.Len >= 0 && f.done > f.h.Len {
		return nil, fmt.Errorf("it has more than the %d samples that its header says", f.h.Len)
	}
	return f.rows, nil
}

// end is [io.EOF] where the samples were the right ones.
func (f *stream) end() error {
	if f.sum != nil && !bytes.Equal(f.sum.Sum(nil), f.s.Info.MD5sum[:]) {
		return errors.New("its samples are not those that it has a checksum of")
	}
	return io.EOF
}
