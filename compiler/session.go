// Package compiler takes a bento.cue to what a builder runs: a [Session] loads it,
// locks what comes from outside, binds what the lock says about models, generates
// the server, packs its layers and plans the build. The packages below it are one
// phase each; what goes from one to the next is plain data that can be printed
// (package ir, package plan, [gen.Output]). The order of the phases is known here
// alone.
//
// What a user can mend is reported as diagnostics, what they cannot is an error.
package compiler

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"time"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/platform"
)

// Options say what to compile.
type Options struct {
	// Path is a bento.cue, its folder, or "" for the current folder.
	Path string
	// FS, if set, is what Path lies in, slash-separated: a tree of a version control
	// system, an archive. Such a bento can be looked at; to be locked and built it has
	// to lie in a folder on disk, and so have the files of models to be compared with
	// the lock.
	FS fs.FS
	// Lock, if set, is read in place of the bento.lock beside bento.cue.
	Lock *LockText
	// Keep, if set, is where [Session.Describe] keeps what it has found in a tree.
	Keep *Keeping
	// Tags are CUE's injected values, key or key=value.
	Tags []string
	// TimeLimit bounds the evaluation of CUE; 0 means no limit.
	TimeLimit time.Duration
	// Platforms, if set, are what images are built for in place of all of the
	// bento's own. An image does not change with the others beside it.
	Platforms []string
	// Store opens what CUE modules are looked up in, once one is needed that no method
	// was given a client for. Nil, or a nil client, is for one that has nothing.
	Store func() (*fetch.Client, error)
	// Report is told what is found wrong in the user's sources, phase by phase,
	// warnings among it; where it fails, the session's method does. Nil is nobody.
	Report func(*Session, diag.List) error

	load loader // nil for load.Bento; tests count
}

// LockText is a lock that lies elsewhere: its text, and how diagnostics call it.
type LockText struct {
	Name string
	Data []byte
}

type loader func(context.Context, fs.FS, load.Options) (*load.Result, diag.List, error)

func (o Options) loader() loader {
	if o.load != nil {
		return o.load
	}
	return load.Bento
}

// TagError is a tag of [Options] that the bento does not take.
type TagError = load.TagError

// ErrMistakes says that the user's sources are wrong and that [Options.Report] has
// been told what is.
var ErrMistakes = errors.New("mistakes in the sources")

// Platforms are what images can be built for.
func Platforms() []string { return platform.Names() }

// Session is one bento on its way from CUE to a plan: what one command does with
// it. A method runs the phases that it needs and that have not run; the fields have
// what came of them. It is not safe for concurrent use.
type Session struct {
	// IR is the bento, checked; nil where the sources could not be evaluated.
	IR *ir.Bento
	// Platforms are what images are built for, sorted: the IR's or some of them.
	Platforms []string
	// Root is the folder of the CUE module on disk, "" where it lies in none; Dir is
	// the slash-separated folder of bento.cue below the module's root.
	Root, Dir string
	// Source gives the text of a source file by the name that positions have.
	Source func(file string) []byte
	// Files has the digest of every source file that was read.
	Files map[string]string
	// Steps is the user's Go module; nil when the bento has no Go steps.
	Steps *gosrc.Module
	// Code is what the server is compiled from; nil before it is generated.
	Code *Code

	options Options
	service string // that images serve; "" for all of them
	place   place
	foreign []string     // what names of files of CUE modules begin with, once described
	loaded  *load.Result // what the CUE says, evaluated once
	found   diag.List    // what was found wrong in it
	cue     cueModules
	onDisk  *lock.File // the lock as it was read; nil where there is none
	unread  bool       // there is a lock that cannot be read
	locked  *lock.File // the lock as it was resolved since
}

// New begins a session. Nothing is read yet. The caller closes it.
func New(o Options) *Session {
	return &Session{options: o, Source: func(string) []byte { return nil }}
}

// Close ends the session.
func (s *Session) Close() error {
	err := s.cue.close()
	if s.place.close != nil {
		err = errors.Join(err, s.place.close())
	}
	return err
}

// open finds the bento, once.
func (s *Session) open() (err error) {
	if s.place.module != nil {
		return nil
	}
	if s.place, err = s.options.place(); err == nil {
		s.Root, s.Dir = s.place.root, s.place.dir
	}
	return err
}

// needDisk is an error for a bento that lies in no folder on disk.
func (s *Session) needDisk(what string) error {
	if s.Root == "" {
		return fmt.Errorf("%s %s: it does not lie in a folder on disk", what, s.options.Path)
	}
	return nil
}

// Folder is the folder of bento.cue on disk.
func (s *Session) Folder() string { return filepath.Join(s.Root, filepath.FromSlash(s.Dir)) }

// LockFile is the path of the lock file on disk.
func (s *Session) LockFile() string { return filepath.Join(s.Folder(), lock.FileName) }

// LockName is how diagnostics call the lock.
func (s *Session) LockName() string {
	if s.options.Lock != nil {
		return s.options.Lock.Name
	}
	return path.Join(s.Dir, lock.FileName)
}

// Load reads, evaluates and checks the bento. Models may be without a lock.
func (s *Session) Load(ctx context.Context) error {
	diags, err := s.load(ctx, request{pending: true})
	if err != nil {
		return err
	}
	return s.report(diags)
}

// LoadDeclared is Load without a look at the Go steps: what the bento declares is
// known without them.
func (s *Session) LoadDeclared(ctx context.Context) error {
	diags, err := s.load(ctx, request{pending: true, noSteps: true})
	if err != nil {
		return err
	}
	return s.report(diags)
}

// Compile generates the server from what the lock says about the models: one that
// it lacks is a mistake.
func (s *Session) Compile(ctx context.Context) error {
	diags, err := s.load(ctx, request{})
	if err != nil {
		return err
	}
	return s.compile(diags)
}

// compile generates the server of a bento about which diags have been found.
func (s *Session) compile(diags diag.List) error {
	if err := s.report(diags); err != nil {
		return err
	}
	code, diags, err := s.assemble()
	if err != nil {
		return err
	}
	s.Code = code
	return s.report(diags)
}

// report passes diagnostics on and gives [ErrMistakes] if there is an error in them.
func (s *Session) report(diags diag.List) error {
	if len(s.IR.Reported(diags)) == 0 {
		return nil
	}
	return s.tell(diags)
}

// tell is report that tells also that nothing is wrong. What the bento switches off
// is not passed on, whichever phase found it.
func (s *Session) tell(diags diag.List) error {
	diags = s.IR.Reported(diags)
	if s.loaded != nil {
		s.loaded.ShowUses(diags)
	}
	if s.options.Report != nil {
		if err := s.options.Report(s, diags); err != nil {
			return err
		}
	}
	if diags.HasErrors() {
		return ErrMistakes
	}
	return nil
}

// explain reports what a phase finds wrong in the user's own files.
func (s *Session) explain(err error) error {
	var mistakes diag.List
	if errors.As(err, &mistakes) {
		return s.report(mistakes)
	}
	return err
}
