package compiler

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/snapshot"
)

// Keeping is where [Session.Describe] keeps what a tree of a version control system
// describes: a tree never changes, so it need not be evaluated again.
//
// A key that says too little gives a wrong answer, so this is what an answer depends on,
// and where it is in the key:
//
//   - the sources, data that they embed, the lock, packages that are vendored: in the digest of
//     the CUE module's folder, which no link leaves. CUE modules of a registry are locked in it by
//     digest. Which folder is the module's is found anew each time.
//   - the bento's folder and file in it, which of several of a tree it is: named;
//   - the tags: named;
//   - bentoc: CUE, the schema, the checks, the form of the answer. Named by what the
//     linker calls the executable; without such a name nothing is kept;
//   - models in the tree, or the pointers of Git LFS in their place, compared with the lock: in
//     the digest;
//   - git's replacements, by which a digest has another content: with any, the tree says
//     that it has no digest;
//   - another lock than the tree's: nothing is kept.
//
// Limits of time and memory, the store, the clock and the environment are not in the key: they
// decide whether there is an answer, not which, and only an answer without mistakes is
// kept.
type Keeping struct {
	Folder string // it need not exist
	Bentoc string // names this very bentoc; "" for nothing is kept
}

// digested is a file system that knows a digest of all that it holds, "" where it does not.
type digested interface{ Digest() string }

// kept is what is remembered.
type kept struct {
	IR      *ir.Bento
	Facts   diff.Facts
	Foreign []string // CUE modules that positions may name
}

// keptName gives the file that remembers the bento, "" where it is not kept.
func (s *Session) keptName() string {
	k := s.options.Keep
	a, ok := s.place.module.(archive)
	if k == nil || k.Bentoc == "" || s.options.Lock != nil || !ok {
		return ""
	}
	tree, ok := a.FS.(digested)
	if !ok || tree.Digest() == "" {
		return ""
	}
	var key strings.Builder
	for _, part := range append([]string{k.Bentoc, tree.Digest(), s.Dir, s.place.file}, s.options.Tags...) {
		fmt.Fprintf(&key, "%d:%s", len(part), part)
	}
	sum := sha256.Sum256([]byte(key.String()))
	return filepath.Join(k.Folder, hex.EncodeToString(sum[:]))
}

// recall gives what is kept in a file, nil where nothing is, or not what was written.
func recall(name string) *kept {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	sum, data, _ := bytes.Cut(data, []byte("\n"))
	k := new(kept)
	if have := sha256.Sum256(data); string(sum) != hex.EncodeToString(have[:]) || snapshot.Decode(data, k) != nil {
		os.Remove(name) // it is made again
		return nil
	}
	return k
}

// keep writes what recall reads. What cannot be kept is found out again.
func keep(name string, k kept) error {
	data, err := snapshot.Encode(&k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	_, err = f.Write(append([]byte(hex.EncodeToString(sum[:])+"\n"), data...))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
