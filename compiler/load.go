package compiler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"bentoc.dev/compiler/bind"
	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/load"
	"bentoc.dev/compiler/lock"
)

// request says how a bento is looked at.
type request struct {
	pending bool       // models may be without a lock
	mend    bool       // a lock that two branches have changed is read, for locking anew
	lock    *lock.File // in place of the one beside bento.cue, if set
	noSteps bool       // the Go sources of the steps stay unread
	bodies  bool       // the bodies of steps are type-checked
	// packages are what that is done against, if they are shared with other bentos.
	packages *Packages
	client   *fetch.Client
}

// load reads, evaluates and checks the bento; what has been evaluated is bound and
// checked anew. IR is nil afterwards where the sources could not be evaluated.
func (s *Session) load(ctx context.Context, r request) (diags diag.List, err error) {
	if err := s.evaluate(ctx); err != nil {
		return nil, err
	}
	if r.lock != nil {
		s.locked, s.unread = r.lock, false
	} else if diags, err = s.readLock(r.mend); err != nil {
		return nil, err
	}
	s.Steps, s.Code = nil, nil
	found := s.bind()
	diags = append(diags, found...)
	if s.IR == nil || found.HasErrors() {
		return diags.Sorted(), nil
	}
	s.choosePlatforms(s.options.Platforms)
	r.pending = r.pending || s.unread
	found, err = s.check(r)
	if s.unread { // what the lock would have said is not missing, it cannot be read
		found = slices.DeleteFunc(found, func(d diag.Diagnostic) bool { return d.Code == diag.LockMissing })
	}
	return append(diags, found...).Sorted(), err
}

// evaluate reads and evaluates the CUE, once a session.
func (s *Session) evaluate(ctx context.Context) (err error) {
	if s.loaded != nil {
		return nil
	}
	if err := s.open(); err != nil {
		return err
	}
	s.loaded, s.found, err = s.options.loader()(ctx, s.place.module, load.Options{
		Dir: s.Dir, File: s.place.file, Called: s.options.Path, Modules: s.modules, Tags: s.options.Tags, TimeLimit: s.options.TimeLimit,
	})
	if err == nil {
		s.Source, s.Files = s.loaded.Source, s.loaded.Files
	}
	return err
}

// bind attaches what the lock says about the models, and gives what is wrong with the
// bento so far.
func (s *Session) bind() diag.List {
	s.IR = nil
	b := cmp.Or(s.loaded.IR, s.loaded.Broken)
	if b == nil {
		return slices.Clone(s.found)
	}
	bound, unfit := bind.Signatures(b, s.locked.Model)
	if s.loaded.IR == nil {
		return slices.Concat(s.found, load.Beside(unfit, s.found))
	}
	s.IR = bound
	return slices.Concat(s.found, unfit)
}

// choosePlatforms leaves the IR as it is where it has what is wanted: the IR is
// part of every image.
func (s *Session) choosePlatforms(wanted []string) {
	s.Platforms = s.IR.Platforms
	if len(wanted) == 0 {
		return
	}
	s.Platforms = slices.Compact(slices.Sorted(slices.Values(wanted)))
	for _, p := range s.Platforms {
		if !slices.Contains(s.IR.Platforms, p) {
			s.IR.Platforms = s.Platforms
			return
		}
	}
}

// check runs the checks over the IR and the user's Go sources.
func (s *Session) check(r request) (diag.List, error) {
	diags := append(check.Run(s.IR, check.Options{FS: s.place.module, SignaturesPending: r.pending}), diff.Vet(s.IR)...)
	if r.noSteps {
		return diags, nil
	}
	var how gosrc.Options
	if r.bodies && !diags.HasErrors() { // else there may be no types to write steps against
		packages := r.packages
		if packages == nil {
			packages = &Packages{}
			defer packages.Close()
		}
		how = gosrc.Options{Library: newLibrary(r.client, s.locked, packages), Checked: &packages.checked, Generated: s.typesByName}
	}
	steps, more, err := gosrc.Load(s.place.module, s.Dir, s.IR, how)
	s.Steps = steps
	return append(diags, more...), err
}

// readLock reads the lock beside bento.cue, if there is one.
func (s *Session) readLock(mend bool) (diags diag.List, err error) {
	s.locked, s.onDisk, s.unread = nil, nil, false
	name := s.LockName()
	data, err := s.lockText(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case load.Outside(&diags, name, err):
		s.unread = true
		return diags, nil
	case err != nil:
		return nil, fmt.Errorf("reading the lock: %w", err)
	}
	s.locked, diags = lock.Parse(name, data)
	if mend && diags.HasErrors() {
		s.locked, diags = lock.Mend(name, data)
	}
	s.onDisk, s.unread = s.locked, diags.HasErrors()
	return diags, nil
}

// lockText gives the text of the lock, and where it is another one its name.
func (s *Session) lockText(name string) ([]byte, error) {
	if l := s.options.Lock; l != nil {
		return l.Data, nil
	}
	return fs.ReadFile(s.place.module, name)
}

// Text gives the text of a source file that positions name: one that CUE read, or
// another of the module, such as a Go file; nil where it cannot be read.
func (s *Session) Text(name string) []byte {
	if text := s.Source(name); text != nil {
		return text
	}
	if s.place.module == nil {
		return nil
	}
	text, err := fs.ReadFile(s.place.module, name)
	if err != nil {
		return nil
	}
	return text
}

// Texts gives the texts of the files that CUE read, by the name that positions have.
func (s *Session) Texts() map[string][]byte {
	files := map[string][]byte{}
	for name := range s.Files {
		if text := s.Source(name); text != nil {
			files[name] = text
		}
	}
	return files
}
