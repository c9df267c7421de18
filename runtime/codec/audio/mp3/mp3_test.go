package mp3

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec/audio"
	"bentoc.dev/runtime/codec/audio/audiotest"
)

// tone is a file of two sines and a click, 1500 samples of 8000 a second, joint stereo
// of MPEG-2.5, that LAME made: its tag, and four frames.
func tone(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/tone.mp3")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(data []byte) ([][]float32, audio.Header, error) {
	s, err := audio.Opened(&Format, data)
	return audiotest.Samples(audio.Next, s, err)
}

// TestSamples compares with what mpg123 decodes, by libsndfile.
func TestSamples(t *testing.T) {
	t.Parallel()
	rows, h, err := decode(tone(t))
	if err != nil || h.Rate != 8000 || h.Len != 1500 || len(rows) != 2 || len(rows[0]) != 1500 || len(rows[1]) != 1500 {
		t.Fatalf("%+v, %d rows, %v", h, len(rows), err)
	}
	for i, want := range map[int][2]float64{
		0: {0.0161163323, 0.0234679356}, 1: {0.155161858, 0.146698028}, 2: {0.31519711, 0.226476118},
		100: {-0.00255654007, -0.00719375908}, 777: {-0.472150743, 0.168615371}, 1000: {0.00830372982, 0.00820781291},
		1498: {0.308626801, 0.241155446}, 1499: {0.159733191, 0.154711992},
	} {
		for c := range want {
			if got := float64(rows[c][i]); math.Abs(got-want[c]) > 1.0/(1<<20) {
				t.Errorf("sample %d of channel %d is %v, not %v", i, c, got, want[c])
			}
		}
	}
}

// frames gives the frames of a file without tags.
func frames(t testing.TB, data []byte) (out [][]byte) {
	t.Helper()
	h, ok := readHeader(data)
	if !ok {
		t.Fatal("no header")
	}
	f := &file{header: h}
	for len(data) > 0 {
		n, err := f.at(data)
		if err != nil {
			t.Fatal(err)
		}
		out, data = append(out, data[:n]), data[n:]
	}
	return out
}

