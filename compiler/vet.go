package compiler

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/lock"
)

// VetOptions say what [Session.Vet] looks at.
type VetOptions struct {
	// NoSteps leaves the Go sources of the steps unread.
	NoSteps bool
	// Bodies has the types in the bodies of steps checked, against packages in the
	// client's store alone. Where something is missing [gosrc.Module.Unchecked]
	// says so.
	Bodies bool
	// Packages, if set, has the packages of others that are shared with other bentos.
	Packages *Packages
}

// Vet looks for all that is wrong in the sources, in the files of models and in the
// generated types on disk, and reports it at once, also where that is nothing. The client is for looking up what
// is there; nil stands for one that has nothing.
func (s *Session) Vet(ctx context.Context, client *fetch.Client, o VetOptions) error {
	s.bring(client, reachStore, nil)
	diags, err := s.load(ctx, request{pending: true, noSteps: o.NoSteps, bodies: o.Bodies, packages: o.Packages, client: client})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error && !ofSteps(d.Code) }) {
		stale, err := s.staleTypes()
		if err != nil {
			return err
		}
		diags = append(stale, diags...) // first: it may be why the steps do not fit
	}
	if s.IR != nil {
		changed, err := s.changedModels(ctx, client)
		if err != nil {
			return err
		}
		diags = append(diags, changed...)
		diags = append(diags, lock.CheckCUE(s.LockName(), s.onDisk, s.cueNeeds())...)
		if !diags.HasErrors() {
			diags = append(diags, lock.CheckFields(s.LockName(), s.onDisk, s.IR)...)
		}
	}
	return s.tell(diags)
}

// changedModels compares the models that lie in the module, on disk, with the lock.
// With a client, files that its store knows are not read again; it may be nil.
func (s *Session) changedModels(ctx context.Context, client *fetch.Client) (diag.List, error) {
	if s.Root == "" {
		return nil, nil
	}
	return lock.CheckFiles(ctx, client, s.locked, s.IR.UsedModels(), s.Root)
}

// ofSteps reports whether a mistake is one in the user's Go sources: the types that
// they are written against are known all the same.
func ofSteps(c diag.Code) bool {
	return c == diag.MissingStep || c == diag.BadStep || c == diag.StepSignature || c == diag.StepCompile
}

// staleTypes says so when the types on disk are not those of the declaration.
// The build does not mind, it generates its own; the user's editor does.
func (s *Session) staleTypes() (diags diag.List, err error) {
	if s.Steps == nil {
		return nil, nil
	}
	files, err := s.types()
	if err != nil {
		return nil, err
	}
	folder := path.Join(s.Dir, TypesFolder)
	for _, file := range files {
		have, err := fs.ReadFile(s.place.module, path.Join(folder, file.Path))
		if _, gone := fs.Stat(s.place.module, folder); errors.Is(err, fs.ErrNotExist) && gone != nil {
			diags.Warnf(diag.StaleGenerated, s.IR.Pos, "bento", "the types of the steps have not been generated yet").
				Hintf("run bentoc generate: editors need them, a build makes its own")
			break
		}
		if err != nil || !bytes.Equal(have, file.Data) {
			diags.Warnf(diag.StaleGenerated, s.IR.Pos, "bento", "the types in %s/%s are not those of the declaration", TypesFolder, file.Path).
				Hintf("run bentoc generate")
			break
		}
	}
	return diags, nil
}
