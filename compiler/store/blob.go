package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Blob names a content of the store.
type Blob struct {
	Digest string `json:"digest"` // sha256:HEX
	Size   int64  `json:"size"`   // bytes
}

// DigestError says that a content is not what it should be.
type DigestError struct {
	Name string // what was read, for people
	Want string // such as sha256:… or h1:…
	Got  string
}

// Error names both digests.
func (e *DigestError) Error() string {
	return fmt.Sprintf("%s has the digest %s, not %s", e.Name, e.Got, e.Want)
}

// Put stores what r gives. With want set, contents of another digest are a
// [DigestError] and nothing is kept; name is what that error calls them.
func (s *Store) Put(ctx context.Context, name string, r io.Reader, want string) (Blob, error) {
	w, err := s.NewWriter()
	if err != nil {
		return Blob{}, err
	}
	defer w.Abort()
	if _, err := io.Copy(w, ContextReader(ctx, r)); err != nil {
		return Blob{}, fmt.Errorf("storing %s: %w", name, err)
	}
	return w.Commit(name, want)
}

// PutBytes stores data.
func (s *Store) PutBytes(data []byte) (Blob, error) {
	b := Blob{Digest: DigestOf(data), Size: int64(len(data))}
	if s.Has(b) {
		return b, nil
	}
	return b, s.writeFile(s.Path(b.Digest), data, 0o444)
}

// Adopt moves the finished file at path into the store. The file must lie in
// the file system of the store, and its digest must be known to be right. Name is
// what people call it.
func (s *Store) Adopt(path string, b Blob, name string) error {
	return errors.Join(s.rename(path, s.Path(b.Digest), 0o444), s.named(b.Digest, name))
}

// Path is the file of a digest, whether it is there or not.
func (s *Store) Path(digest string) string {
	return filepath.Join(s.dir, "blobs", "sha256", filepath.Base(strings.TrimPrefix(digest, "sha256:")))
}

// Open opens a content for reading.
func (s *Store) Open(digest string) (*os.File, error) {
	f, err := os.Open(s.Path(digest))
	if err != nil {
		return nil, fmt.Errorf("reading from the store: %w", err)
	}
	return f, nil
}

// ReadBytes gives a small content, checked against its digest. One that does
// not match is removed and is a [DigestError].
func (s *Store) ReadBytes(digest string) ([]byte, error) {
	data, err := os.ReadFile(s.Path(digest))
	if err != nil {
		return nil, fmt.Errorf("reading from the store: %w", err)
	}
	if got := DigestOf(data); got != digest {
		err := errors.Join(s.damage(digest, got), s.drop(digest))
		s.tell(err)
		return nil, err
	}
	return data, nil
}

// Writer takes one content in. It is a temporary file until [Writer.Commit].
type Writer struct {
	s    *Store
	f    *os.File
	hash hash.Hash
	size int64
}

// NewWriter begins a content.
func (s *Store) NewWriter() (*Writer, error) {
	f, err := s.temp()
	if err != nil {
		return nil, err
	}
	return &Writer{s: s, f: f, hash: sha256.New()}, nil
}

// Write adds to the content.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	w.hash.Write(p[:n])
	w.size += int64(n)
	return n, err
}

// Commit finishes the content. See [Store.Put] for name and want.
func (w *Writer) Commit(name, want string) (Blob, error) {
	b := Blob{Digest: sumOf(w.hash), Size: w.size}
	if want != "" && b.Digest != want {
		return Blob{}, &DigestError{Name: name, Want: want, Got: b.Digest}
	}
	f := w.f
	w.f = nil
	if err := f.Close(); err != nil {
		return Blob{}, errors.Join(fmt.Errorf("writing %s: %w", name, err), removeIfThere(f.Name()))
	}
	return b, w.s.Adopt(f.Name(), b, name)
}

// Abort throws the content away unless it was committed.
func (w *Writer) Abort() {
	if w.f == nil {
		return
	}
	_ = w.f.Close()
	_ = os.Remove(w.f.Name())
	w.f = nil
}

// DigestOf gives the digest of data as sha256:HEX.
func DigestOf(data []byte) string { return "sha256:" + hexOf(data) }

func hexOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func sumOf(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// ContextReader reads r until the context ends.
func ContextReader(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
