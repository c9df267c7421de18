package audio

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// chunk is a chunk of RIFF without the byte that makes its size even.
func chunk(id string, data []byte) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte(id), uint32(len(data))), data...)
}

// fmtOf is the chunk of a format.
func fmtOf(tag, channels, rate, bits int, more ...byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(tag))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(channels*bits/8))
	b = binary.LittleEndian.AppendUint16(b, uint16(bits))
	return chunk("fmt ", append(b, more...))
}

// riff puts chunks together.
func riff(chunks ...[]byte) []byte {
	body := slices.Concat(chunks...)
	return slices.Concat([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(4+len(body))), []byte("WAVE"), body)
}

// wavOf is a WAV file of 16-bit samples.
func wavOf(rate, channels int, samples ...int16) []byte {
	var b []byte
	for _, s := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return riff(fmtOf(tagPCM, channels, rate, 16), chunk("data", b))
}

// extensible is what an extensible format has behind its first 16 bytes.
func extensible(tag, valid int, guid []byte) []byte {
	b := []byte{22, 0, byte(valid), 0, 0, 0, 0, 0, byte(tag), byte(tag >> 8)}
	return append(b, guid...)
}

// sized writes sizes over those of the file and of its chunk of samples, which is the last.
func sized(file []byte, whole, data uint32, samples int) []byte {
	file = slices.Clone(file)
	binary.LittleEndian.PutUint32(file[4:], whole)
	binary.LittleEndian.PutUint32(file[len(file)-samples-4:], data)
	return file
}

func TestSamples(t *testing.T) {
	t.Parallel()
	f32 := binary.LittleEndian.AppendUint32(nil, math.Float32bits(-1.25))
	f64 := binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.1))
	pcm16 := []byte{0, 0x80, 0xff, 0x7f, 1, 0, 0xff, 0xff}
	want16 := []float32{-1, 32767. / 32768, 1. / 32768, -1. / 32768}
	plain := riff(fmtOf(1, 1, 8000, 16), chunk("data", pcm16))
	odd := chunk("LIST", []byte("abc"))
	for name, c := range map[string]struct {
		file []byte
		want []float32
	}{
		"8 bits":                  {riff(fmtOf(1, 1, 8000, 8), chunk("data", []byte{0, 128, 255})), []float32{-1, 0, 127. / 128}},
		"16 bits":                 {plain, want16},
		"24 bits":                 {riff(fmtOf(1, 1, 8000, 24), chunk("data", []byte{0, 0, 0x80, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff})), []float32{-1, 8388607. / 8388608, -1. / 8388608}},
		"32 bits":                 {riff(fmtOf(1, 1, 8000, 32), chunk("data", []byte{0, 0, 0, 0x80, 0, 0, 0, 0x40})), []float32{-1, 0.5}},
		"float 32":                {riff(fmtOf(3, 1, 8000, 32), chunk("data", f32)), []float32{-1.25}},
		"float 64":                {riff(fmtOf(3, 1, 8000, 64), chunk("data", f64)), []float32{0.1}},
		"A-law":                   {riff(fmtOf(6, 1, 8000, 8), chunk("data", []byte{0x55, 0xd5, 0x2a, 0xaa})), []float32{-8. / 32768, 8. / 32768, -32256. / 32768, 32256. / 32768}},
		"µ-law":                   {riff(fmtOf(7, 1, 8000, 8), chunk("data", []byte{0xff, 0x7f, 0, 0x80})), []float32{0, 0, -32124. / 32768, 32124. / 32768}},
		"two channels":            {riff(fmtOf(1, 2, 8000, 16), chunk("data", pcm16)), []float32{want16[0], want16[2], want16[1], want16[3]}},
		"extensible":              {riff(fmtOf(tagExtensible, 1, 8000, 16, extensible(1, 16, subformat)...), chunk("data", pcm16)), want16},
		"24 bits in 32":           {riff(fmtOf(tagExtensible, 1, 8000, 32, extensible(1, 24, subformat)...), chunk("data", []byte{0, 0, 0, 0x40})), []float32{0.5}},
		"chunks before":           {riff(odd, []byte{0}, fmtOf(1, 1, 8000, 16), chunk("fact", []byte{4, 0, 0, 0}), odd, []byte{0}, chunk("data", pcm16)), want16},
		"chunks behind":           {riff(fmtOf(1, 1, 8000, 16), chunk("data", pcm16), chunk("LIST", []byte("info"))), want16},
		"size unknown (-1)":       {sized(plain, 0xffffffff, 0xffffffff, 8), want16},
		"size unknown (0)":        {sized(plain, 0, 0, 8), want16},
		"size unknown (sox)":      {sized(plain, 0x7ffff024, 0x7ffff000, 8), want16},
		"whole size wrong":        {sized(plain, 7, 8, 8), want16},
		"size unknown, made even": {append(sized(riff(fmtOf(1, 1, 8000, 24), chunk("data", []byte{0, 0, 0x40})), 0xffffffff, 0xffffffff, 3), 0), []float32{0.5}},
		"RF64":                    {append([]byte("RF64\xff\xff\xff\xffWAVE"), slices.Concat(chunk("ds64", append(make([]byte, 8), 8, 0, 0, 0, 0, 0, 0, 0)), fmtOf(1, 1, 8000, 16), []byte("data\xff\xff\xff\xff"), pcm16, []byte("more"))...), want16},
	} {
		got, err := read(c.file, Limits{}, nil)
		if err != nil || !slices.Equal(got.Samples, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, got.Samples, err, c.want)
		}
	}
}

