package fetch_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
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
