package audio

import (
	"encoding/base64"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// budget is a memory that counts.
type budget struct{ taken, most, limit int64 }

func (b *budget) Take(n int64) error {
	if b.limit > 0 && b.taken+n > b.limit {
		return &spec.InputError{Status: 413, Message: "no memory"}
	}
	b.taken += n
	b.most = max(b.most, b.taken)
	return nil
}

func (b *budget) Give(n int64) { b.taken -= n }

// read reads data as the body of a request.
func read(data []byte, l Limits, m *budget) (Audio, error) {
	src := &spec.Source{ContentType: "audio/wav", Body: data}
	if m != nil {
		src.Memory = m
	}
	v, err := codec.RawFile(func(r *codec.Reader, v *Audio) { Read(r, v, l) }).Decode(src)
	if err != nil {
		return Audio{}, err
	}
	return v.(Audio), nil
}

func TestReadAndWrite(t *testing.T) {
	t.Parallel()
	for _, channels := range []int{1, 2, 3, 6} {
		a := Audio{Rate: 44100, Channels: channels, Samples: make([]float32, 12*channels)}
		for i := range a.Samples {
			a.Samples[i] = float32(math.Sin(float64(i))) * 1.5
		}
		p, err := Encode(a)
		if err != nil || p.ContentType != "audio/wav" || int64(len(p.Body)) != wavSize(&a) {
			t.Fatalf("%+v, %v", p, err)
		}
		got, err := read(p.Body, Limits{}, nil)
		if err != nil || got.Rate != 44100 || got.Channels != channels || !slices.Equal(got.Samples, a.Samples) {
			t.Errorf("%d channels: %+v, %v", channels, got, err)
		}
		if again, err := Encode(got); err != nil || !slices.Equal(again.Body, p.Body) {
			t.Errorf("%d channels: other bytes go out than came in: %v", channels, err)
		}
		uri := string(Append(nil, got))
		if want := `"data:audio/wav;base64,` + base64.StdEncoding.EncodeToString(p.Body) + `"`; uri != want {
			t.Errorf("%.40s", uri)
		}
	}
}

// TestChannels: the mean of all channels is one, one is each of several, and no other
// number is made.
func TestChannels(t *testing.T) {
	t.Parallel()
	stereo := wavOf(8000, 2, 16384, -8192, 16384, 8192)
	mono, err := read(stereo, Limits{Channels: 1}, nil)
	if err != nil || !slices.Equal(mono.Samples, []float32{0.125, 0.375}) || mono.Channels != 1 || mono.Data != nil {
		t.Errorf("%+v, %v", mono, err)
	}
	same, err := read(stereo, Limits{Channels: 2}, nil)
	if err != nil || !slices.Equal(same.Samples, []float32{0.5, 0.5, -0.25, 0.25}) || same.Data == nil {
		t.Errorf("%+v, %v", same, err)
	}
	both, err := read(wavOf(8000, 1, 16384, -8192), Limits{Channels: 3}, nil)
	if err != nil || !slices.Equal(both.Samples, []float32{0.5, -0.25, 0.5, -0.25, 0.5, -0.25}) {
		t.Errorf("%+v, %v", both, err)
	}
	if _, err := read(stereo, Limits{Channels: 3}, nil); err == nil || !strings.Contains(err.Error(), "has 2 channels, of which 3 cannot be made") {
		t.Error(err)
	}
}

// TestBounds: the header alone decides what is too long, and what takes no memory is
// not allocated.
func TestBounds(t *testing.T) {
	t.Parallel()
	long := wavOf(1000, 1, make([]int16, 1001)...)
	for _, c := range []struct {
		l      Limits
		want   string
		status int
	}{
		{Limits{MaxDurationMs: 1000}, "lasts 1.0 s, longer than the 1s allowed", 422},
		{Limits{MaxDurationMs: 1001}, "", 0},
		{Limits{MaxBytes: 100}, "has 2046 bytes, more than the 100 allowed", 413},
		{Limits{MediaTypes: []string{"audio/flac"}}, "is audio/wav; allowed is audio/flac", 415},
		{Limits{MediaTypes: []string{"audio/*"}}, "", 0},
	} {
		_, err := read(long, c.l, nil)
		bad, _ := err.(*spec.InputError)
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && (!strings.Contains(got, c.want) || bad == nil || bad.Status != c.status) {
			t.Errorf("%+v: %v", c.l, err)
		}
	}
	for _, rate := range []int{0, 1, 999, 768001, math.MaxUint32} {
		if _, err := read(wavOf(rate, 1, 1, 2), Limits{}, nil); err == nil || !strings.Contains(err.Error(), "samples a second") {
			t.Errorf("%d: %v", rate, err)
		}
	}
}

// TestMemory: what a recording takes is known before, and given back but for the
// samples and a copy of them.
func TestMemory(t *testing.T) {
	t.Parallel()
	data := wavOf(8000, 2, make([]int16, 200_000)...)
	for name, c := range map[string]struct {
		l    Limits
		kept int64
	}{
		"as it is":  {Limits{}, 2 * 200_000 * 4},
		"mixed":     {Limits{Channels: 1}, 2 * 100_000 * 4},
		"resampled": {Limits{SampleRate: 16000}, 2 * 400_000 * 4},
		"both":      {Limits{SampleRate: 4000, Channels: 1}, 2 * 50_000 * 4},
	} {
		m := &budget{}
		if _, err := read(data, c.l, m); err != nil {
			t.Fatal(err)
		}
		if got := m.taken - int64(len(data)); got != c.kept {
			t.Errorf("%s: %d bytes are kept, not %d", name, got, c.kept)
		}
		for limit := int64(len(data)); limit < m.most; limit += m.most/17 + 1 {
			tight := &budget{limit: limit}
			if _, err := read(data, c.l, tight); err == nil || tight.taken > int64(len(data))+c.kept {
				t.Errorf("%s: %d of %d bytes: %v, %d are kept", name, limit, m.most, err, tight.taken)
			}
		}
	}
	m := &budget{limit: 1 << 20}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := read(wavOf(8000, 2, make([]int16, 400_000)...), Limits{}, m)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; err == nil {
		t.Errorf("no error; %d bytes were allocated", grown)
	}
}

// TestCheck: what a step returns is held to what is declared.
func TestCheck(t *testing.T) {
	t.Parallel()
	good := Audio{Rate: 8000, Channels: 1, Samples: make([]float32, 100)}
	wav := wavOf(8000, 2, 1, 2)
	for _, c := range []struct {
		a    Audio
		l    Limits
		want string
	}{
		{good, Limits{SampleRate: 8000, Channels: 1, MaxDurationMs: 100, MaxBytes: 1000, MediaTypes: []string{"audio/wav"}}, ""},
		{Audio{}, Limits{}, "neither Samples nor Data is set"},
		{good, Limits{SampleRate: 16000}, "has 8000 samples a second, not the 16000 declared"},
		{good, Limits{Channels: 2}, "has 1 channels, not the 2 declared"},
		{good, Limits{MaxDurationMs: 10}, "lasts 0.0 s, longer than the 10ms allowed"},
		{good, Limits{MaxBytes: 400}, "has 458 bytes, more than the 400 allowed"},
		{good, Limits{MediaTypes: []string{"audio/mpeg"}}, "is audio/wav; allowed is audio/mpeg"},
		{Audio{Rate: 8000, Channels: 2, Samples: make([]float32, 3)}, Limits{}, "no 2 rows of one length"},
		{Audio{Rate: 8000, Samples: make([]float32, 3)}, Limits{}, "no 0 rows of one length"},
		{Audio{Channels: 1, Samples: make([]float32, 3)}, Limits{}, "has 0 samples a second"},
		{Audio{Rate: 8000, Channels: 1, Samples: []float32{}}, Limits{}, "has no samples"},
		{Audio{Rate: 8000, Channels: 1, Samples: []float32{0, float32(math.NaN())}}, Limits{}, "at 1, that is no finite number"},
		{Audio{Data: wav}, Limits{Channels: 2, SampleRate: 8000}, ""},
		{Audio{Data: wav}, Limits{Channels: 1}, "has 2 channels, not the 1 declared"},
		{Audio{Data: wav[:40]}, Limits{}, "is a broken WAV file"},
		{Audio{Data: append([]byte("OggS"), append(make([]byte, 24), "OpusHead"...)...)}, Limits{}, "is Opus, which cannot be decoded"},
		{Audio{Data: []byte("ID3\x04\x00\x00\x00\x00\x00\x01x\xff\xfd\x80\x00")}, Limits{}, "is MPEG audio of layer II, which cannot be decoded"},
		{Audio{Data: []byte("\xff\xfb\x90\x00")}, Limits{MediaTypes: []string{"audio/wav"}}, "is audio/mpeg; allowed is audio/wav"},
		{Audio{Data: []byte("OggS but not so")}, Limits{}, "is Ogg without Vorbis, which cannot be decoded"},
	} {
		var k codec.Checker
		Check(&k, c.a, c.l)
		if err := k.Err("the answer"); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.l, err, c.want)
		}
	}
}
