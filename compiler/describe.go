package compiler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/revision"
)

// Describe loads and checks the bento for being compared with another, and gives what is
// known of it. The Go sources of its steps stay unread. Models that the lock does not know
// leave the types unknown that they have part in; models of the module that are not those
// of the lock are mistakes. The client is for looking up digests; nil stands for one that has
// nothing. CUE modules that are locked are fetched: those of another revision are often not
// here, and no other command brings them.
func (s *Session) Describe(ctx context.Context, client *fetch.Client) (diff.Side, error) {
	if err := s.open(); err != nil {
		return diff.Side{}, err
	}
	name := s.keptName()
	if name != "" {
		if k := recall(name); k != nil {
			s.IR, s.foreign = k.IR, k.Foreign
			return diff.Side{Bento: k.IR, Facts: k.Facts}, nil
		}
	}
	side, err := s.describe(ctx, client)
	if err == nil && name != "" {
		_ = keep(name, kept{s.IR, side.Facts, s.foreign}) // else it is found out again
	}
	return side, err
}

func (s *Session) describe(ctx context.Context, client *fetch.Client) (diff.Side, error) {
	s.bring(client, reachLocked, nil)
	diags, err := s.load(ctx, request{pending: true, noSteps: true})
	if err != nil {
		return diff.Side{}, err
	}
	for _, m := range s.loaded.Modules {
		s.foreign = append(s.foreign, m.String()+"/")
	}
	if s.IR != nil && !diags.HasErrors() {
		changed, err := s.otherModels(ctx, client)
		if err != nil {
			return diff.Side{}, err
		}
		diags = append(diags, changed...)
	}
	if diags.HasErrors() { // warnings are for who works at the bento, not for who compares it
		if err := s.report(diags); err != nil {
			return diff.Side{}, err
		}
	}
	if s.IR == nil {
		return diff.Side{}, ErrMistakes
	}
	return diff.Side{Bento: s.IR, Facts: facts(s.locked, s.IR)}, nil
}

// Exists reports whether there is a bento.cue where the session looks for one.
func (s *Session) Exists() (bool, error) {
	err := s.open()
	if err == nil {
		_, err = fs.Stat(s.place.module, joinName(s.Dir, s.place.file))
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("looking for the bento: %w", err)
	}
	return true, nil
}

func joinName(dir, file string) string {
	if dir == "." {
		return file
	}
	return dir + "/" + file
}

// facts are what a lock says of a bento; none where there is no lock.
func facts(f *lock.File, b *ir.Bento) diff.Facts {
	if f == nil {
		return diff.Facts{}
	}
	return diff.Facts{Known: true, Versions: f.Versions(), Bases: f.Bases(), Digests: f.ModelDigests(b.Models), Sizes: f.ModelSizes(b.Models)}
}

// otherModels says which models of the module are not those of the lock: what the lock says
// of their types holds no more. A pointer of Git LFS stands for the file that it names.
func (s *Session) otherModels(ctx context.Context, client *fetch.Client) (diags diag.List, err error) {
	if s.locked == nil || s.options.Lock != nil {
		return nil, nil
	}
	onDisk := map[string]*ir.Model{}
	used := s.IR.UsedModels()
	for _, name := range slices.Sorted(maps.Keys(used)) {
		m := used[name]
		if !model.SourceOf(m).Local() {
			continue
		}
		for _, file := range s.locked.ModelFiles(name, m) {
			at := model.Name(model.SourceOf(m), file)
			switch digest, err := s.digestInTree(at); {
			case err != nil:
				return nil, fmt.Errorf("reading the model %s: %w", name, err)
			case digest == "": // there are faster ways on disk, and more to say
				onDisk[name] = m
			case digest != file.Digest:
				diags.Errorf(diag.LockStale, m.Pos, "bento.models."+name, "%s is not the file that is locked", at).
					Hintf("run bentoc lock there, and look at what it changes")
			}
		}
	}
	if s.Root == "" {
		return diags, nil
	}
	more, err := lock.CheckFiles(ctx, client, s.locked, onDisk, s.Root)
	return append(diags, more...), err
}

// digestInTree gives the digest of a model's file where the module lies in no folder on disk, or
// where Git LFS keeps it; else "".
func (s *Session) digestInTree(name string) (string, error) {
	f, err := s.place.module.Open(name)
	if err != nil {
		if s.Root != "" || errors.Is(err, fs.ErrNotExist) { // as a diagnostic
			return "", nil
		}
		return "", err
	}
	defer f.Close()
	if s.Root != "" {
		head := make([]byte, revision.MaxPointer)
		n, err := io.ReadFull(f, head)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", nil
		}
		if p, ok := revision.ParsePointer(head[:n]); ok {
			return "sha256:" + p.SHA256, nil
		}
		return "", nil
	}
	digest, err := digestOf(f)
	var pointer *revision.PointerError
	if errors.As(err, &pointer) {
		return "sha256:" + pointer.SHA256, nil
	}
	return digest, err
}

func digestOf(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}
