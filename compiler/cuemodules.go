package compiler

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/cuemod"
	"bentoc.dev/compiler/load"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/store"
)

// reach says how far a session goes for a CUE module.
type reach int

// The reaches. What is in the store is asked for nowhere.
const (
	reachStore  reach = iota // no further than the store
	reachLocked              // fetches what is locked
	reachAll                 // fetches what is to be locked
)

// cueModules are the CUE modules that a session loads. CUE cannot be evaluated without
// them, so what the lock says of them is read before all else.
type cueModules struct {
	client *fetch.Client // nil for one that has nothing
	opened *fetch.Client // what Options.Store gave, to be closed
	reach  reach
	update []string

	short bool // whether one was missing that a longer reach might bring
	read  bool // whether the lock was read
	lock  *lock.File
	torn  bool // whether the lock is there and cannot be read
	blobs map[string]store.Blob
}

// bring has the session go further for CUE modules from now on.
func (s *Session) bring(client *fetch.Client, r reach, update []string) {
	c := &s.cue
	if c.short && (r > c.reach || c.client == nil && client != nil) {
		s.loaded, c.short, c.read = nil, false, false
	}
	if client != nil {
		c.client = client
	}
	c.reach, c.update = max(c.reach, r), update
}

// Fetch lets the session fetch CUE modules that are locked.
func (s *Session) Fetch(client *fetch.Client) { s.bring(client, reachLocked, nil) }

// modules gives the CUE modules to whom loads the bento.
func (s *Session) modules(ctx context.Context, m load.Module) (fs.FS, error) {
	c, name := &s.cue, cuemod.Module{Path: m.Path, Version: m.Version}
	if err := s.openModules(); err != nil {
		return nil, err
	}
	b, locked := c.lock.CUEModule(name)
	if slices.Contains(c.update, m.Path) {
		locked = false
	}
	var err error
	switch {
	case locked && c.client != nil && c.client.Store.Has(b):
	case locked && c.client != nil && c.reach >= reachLocked:
		err = cuemod.New(c.client).Fetch(ctx, name, b)
	case !locked && c.client != nil && c.reach == reachAll:
		b, err = cuemod.New(c.client).Find(ctx, name)
	default:
		c.short = true
		return nil, s.noModule(m, locked)
	}
	if mistake := c.lock.CUEMismatch(s.LockName(), name, err); mistake != nil {
		return nil, mistake
	}
	var files fs.FS
	if err == nil {
		files, err = cuemod.New(c.client).Open(name, b)
	}
	var broken *cuemod.BrokenError
	if errors.As(err, &broken) {
		var diags diag.List
		diags.Errorf(diag.CUEModule, m.Pos, "", "the module %s is not right: %v", m, broken.Unwrap()).
			Hintf("use another version of the module, or tell who publishes it")
		return nil, diags
	}
	c.blobs[m.Path] = b
	return files, err
}

// noModule says why a module is not here, and what brings it.
func (s *Session) noModule(m load.Module, locked bool) error {
	var diags diag.List
	why, cure := "is not locked", "run bentoc lock: it brings the module and writes its digest into bento.lock"
	switch {
	case locked:
		why, cure = "is locked, but is not in the state folder", "run bentoc lock: it brings the module"
	case s.cue.torn:
		why, cure = "is not here: the lock cannot be read", "mend the lock first"
	}
	diags.Errorf(diag.CUEModule, m.Pos, "", "the module %s %s", m, why).Hintf("%s", cure)
	return diags
}

// openModules reads what the lock says of CUE modules, and opens what they are kept in.
func (s *Session) openModules() error {
	c := &s.cue
	if c.read {
		return nil
	}
	if c.client == nil && s.options.Store != nil {
		var err error
		if c.opened, err = s.options.Store(); err != nil {
			return err
		}
		c.client = c.opened
	}
	c.read, c.blobs, c.lock, c.torn = true, map[string]store.Blob{}, nil, false
	data, err := s.lockText(s.LockName())
	if err != nil {
		return nil // who reads the lock says so
	}
	f, diags := lock.Parse(s.LockName(), data)
	if diags.HasErrors() && c.reach == reachAll {
		f, diags = lock.Mend(s.LockName(), data)
	}
	c.lock, c.torn = f, diags.HasErrors()
	return nil
}

func (c *cueModules) close() error {
	if c.opened == nil {
		return nil
	}
	return c.opened.Store.Close()
}

// Foreign reports whether a file that positions name is none of the user's module: one
// of the schema, or of a CUE module.
func (s *Session) Foreign(file string) bool {
	if strings.HasPrefix(file, "bentoc.dev/schema") {
		return true
	}
	if slices.ContainsFunc(s.foreign, func(module string) bool { return strings.HasPrefix(file, module) }) {
		return true
	}
	return s.loaded != nil && slices.ContainsFunc(s.loaded.Modules, func(m load.Module) bool { return strings.HasPrefix(file, m.String()+"/") })
}

// cueNeeds are the CUE modules that the bento is made from, and the packages that are
// kept under cue.mod.
func (s *Session) cueNeeds() (items []need.Item) {
	for _, m := range s.loaded.Modules {
		b := s.cue.blobs[m.Path]
		items = append(items, need.Item{Kind: need.CUEModule, Name: m.Path, Version: m.Version, Sum: b.Digest, Size: b.Size})
	}
	for _, dir := range slices.Sorted(maps.Keys(s.loaded.Kept)) {
		items = append(items, need.Item{Kind: need.CUEPackage, Name: dir, Sum: s.loaded.Kept[dir]})
	}
	return items
}
