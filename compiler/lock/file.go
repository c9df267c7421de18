// Package lock reads, makes and checks bento.lock, the file beside bento.cue
// that says exactly which outside things a bento is built from: CUE and Go modules, the
// Go toolchain, base images, and what bentoc itself adds.
//
// It is text, one entry a line, sorted. Two branches merge by running bentoc lock
// over the conflict or over the lines of both sides (see [Mend]):
//
//	bentoc-lock 1
//	base debian:12 linux/amd64 sha256:…
//	cue example.org/policy@v0 v0.1.0 1234 sha256:…
//	cue-package cue.mod/pkg/example.org/names sha256:…
//	deb libc6 2.36-9+deb12u10 amd64 bookworm/main pool/…/libc6_….deb 2757232 sha256:…
//	field #Line text 1
//	figure image linux/amd64 2843122
//	model det pkg:pypi/PROJECT@1.4.4#models/det.onnx model.onnx 4745517 sha256:…
//	module github.com/x/y v1.2.3 h1:…
//	module github.com/x/y v1.2.3/go.mod h1:…
//	runtime bentoc.dev h1:…
//	signature det {"inputs":[{"name":"x","dtype":"float32","shape":[0,3,0,0]}],"outputs":[…]}
//	toolchain golang.org/toolchain v0.0.1-go1.26.8.linux-amd64 h1:…
//	wheel onnxruntime 1.32.0 onnxruntime-1.32.0-….whl 27773237 sha256:…
//	workspace bento.local/hello h1:…
//
// It never names the host that something is fetched from: which index or mirror
// to ask is the machine's configuration.
package lock

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is the version of the format that this package writes. It grows when
// an older bentoc would misread a file.
const Version = 1

// FileName is the name of the lock, beside bento.cue.
const FileName = "bento.lock"

// header begins the first line.
const header = "bentoc-lock"

// File is a lock. Entries are sorted and there is no entry twice.
type File struct {
	Entries []Entry

	open []Entry // what [Mend] has left out
}

// Entry is one line.
type Entry struct {
	Kind   string
	Name   string
	Fields []string
	Line   int // in the file it was read from, 0 for a new one
}

// String gives the entry as it is written.
func (e Entry) String() string {
	words := []string{e.Kind, quote(e.Name)}
	for _, f := range e.Fields {
		words = append(words, quote(f))
	}
	return strings.Join(words, " ")
}

// quote writes a word so that it can be read again whatever is in it.
func quote(word string) string {
	plain := word != "" && !strings.HasPrefix(word, `"`) && strings.IndexFunc(word, func(r rune) bool {
		return r <= ' ' || !strconv.IsPrint(r)
	}) < 0
	if plain {
		return word
	}
	return strconv.Quote(word)
}

// Bytes gives the file as text.
func (f *File) Bytes() []byte {
	out := fmt.Appendf(nil, "%s %d\n", header, Version)
	for _, e := range f.Entries {
		out = fmt.Appendln(out, e.String())
	}
	return out
}

// Of gives the entries of a kind, those called name alone unless it is "".
func (f *File) Of(kind, name string) (found []Entry) {
	if f == nil {
		return nil
	}
	for _, e := range f.Entries {
		if e.Kind == kind && (name == "" || e.Name == name) {
			found = append(found, e)
		}
	}
	return found
}

// newFile gives a file of entries, sorted and without doubles.
func newFile(entries []Entry) *File {
	slices.SortStableFunc(entries, compareEntries)
	return &File{Entries: slices.CompactFunc(entries, func(a, b Entry) bool { return compareEntries(a, b) == 0 })}
}

func compareEntries(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), slices.Compare(a.Fields, b.Fields))
}
