package compiler

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/need"
)

// LockMode says what [Session.Lock] may do.
type LockMode int

// The modes of locking.
const (
	// LockAnew resolves all that is needed; what is locked stays unless it is to be
	// updated.
	LockAnew LockMode = iota
	// LockStale does so only where the lock lacks something.
	LockStale
	// LockFrozen resolves nothing: what the lock lacks is a mistake.
	LockFrozen
)

// LockOptions say how to lock.
type LockOptions struct {
	Mode LockMode
	// Update names the entries to choose anew, such as debian:12. UpdateAll is for
	// all of them.
	Update    []string
	UpdateAll bool
	// Early takes steps and data files that are still to be written for no mistake.
	Early bool
	// Serve, where it is set, is what [Session.Serve] will be asked for: a service that the
	// bento does not have is told before anything is looked for, and changes no lock.
	Serve *string
}

// Locked is what [Session.Lock] resolved.
type Locked struct {
	// Changes are the differences to the lock on disk.
	Changes []lock.Change
	// BatchAxes say, a line a model, which axis counts its items where that is not
	// declared.
	BatchAxes []string
	// Data is the text of the lock file. Nothing is written.
	Data []byte
}

// Lock compiles the bento and brings the lock up to date, as the mode asks. The
// result is nil where the lock stays as it is on disk.
func (s *Session) Lock(ctx context.Context, client *fetch.Client, o LockOptions) (*Locked, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	if err := s.needDisk("locking"); err != nil {
		return nil, err
	}
	if o.Mode == LockFrozen {
		s.bring(client, reachLocked, nil)
		return nil, s.frozen(ctx, client)
	}
	s.bring(client, reachAll, o.Update)
	if err := s.compileLocked(ctx, client, o); err != nil {
		return nil, err
	}
	if o.Mode == LockStale {
		stale, err := s.lacks()
		switch {
		case err != nil:
			return nil, err
		case !stale.HasErrors() && !s.lockChanged():
			return nil, nil
		case slices.ContainsFunc(stale, func(d diag.Diagnostic) bool { return d.Code == diag.LockMismatch }):
			return nil, s.report(stale) // resolving does not mend it
		}
	}
	return s.resolve(ctx, client, o)
}

// frozen compiles the bento with the lock as it is.
func (s *Session) frozen(ctx context.Context, client *fetch.Client) error {
	if err := s.Compile(ctx); err != nil {
		return err
	}
	stale, err := s.lacks()
	if err != nil {
		return err
	}
	if stale.HasErrors() {
		return s.report(stale)
	}
	// Models that nothing serves are not in the image.
	changed, err := lock.CheckFiles(ctx, client, s.locked, s.IR.Served().UsedModels(), s.Root)
	if err != nil || !changed.HasErrors() {
		return err
	}
	return s.report(changed)
}

// CheckLock compares the lock, and the models that lie in the module, with what the
// compiled bento needs.
func (s *Session) CheckLock(ctx context.Context, client *fetch.Client) error {
	diags, err := s.lacks()
	if err != nil {
		return err
	}
	changed, err := s.changedModels(ctx, client)
	if err != nil {
		return err
	}
	return s.report(append(diags, changed...))
}

// compileLocked compiles a bento whose models may have to be locked first: what they
// take and give back is known from the lock.
func (s *Session) compileLocked(ctx context.Context, client *fetch.Client, o LockOptions) error {
	r := request{pending: true, mend: o.Mode == LockAnew}
	diags, err := s.load(ctx, r)
	if err != nil {
		return err
	}
	diags = o.notYet(diags)
	if o.Serve != nil && s.IR != nil && !diags.HasErrors() {
		if _, err := s.serviceOf(*o.Serve); err != nil {
			return err
		}
	}
	if s.canLockModels(diags) {
		f, err := s.resolveModels(ctx, client, o)
		if err != nil {
			return s.explain(err)
		}
		if s.locked == nil || !bytes.Equal(f.Bytes(), s.locked.Bytes()) {
			r.pending, r.lock = false, f
			if diags, err = s.load(ctx, r); err != nil {
				return err
			}
			diags = o.notYet(diags)
		}
	}
	return s.compile(diags)
}

// canLockModels reports whether models are locked although diags have been found.
// Nobody is asked for what wrong sources need.
func (s *Session) canLockModels(diags diag.List) bool {
	return s.IR != nil && s.HasModels() && !s.unread &&
		(!diags.HasErrors() || s.hasOwnModelsOnly())
}

// notYet takes what is still to be written for no mistake where o says so: a lock
// needs neither steps nor data files.
func (o LockOptions) notYet(diags diag.List) diag.List {
	for i, d := range diags {
		if o.Early && (d.Code == diag.MissingStep || d.Code == diag.StepSignature || d.Code == diag.MissingFile && strings.HasPrefix(d.Path, "bento.files.")) {
			diags[i].Severity = diag.Warning
		}
	}
	return diags
}

// needs is what the compiled bento needs from outside.
func (s *Session) needs() (need.Needs, error) {
	n, err := need.Of(s.IR, s.Code.Workspace.Needs())
	n.Items = append(n.Items, s.cueNeeds()...)
	return n, err
}

// lacks compares the lock with what the compiled bento needs.
func (s *Session) lacks() (diag.List, error) {
	n, err := s.needs()
	return lock.Check(s.LockName(), s.locked, n), err
}

// resolveModels brings what the lock says about the models up to date.
func (s *Session) resolveModels(ctx context.Context, client *fetch.Client, o LockOptions) (*lock.File, error) {
	n, err := need.Of(s.IR, nil)
	if err != nil {
		return nil, err
	}
	f, err := lock.ResolveModels(ctx, lock.Request{
		Fetch: client, Old: s.locked, Name: s.LockName(), Needs: n, ModuleDir: s.Root, Update: o.Update, UpdateAll: o.UpdateAll,
	})
	return f, s.locked.Explain(s.LockName(), err)
}

// resolve resolves what the compiled bento needs.
func (s *Session) resolve(ctx context.Context, client *fetch.Client, o LockOptions) (*Locked, error) {
	n, err := s.needs()
	if err != nil {
		return nil, err
	}
	f, _, err := lock.Resolve(ctx, lock.Request{
		Fetch: client, Old: s.locked, Name: s.LockName(), Needs: n, ModuleDir: s.Root, Update: o.Update, UpdateAll: o.UpdateAll,
	})
	if err != nil {
		return nil, s.explain(s.locked.Explain(s.LockName(), err))
	}
	s.locked = f
	return &Locked{Changes: lock.Diff(s.onDisk, f), BatchAxes: s.batchAxes(), Data: f.Bytes()}, nil
}

// lockChanged reports whether the lock differs from the file on disk.
func (s *Session) lockChanged() bool {
	if s.locked == nil || s.onDisk == nil {
		return s.locked != s.onDisk
	}
	return !bytes.Equal(s.locked.Bytes(), s.onDisk.Bytes())
}
