package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// seal is what is kept about a content: how its file looked when its bytes were
// compared with its digest, and what it is called. A file that looks like its
// seal is not read again: whoever writes to it changes the change time, which no
// program can set back. What a disk gives wrong of itself, the readers find that
// hash what they read (Pack, the archive of an image, a bundle) and [Store.Verify].
type seal struct {
	Name string `json:"name,omitempty"` // for people
	fileState
}

const sealKind = "blob"

// named keeps what a new content is called. It is not sealed: its file is so
// young that another write could leave the same times. The next [Store.Has] does.
func (s *Store) named(digest, name string) error {
	return s.SetMemo(sealKind, digest, seal{Name: name})
}

// Has reports whether b is there and right. A file that looks as it did when it
// was last compared with its digest is not read. One that is damaged is removed
// and told to OnDamage, so that whoever asks brings or makes it again.
func (s *Store) Has(b Blob) bool {
	fi, err := os.Stat(s.Path(b.Digest))
	if err != nil {
		return false
	}
	if !s.sealed(b.Digest, fi) {
		if err := s.Check(context.Background(), b.Digest); err != nil {
			s.tell(err)
			return false
		}
	}
	return fi.Size() == b.Size
}

func (s *Store) sealed(digest string, fi fs.FileInfo) bool {
	var old seal
	return s.Memo(sealKind, digest, &old) && old.Sum == digest && old.Look == Look(fi)
}

// Check reads a content and compares it with its digest. One that is damaged is
// removed and is a [DigestError].
func (s *Store) Check(ctx context.Context, digest string) error {
	var was seal
	s.Memo(sealKind, digest, &was)
	path := s.Path(digest)
	fi, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("reading from the store: %w", err)
	}
	got := "none (it is no file)"
	if fi.Mode().IsRegular() {
		state, err := stableState(ctx, path)
		switch {
		case errors.Is(err, fs.ErrPermission):
			got = "none (it cannot be read)"
		case err != nil:
			return fmt.Errorf("reading from the store: %w", err)
		case state.Sum == digest && state.settled:
			return s.SetMemo(sealKind, digest, seal{was.Name, state})
		case state.Sum == digest:
			return nil
		default:
			got = state.Sum
		}
	}
	return errors.Join(s.damage(digest, got), s.drop(digest))
}

// recheck looks whether it is a content of the store that was read wrong. If so,
// it is dropped: the next try brings it again.
func (s *Store) recheck(ctx context.Context, err error) error {
	var bad *DigestError
	if errors.As(err, &bad) && strings.HasPrefix(bad.Want, "sha256:") {
		if err := s.Check(ctx, bad.Want); err != nil {
			s.tell(err)
		}
	}
	return err
}

// tell reports what is damaged and is going to be brought or made again.
func (s *Store) tell(err error) {
	if s.OnDamage != nil && !errors.Is(err, fs.ErrNotExist) {
		s.OnDamage(err)
	}
}

// drop removes a content that is not what its name says.
func (s *Store) drop(digest string) error {
	return errors.Join(os.RemoveAll(s.Path(digest)), removeIfThere(s.memoPath(sealKind, digest)))
}

// Remove removes a content. Whoever is about to read it makes it again.
func (s *Store) Remove(digest string) error { return s.drop(digest) }

// damage is the error of a content that is not what its name says. It is called
// as it was when it was stored.
func (s *Store) damage(digest, got string) *DigestError {
	var was seal
	name := s.Path(digest)
	if s.Memo(sealKind, digest, &was) && was.Name != "" {
		name = was.Name + " in the store"
	}
	return &DigestError{Name: name, Want: digest, Got: got}
}

// Verify reads every content and compares it with its digest. Those that do
// not match are removed; each is a [DigestError] in the error that it gives.
func (s *Store) Verify(ctx context.Context) error {
	var errs []error
	err := s.eachBlob(func(digest string, _ int64) error {
		err := s.Check(ctx, digest)
		var bad *DigestError
		if errors.As(err, &bad) {
			errs = append(errs, err)
			return nil
		}
		return err
	})
	return errors.Join(append(errs, err)...)
}

// CopyTo writes a content to w and compares the bytes that it wrote with the
// digest. One that is damaged is removed and is a [DigestError]; w has got it.
func (s *Store) CopyTo(ctx context.Context, w io.Writer, b Blob) error {
	f, err := s.Open(b.Digest)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := CopyHashed(w, ContextReader(ctx, f), h)
	if err != nil {
		return fmt.Errorf("reading from the store: %w", err)
	}
	if got := sumOf(h); got != b.Digest || n != b.Size {
		return errors.Join(s.damage(b.Digest, got), s.drop(b.Digest))
	}
	return nil
}
