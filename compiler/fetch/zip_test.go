package fetch_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bentoc.dev/compiler/fetch"
)

// zipFile writes a zip of one file.
func zipFile(t *testing.T, method uint16, data []byte) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "x", Method: method})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(data)
	name := filepath.Join(t.TempDir(), "x.zip")
	if err := errors.Join(err, w.Close(), os.WriteFile(name, buf.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return name
}

// readZip reads the file of a zip as open gives it.
func readZip(t *testing.T, open func(string) (*zip.ReadCloser, error), name string) ([]byte, error) {
	t.Helper()
	z, err := open(name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	r, err := z.File[0].Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	err = errors.Join(err, r.Close())
	_ = r.Close() // may be called again
	if n, err := r.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Errorf("reading what is closed: %d bytes, %v", n, err)
	}
	return data, err
}

// TestOpenZip reads zips as the standard library does, whole ones and those of which a
// byte is another one or the end is missing: the same files, or an error for both.
func TestOpenZip(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for i := range 120 {
		data := make([]byte, r.IntN(20_000))
		for at := range data {
			data[at] = byte(r.IntN(1 + 2*i))
		}
		name := zipFile(t, []uint16{zip.Deflate, zip.Store}[i%7/6], data)
		if i%2 == 1 {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text[r.IntN(len(text))] ^= byte(1 << r.IntN(8))
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, wantErr := readZip(t, zip.OpenReader, name)
		got, err := readZip(t, fetch.OpenZip, name)
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Errorf("zip %d: %d bytes, %v; the standard library has %d bytes, %v", i, len(got), err, len(want), wantErr)
		}
		if i%2 == 0 && (err != nil || !bytes.Equal(got, data)) {
			t.Errorf("zip %d: %v, or not what was written", i, err)
		}
	}
}

// What is made to fill disks is refused before anything is unpacked, and what is large and
// honest is not.
func TestZipBombs(t *testing.T) {
	t.Parallel()
	write := func(name string, headers ...zip.FileHeader) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), name)
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := range headers {
			h := headers[i]
			h.Name, h.Method = fmt.Sprint(i), zip.Deflate
			body := make([]byte, 1000)
			h.CompressedSize64 = max(h.CompressedSize64, uint64(len(body)))
			raw, err := w.CreateRaw(&h)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := raw.Write(body); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, tc := range map[string]struct {
		headers []zip.FileHeader
		overlap bool
		bomb    bool
	}{
		"honest":         {[]zip.FileHeader{{UncompressedSize64: 100_000}, {UncompressedSize64: 1_000_000}}, false, false},
		"zeros":          {[]zip.FileHeader{{UncompressedSize64: 1 << 20}}, false, false},
		"one large":      {[]zip.FileHeader{{UncompressedSize64: 2 << 30}}, false, true},
		"many":           {slices.Repeat([]zip.FileHeader{{UncompressedSize64: 512 << 20}}, 10), false, true},
		"past 64 bits":   {[]zip.FileHeader{{UncompressedSize64: 1 << 29}, {UncompressedSize64: 1<<64 - 1}}, false, true},
		"more than all":  {[]zip.FileHeader{{CompressedSize64: 1 << 40}}, true, true},
		"more together":  {slices.Repeat([]zip.FileHeader{{CompressedSize64: 5000}}, 5), true, true},
		"packed past 64": {[]zip.FileHeader{{}, {CompressedSize64: 1<<64 - 1}}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z, err := fetch.OpenZip(write("a.zip", tc.headers...))
			var bomb *fetch.BombError
			if errors.As(err, &bomb) != tc.bomb || tc.bomb && bomb.OverlappingParts != tc.overlap || !tc.bomb && err != nil {
				t.Errorf("got %v", err)
			}
			if err == nil {
				if err := z.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