// TestBroken: what is cut, damaged, or put together is refused.
func TestBroken(t *testing.T) {
	t.Parallel()
	data := tone(t)
	for n := range data {
		if _, _, err := decode(data[:n]); err == nil {
			t.Errorf("%d of %d bytes are read", n, len(data))
		}
	}
	f := frames(t, data)
	other := slices.Clone(f[2])
	other[2] ^= 8 // of another rate
	layer := slices.Clone(f[0])
	layer[1] ^= 6 // of layer II
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"a frame less":      {slices.Concat(f[:len(f)-1]...), "ends early"},
		"a frame more":      {slices.Concat(data, f[1]), "not the"},
		"twice":             {slices.Concat(data, data), "not the"},
		"between frames":    {slices.Concat(f[0], f[1], []byte("x"), f[2], f[3]), "something else"},
		"before the first":  {slices.Concat([]byte("x"), data), "no frame is where the first one should be"},
		"behind the last":   {slices.Concat(data, []byte("xxxxxxxx")), "something else"},
		"another rate":      {slices.Concat(f[0], f[1], other), "another kind"},
		"within the stream": {data[700:], "no frame"},
		"cut at a frame":    {slices.Concat(f[2:]...), "cut out of a longer one"},
		"another layer":     {layer, "no frame"},
		"the last is half":  {slices.Concat(slices.Concat(f[1:]...), f[1][:80]), "ends early"},
	} {
		if _, _, err := decode(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TestTags: what is around the frames changes nothing.
func TestTags(t *testing.T) {
	t.Parallel()
	data := tone(t)
	want, _, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	id3v2 := append([]byte{'I', 'D', '3', 4, 0, 0, 0, 0, 1, 2}, make([]byte, 130)...)
	id3v1 := append([]byte("TAG"), make([]byte, 125)...)
	ape := append([]byte("APETAGEX\xd0\x07\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"), make([]byte, 8)...)
	ape = append(bytes.Clone(ape), ape...) // a header, and the footer
	lyrics := []byte("LYRICSBEGINxxxx000015LYRICS200")
	for name, file := range map[string][]byte{
		"ID3v2":           slices.Concat(id3v2, data),
		"two, and zeros":  slices.Concat(id3v2, id3v2, make([]byte, 9), data, make([]byte, 77)),
		"ID3v1":           slices.Concat(data, id3v1),
		"APE":             slices.Concat(data, ape),
		"APE and ID3v1":   slices.Concat(data, ape, id3v1),
		"Lyrics3":         slices.Concat(data, lyrics, id3v1),
		"ID3 at both":     slices.Concat(id3v2, data, id3v1),
		"zeros, and more": slices.Concat(data, make([]byte, 500), id3v1),
	} {
		got, _, err := decode(file)
		if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWithoutTag: without the frame of the encoder all samples are given.
func TestWithoutTag(t *testing.T) {
	t.Parallel()
	f := frames(t, tone(t))
	rows, h, err := decode(slices.Concat(f[1:]...))
	if n := int64(len(f)-1) * granuleSize; err != nil || h.Len != n || int64(len(rows[0])) != n {
		t.Fatalf("%+v, %v", h, err)
	}
	all, _, err := decode(tone(t))
	if err != nil || !slices.Contains(rows[0], all[0][700]) {
		t.Errorf("other samples: %v", err)
	}
}

// TestTrees: every code of a table ends, each of its values has one.
func TestTrees(t *testing.T) {
	t.Parallel()
	for k, size := range map[int]int{1: 4, 2: 9, 3: 9, 5: 16, 6: 16, 7: 36, 8: 36, 9: 36, 10: 64, 11: 64, 12: 64, 13: 256, 15: 256, 16: 256, 24: 256, quads: 16, quads + 1: 16} {
		text := treeTexts[k]
		inner := strings.Count(text, ".")
		seen := map[string]bool{}
		for leaves := strings.ReplaceAll(text, ".", ""); leaves != ""; leaves = leaves[2:] {
			seen[leaves[:2]] = true
		}
		if len(seen) != size || inner != size-1 || len(text) != inner+2*size {
			t.Errorf("table %d has %d values and %d nodes", k, len(seen), inner)
		}
	}
}

// TestFilterBank: the window passes what the analysis that mirrors it makes of a signal:
// the power of its halves adds up to the same everywhere.
func TestFilterBank(t *testing.T) {
	t.Parallel()
	for i := range 64 {
		sum := 0.0
		for k := i; k < len(synthesisWindow); k += 64 {
			sum += synthesisWindow[k] * synthesisWindow[k]
		}
		for k := (i + 32) % 64; k < len(synthesisWindow); k += 64 {
			sum += synthesisWindow[k] * synthesisWindow[k]
		}
		if math.Abs(sum-2) > 0.01 {
			t.Errorf("the power at %d is %v", i, sum)
		}
	}
}

// TestChecksum: a frame with a checksum that is not its own is refused.
func TestChecksum(t *testing.T) {
	t.Parallel()
	f := frames(t, tone(t))[1]
	h, _ := readHeader(f)
	n := h.begin()
	protected := slices.Concat(f[:headerSize], []byte{0, 0}, f[headerSize:])[:len(f)]
	protected[1] &^= 1
	crc := crcOf(protected[2:headerSize], protected[headerSize+2:n+2])
	protected[4], protected[5] = byte(crc>>8), byte(crc)
	if _, _, err := decode(protected); err != nil && strings.Contains(err.Error(), "checksum") {
		t.Errorf("%v", err)
	}
	protected[n] ^= 1
	if _, _, err := decode(protected); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("%v", err)
	}
}

func FuzzDecode(f *testing.F) {
	data := tone(f)
	f.Add(data)
	all := frames(f, data)
	f.Add(slices.Concat(all[1:]...))
	free := slices.Clone(all[1])
	free[2] &= 0x0f
	f.Add(slices.Concat(free, free, free))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := open(data)
		if err != nil {
			return
		}
		n := int64(0)
		for range 300 {
			rows, err := s.Next()
			if errors.Is(err, io.EOF) {
				if n != s.Header().Len {
					t.Fatalf("%d samples, not %d", n, s.Header().Len)
				}
				return
			}
			if err != nil {
				return
			}
			if len(rows) != s.Header().Channels || len(rows[0]) == 0 || len(rows[0]) != len(rows[len(rows)-1]) {
				t.Fatalf("%d rows", len(rows))
			}
			n += int64(len(rows[0]))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data := tone(b)
	seconds := 0.0
	for b.Loop() {
		rows, h, err := decode(data)
		if err != nil {
			b.Fatal(err)
		}
		seconds += float64(len(rows[0])) / float64(h.Rate)
	}
	b.ReportMetric(seconds/b.Elapsed().Seconds(), "×realtime")
}
