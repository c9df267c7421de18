package vorbis

import (
	"encoding/binary"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec/audio"
	"bentoc.dev/runtime/codec/audio/audiotest"
)

// tone is a file of two sines, 1500 samples of 8000 a second, that libvorbis made.
func tone(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/tone.ogg")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(data []byte) ([][]float32, audio.Header, error) {
	s, err := open(data)
	return audiotest.Samples(audio.Next, s, err)
}

// TestSamples compares with what libvorbis decodes.
func TestSamples(t *testing.T) {
	t.Parallel()
	rows, h, err := decode(tone(t))
	if err != nil || h.Rate != 8000 || len(rows) != 2 || len(rows[0]) != 1500 || len(rows[1]) != 1500 {
		t.Fatalf("%+v, %d rows of %d, %v", h, len(rows), len(rows[0]), err)
	}
	for i, want := range map[int][2]float64{
		0: {0.005691935773938894, 0.19523178040981293}, 1: {0.1677924543619156, 0.23022259771823883}, 2: {0.3106541633605957, 0.1308564841747284},
		100: {-0.0005533881485462189, -0.20733289420604706}, 777: {-0.5076555013656616, 0.24480681121349335},
		1000: {0.002333570271730423, 0.22057636082172394}, 1498: {0.30699658393859863, 0.13826984167099}, 1499: {0.16666154563426971, -0.042368851602077484},
	} {
		for c := range want {
			if got := float64(rows[c][i]); math.Abs(got-want[c]) > 1e-5 {
				t.Errorf("sample %d of channel %d is %v, not %v", i, c, got, want[c])
			}
		}
	}
}

// TestSixChannels: the last, of low frequencies, has a floor without partitions. The file
// is of six sines, 900 samples of 48000 a second, that libvorbis made; the samples are those that it
// decodes, the channels in the order of the file.
func TestSixChannels(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/six.ogg")
	if err != nil {
		t.Fatal(err)
	}
	rows, h, err := decode(data)
	if err != nil || h.Channels != 6 || len(rows) != 6 || len(rows[5]) != 900 {
		t.Fatalf("%+v, %d rows, %v", h, len(rows), err)
	}
	for i, want := range map[int][6]float64{
		0:   {0.0007964245, 0.3411199, 0.3577318, 0.05409145, -0.2986721, -0.4157143},
		1:   {0.00948837, 0.3513364, 0.3448555, 0.01506999, -0.3284128, -0.4139192},
		300: {0.4052259, -0.3573263, 0.1587866, 0.07958438, -0.2942727, 0.4527756},
		777: {0.4105138, -0.316375, 0.09040109, 0.1367473, -0.3393989, -0.3659557},
		899: {-0.383399, -0.3406157, -0.1359828, 0.129347, 0.2567095, 0.3510949},
	} {
		for c := range want {
			if got := float64(rows[c][i]); math.Abs(got-want[c]) > 1e-6 {
				t.Errorf("sample %d of channel %d is %v, not %v", i, c, got, want[c])
			}
		}
	}
}

// TestFloors: a header that ends in its floors is refused, whatever they say, and one without such a floor stays
// as it is.
func TestFloors(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tone", "six"} {
		data, err := os.ReadFile("testdata/" + name + ".ogg")
		if err != nil {
			t.Fatal(err)
		}
		all, err := pages(data)
		if err != nil {
			t.Fatal(err)
		}
		p := all[1].packets[1]
		end, err := checkSetup(p)
		if err != nil {
			t.Fatal(err)
		}
		out, err := withClasses(p, end)
		if more := len(out) - len(p); err != nil || name == "tone" && !slices.Equal(out, p) || name == "six" && more < 1 {
			t.Errorf("%s: the header of %d bytes becomes one of %d, %v", name, len(p), len(out), err)
		}
		if _, err := withClasses(p[:headBytes+end/8+3], end); err == nil {
			t.Errorf("%s: a header that is cut is taken", name)
		}
	}
}

