package audio

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// fake is a file of a format that nobody has: blocks of a tone, as many as it likes.
type fake struct {
	h      Header
	blocks int
	block  [][]float32
	err    error // after them
	panics bool
}

func (f *fake) Header() Header { return f.h }

func (f *fake) Next() ([][]float32, error) {
	if f.blocks == 0 {
		if f.panics {
			panic("index out of range")
		}
		return nil, f.err
	}
	f.blocks--
	return f.block, nil
}

// fakeFormat reads a file that begins as FLAC does.
func fakeFormat(f *fake) []*Format {
	return []*Format{{MediaType: "audio/flac", Name: "fake", Open: func([]byte) (Stream, error) {
		if f.panics && f.blocks < 0 {
			panic("header")
		}
		again := *f
		return &again, nil
	}}}
}

func rows(channels, n int) (out [][]float32) {
	for range channels {
		out = append(out, tone(n, 8000, 440))
	}
	return out
}

// TestUnknownLength: what no header bounds is bounded while it is decoded, and all that
// was taken for it is given back.
func TestUnknownLength(t *testing.T) {
	t.Parallel()
	file := []byte("fLaC")
	f := &fake{h: Header{Rate: 8000, Channels: 2, Len: -1}, blocks: 100, block: rows(2, 1000), err: io.EOF}
	for name, l := range map[string]Limits{"as it is": {}, "other": {SampleRate: 16000, Channels: 1}} {
		l.Formats = fakeFormat(f)
		m := &budget{}
		a, err := read(file, l, m)
		if err != nil || a.len() != 100_000*a.Rate/8000 {
			t.Fatalf("%s: %d samples, %v", name, a.len(), err)
		}
		if kept := m.taken - int64(len(file)); kept != 2*int64(len(a.Samples))*sampleSize {
			t.Errorf("%s: %d bytes are kept for %d samples", name, kept, len(a.Samples))
		}
	}
	forever := &fake{h: f.h, blocks: 1 << 40, block: f.block}
	for want, c := range map[string]struct {
		f *fake
		l Limits
		m *budget
	}{
		"lasts 10.1 s, longer than the 10s allowed": {&fake{h: f.h, blocks: 81, block: f.block, err: io.EOF}, Limits{MaxDurationMs: 10_000}, nil},
		"longer than the 10m0s allowed":             {forever, Limits{}, nil},
		"no memory":                                 {forever, Limits{}, &budget{limit: 1 << 20}},
		"another number of channels: 1, not 2":      {&fake{h: f.h, blocks: 1, block: rows(1, 10), err: io.EOF}, Limits{}, nil},
		"it ends early":                             {&fake{h: f.h, blocks: 3, block: f.block, err: io.ErrUnexpectedEOF}, Limits{}, nil},
		"is a broken fake file: so":                 {&fake{h: f.h, blocks: 3, block: f.block, err: errors.New("so")}, Limits{}, nil},
		"its decoder gave up: index out of range":   {&fake{h: f.h, blocks: 3, block: f.block, panics: true}, Limits{}, nil},
		"its decoder gave up: header":               {&fake{h: f.h, blocks: -1, panics: true}, Limits{}, nil},
		"it has 3000 samples, not the 4000":         {&fake{h: Header{Rate: 8000, Channels: 2, Len: 4000}, blocks: 3, block: f.block, err: io.EOF}, Limits{}, nil},
		"more samples than the 2500":                {&fake{h: Header{Rate: 8000, Channels: 2, Len: 2500}, blocks: 3, block: f.block, err: io.EOF}, Limits{}, nil},
		"has 64 channels of 2000000 samples or more, more than the 115200000 allowed in all": {&fake{h: Header{Rate: 768000, Channels: 64, Len: 2_000_000}}, Limits{}, nil},
		"it has 1000 samples, not the 40000000":                                              {&fake{h: Header{Rate: 768000, Channels: 2, Len: 40_000_000}, blocks: 1, block: f.block, err: io.EOF}, Limits{}, &budget{limit: 1 << 26}}, // 320 MB are not taken for it
		"has no samples":                                                                     {&fake{h: f.h, err: io.EOF}, Limits{}, nil},
	} {
		c.l.Formats = fakeFormat(c.f)
		if a, err := read(file, c.l, c.m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d samples, %v, want %s", a.len(), err, want)
		}
		if c.m != nil && c.m.taken > int64(len(file)) {
			t.Errorf("%s: %d bytes are not given back", want, c.m.taken)
		}
	}
}
