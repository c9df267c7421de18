package flac

import (
	"bytes"
	"crypto/md5" //nolint:gosec // as in the package
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"

	"bentoc.dev/runtime/codec/audio"
	"bentoc.dev/runtime/codec/audio/audiotest"
)

// encode writes samples as FLAC without compression, frames of some length.
func encode(t testing.TB, bits uint8, block int, rows ...[]int32) []byte {
	t.Helper()
	n := len(rows[0])
	var b bytes.Buffer
	enc, err := flac.NewEncoder(&b, &meta.StreamInfo{
		BlockSizeMin: uint16(block), BlockSizeMax: uint16(block), SampleRate: 16000, NChannels: uint8(len(rows)), BitsPerSample: bits, NSamples: uint64(n),
	})
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < n; at += block {
		size := min(block, n-at)
		f := &frame.Frame{Header: frame.Header{HasFixedBlockSize: false, BlockSize: uint16(size), SampleRate: 16000, BitsPerSample: bits, Num: uint64(at), Channels: frame.Channels(len(rows) - 1)}}
		for _, row := range rows {
			f.Subframes = append(f.Subframes, &frame.Subframe{SubHeader: frame.SubHeader{Pred: frame.PredVerbatim}, Samples: slices.Clone(row[at : at+size]), NSamples: size})
		}
		if err := enc.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	var plain []byte
	for i := range n {
		for _, row := range rows {
			for k := uint8(0); k < bits; k += 8 {
				plain = append(plain, byte(row[i]>>k))
			}
		}
	}
	sum := md5.Sum(plain) //nolint:gosec // the format's own checksum
	copy(b.Bytes()[8+18:], sum[:])
	return b.Bytes()
}

func sine(n, bits int, hz float64) []int32 {
	row := make([]int32, n)
	for i := range row {
		row[i] = int32(0.7 * math.Sin(2*math.Pi*hz*float64(i)/16000) * float64(int64(1)<<(bits-1)))
	}
	return row
}

// decode reads all samples of a file.
func decode(data []byte) ([][]float32, audio.Header, error) {
	s, err := open(data)
	return audiotest.Samples(audio.Stream.Next, s, err)
}

// withInfo changes the header: where its samples are counted, and its checksum.
func withInfo(data []byte, samples byte, sum bool) []byte {
	data = slices.Clone(data)
	data[8+17] = samples // the lowest byte
	data[8+16] = 0
	if !sum {
		clear(data[8+18 : 8+34])
	}
	return data
}

func TestSamples(t *testing.T) {
	t.Parallel()
	for _, bits := range []uint8{8, 16, 24} {
		left, right := sine(1000, int(bits), 440), sine(1000, int(bits), 999)
		data := encode(t, bits, 256, left, right)
		tagged := slices.Concat([]byte("ID3\x04\x00\x00\x00\x00\x00\x03abc"), data, append([]byte("TAG"), make([]byte, 125)...))
		for name, file := range map[string][]byte{"plain": data, "tagged": tagged, "length unknown": withInfo(data, 0, true)} {
			rows, h, err := decode(file)
			if err != nil || h.Rate != 16000 || h.Channels != 2 {
				t.Fatalf("%d bits, %s: %+v, %v", bits, name, h, err)
			}
			for c, want := range [][]int32{left, right} {
				for i, v := range want {
					if rows[c][i] != float32(v)/float32(int64(1)<<(bits-1)) {
						t.Fatalf("%d bits, %s: sample %d of channel %d is %v, not %d", bits, name, i, c, rows[c][i], v)
					}
				}
			}
		}
	}
}

// TestBroken: what is cut, or is not what the header says, is refused.
func TestBroken(t *testing.T) {
	t.Parallel()
	data := encode(t, 16, 64, sine(200, 16, 440))
	for n := range data {
		if _, _, err := decode(data[:n]); err == nil {
			t.Errorf("%d of %d bytes are read", n, len(data))
		}
	}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"fewer than it says":  {withInfo(data, 250, false), "ends early"},
		"more than it says":   {withInfo(data, 100, false), "more than the 100 samples"},
		"ends between frames": {withInfo(data, 128, true), "a checksum of"},
		"other samples":       {withInfo(encode(t, 16, 64, sine(200, 16, 441)), 200, true), ""},
	} {
		if _, _, err := decode(c.file); c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) || c.want == "" && err != nil {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	for at := 44; at < len(data); at += 7 {
		broken := slices.Clone(data)
		broken[at] ^= 0x10
		if _, _, err := decode(broken); err == nil {
			t.Errorf("a bit of byte %d is another, and nobody saw it", at)
		}
	}
	mixed := slices.Concat(withInfo(encode(t, 16, 64, sine(64, 16, 440)), 0, false), encode(t, 16, 64, sine(64, 16, 440), sine(64, 16, 440))[42:])
	if _, _, err := decode(mixed); err == nil {
		t.Error("a frame of another number of channels is taken")
	}
}

func FuzzFLAC(f *testing.F) {
	f.Add(encode(f, 16, 64, sine(200, 16, 440)))
	f.Add(encode(f, 8, 32, sine(40, 8, 440), sine(40, 8, 1000)))
	f.Add(withInfo(encode(f, 24, 16, sine(20, 24, 440)), 0, false))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := audio.Opened(&Format, data)
		if err != nil {
			return
		}
		for range 1000 { // a file of n bytes holds n/10 frames at most
			rows, err := audio.Next(s)
			if err != nil {
				return
			}
			if len(rows) != s.Header().Channels || len(rows[0]) == 0 {
				t.Fatalf("%d rows for %d channels", len(rows), s.Header().Channels)
			}
		}
	})
}
