package deb

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"

	"bentoc.dev/compiler/store"
)

// What unpacks to more than a package can be of is refused where it goes past that, and what
// is less comes whole.
func TestUnpackedSizeIsBounded(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{9: "", 10: "", 11: "it unpacks to more than", 1000: "it unpacks to more than"} {
		got, err := io.ReadAll(&boundedReader{strings.NewReader(strings.Repeat("x", n)), 10})
		if want == "" && (err != nil || len(got) != n) || want != "" && (err == nil || !strings.Contains(err.Error(), want) || len(got) > 10) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
	}
	p := &debReader{kept: maxDebFiles - 100, files: map[string]store.Entry{}, wants: func(string) bool { return true }}
	file := &tar.Header{Name: "./usr/lib/a.so", Typeflag: tar.TypeReg, Mode: 0o644}
	for _, want := range []string{"", "its files are larger than"} {
		err := p.dataFile(file, strings.NewReader(strings.Repeat("x", 60)))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	var packed bytes.Buffer
	for range 3 {
		packed.WriteString("Package: libc6\n" + strings.Repeat(" x", maxStanza/5) + "\n")
	}
	if err := readPackages(&packed, "Packages", "x/main", []string{"libc6"}, map[string]candidate{}); err == nil || !strings.Contains(err.Error(), "the description of a package is larger") {
		t.Error(err)
	}
}