// split gives the pages of a file.
func split(data []byte) (out [][]byte) {
	for len(data) > 0 {
		size := 27 + int(data[26])
		for _, s := range data[27:size] {
			size += int(s)
		}
		out, data = append(out, data[:size]), data[size:]
	}
	return out
}

// changed puts bytes into a page and mends its checksum.
func changed(page []byte, at int, b ...byte) []byte {
	page = slices.Clone(page)
	copy(page[at:], b)
	binary.LittleEndian.PutUint32(page[22:], checksum(page))
	return page
}

// TestBroken: what is cut, damaged, chained or between others is refused.
func TestBroken(t *testing.T) {
	t.Parallel()
	data := tone(t)
	p := split(data)
	last := p[len(p)-1]
	for n := range data {
		if _, _, err := decode(data[:n]); err == nil {
			t.Errorf("%d of %d bytes are read", n, len(data))
		}
	}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"chained":           {slices.Concat(data, data), "another stream follows"},
		"a bit":             {slices.Concat(data[:len(data)-9], []byte{data[len(data)-9] ^ 1}, data[len(data)-8:]), "its checksum is another"},
		"cut between pages": {slices.Concat(p[:len(p)-1]...), "ends early"},
		"a page less":       {slices.Concat(append(slices.Clone(p[:1]), p[2:]...)...), "follows on page"},
		"another stream":    {slices.Concat(append(slices.Clone(p[:len(p)-1]), changed(last, 14, 9, 9, 9, 9))...), "several streams"},
		"longer than it is": {slices.Concat(append(slices.Clone(p[:len(p)-1]), changed(last, 6, 0, 0, 1, 0))...), "ends early"},
		"no beginning":      {slices.Concat(p[1:]...), "beginning is missing"},
		"no channels":       {slices.Concat(append([][]byte{changed(p[0], 28+11, 0)}, p[1:]...)...), "it has 0 channels"},
		"blocks":            {slices.Concat(append([][]byte{changed(p[0], 28+28, 0xff)}, p[1:]...)...), "blocks of 2^15"},
		"not Ogg":           {append([]byte("x"), data...), "does not begin"},
	} {
		if _, _, err := decode(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	shorter, _, err := decode(slices.Concat(append(slices.Clone(p[:len(p)-1]), changed(last, 6, 0xdb))...))
	if err != nil || len(shorter[0]) != 1499 {
		t.Errorf("the position of the last page is not the end: %d, %v", len(shorter[0]), err)
	}
}

// TestSetup: books that would take gigabytes, or whose codes have no end, are refused
// before the decoder sees them.
func TestSetup(t *testing.T) {
	t.Parallel()
	p := append([]byte("\x05vorbis\x00BCV"), make([]byte, 60)...)
	for want, body := range map[string][]byte{
		"has 16777215 codes of 65535 values": {0xff, 0xff, 0xff, 0xff, 0xff},
		"has 4 codes of 0 values":            {0, 0, 4, 0, 0},
		"codes are not complete":             {1, 0, 4, 0, 0},
	} {
		q := slices.Clone(p)
		copy(q[11:], body)
		if _, err := checkSetup(q); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func FuzzOgg(f *testing.F) {
	data := tone(f)
	f.Add(data)
	p := split(data)
	f.Add(slices.Concat(p[0], changed(p[1], 40, 1, 2, 3)))
	if six, err := os.ReadFile("testdata/six.ogg"); err == nil {
		f.Add(six)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if p := slices.Clone(data); len(p) > 27 { // else no change gets past the checksums
			for at := 0; at+27 <= len(p); {
				size := 27 + int(p[at+26])
				for k := at + 27; k < min(at+27+int(p[at+26]), len(p)); k++ {
					size += int(p[k])
				}
				if at+size > len(p) {
					break
				}
				binary.LittleEndian.PutUint32(p[at+22:], checksum(p[at:at+size]))
				at += size
			}
			data = p
		}
		s, err := audio.Opened(&Format, data)
		if err != nil {
			return
		}
		for range 200 {
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