// TestBroken: what is not whole is refused, never cut.
func TestBroken(t *testing.T) {
	t.Parallel()
	whole := wavOf(8000, 2, 1, 2, 3, 4)
	for n := 12; n < len(whole); n++ {
		if a, err := read(whole[:n], Limits{}, nil); err == nil {
			t.Errorf("%d of %d bytes: %v", n, len(whole), a.Samples)
		}
	}
	other := slices.Clone(subformat)
	other[5] = 1
	pcm := []byte{1, 2, 3, 4}
	for want, file := range map[string][]byte{
		"has no samples":                      wavOf(8000, 1),
		"it has no samples":                   riff(),
		"it has no chunk of samples":          riff(fmtOf(1, 1, 8000, 16)),
		"come before their format":            riff(chunk("data", pcm)),
		"two formats":                         riff(fmtOf(1, 1, 8000, 16), fmtOf(1, 1, 8000, 8), chunk("data", pcm)),
		"its format is too short":             riff(chunk("fmt ", pcm), chunk("data", pcm)),
		"of format 0x0002":                    riff(fmtOf(2, 1, 8000, 4), chunk("data", pcm)),
		"have 12 bits":                        riff(fmtOf(1, 1, 8000, 12), chunk("data", pcm)),
		"have 16 bits":                        riff(fmtOf(3, 1, 8000, 16), chunk("data", pcm)),
		"it has no channels":                  riff(fmtOf(1, 0, 8000, 16), chunk("data", pcm)),
		"its extensible format is not known":  riff(fmtOf(tagExtensible, 1, 8000, 16, extensible(1, 16, other)...), chunk("data", pcm)),
		"it has 24 bits in 16":                riff(fmtOf(tagExtensible, 1, 8000, 16, extensible(1, 24, subformat)...), chunk("data", pcm)),
		"which are not whole ones of 8":       riff(fmtOf(1, 4, 8000, 16), chunk("data", pcm)),
		"8 of 9 bytes of samples are there":   sized(wavOf(8000, 1, 1, 2, 3, 4), 44, 9, 8),
		"which are not whole ones of 2":       sized(riff(fmtOf(1, 1, 8000, 16), chunk("data", []byte{1, 2, 3})), 0xffffffff, 0xffffffff, 3),
		"no finite number":                    riff(fmtOf(3, 1, 8000, 32), chunk("data", []byte{0, 0, 0xc0, 0x7f})),
		"RIFX, WAV of the other byte order":   []byte("RIFX\x00\x00\x00\x00WAVE"),
		"has 65 channels":                     riff(fmtOf(1, 65, 8000, 8), chunk("data", make([]byte, 65))),
		"is a broken WAV file: it ends early": riff(append([]byte("LIST"), 255, 0, 0, 0)),
	} {
		if a, err := read(file, Limits{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v, want %s", a.Samples, err, want)
		}
	}
	block := fmtOf(1, 2, 8000, 16)
	block[8+12] = 2 // as if the samples of both channels were one
	if _, err := read(riff(block, chunk("data", pcm)), Limits{}, nil); err == nil || !strings.Contains(err.Error(), "do not lie in 2 bytes") {
		t.Error(err)
	}
}

// FuzzWAV: any file is read whole or refused, within the memory that was asked for.
func FuzzWAV(f *testing.F) {
	f.Add(wavOf(8000, 2, 1, 2, 3, 4))
	f.Add(sized(wavOf(8000, 1, 1, 2), 0, 0, 4))
	f.Add(riff(fmtOf(tagExtensible, 1, 16000, 24, extensible(1, 24, subformat)...), chunk("data", make([]byte, 6))))
	f.Add(riff(fmtOf(3, 1, 44100, 32), chunk("data", make([]byte, 16)), chunk("LIST", nil)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range []Limits{{}, {SampleRate: 8000, Channels: 1, MaxDurationMs: 1000}} {
			m := &budget{limit: 1 << 26}
			a, err := read(data, l, m)
			if err == nil && (a.Channels < 1 || len(a.Samples) == 0 || len(a.Samples)%a.Channels != 0 || int64(len(a.Samples))*sampleSize > m.most) {
				t.Fatalf("%d channels, %d samples, %d bytes", a.Channels, len(a.Samples), m.most)
			}
		}
	})
}
