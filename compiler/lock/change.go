package lock

import (
	"fmt"
)

// Change is one difference between two locks. Old or New is nil where the lock
// got an entry or lost one.
type Change struct {
	Old, New *Entry
}

// String gives the change in one line, such as
//
//   - module github.com/x/y v1.2.3
//     ~ base debian:12 linux/amd64 sha256:aa… → sha256:bb…
func (c Change) String() string {
	switch {
	case c.Old == nil:
		return "+ " + c.New.short()
	case c.New == nil:
		return "- " + c.Old.short()
	}
	return fmt.Sprintf("~ %s %s → %s", c.New.key(), c.Old.telling(), c.New.telling())
}

// Diff gives what changed from old to new, in the order of entries. The go.mod
// files of modules are left out: they come and go with the modules.
func Diff(old, now *File) (changes []Change) {
	before := byKey(old)
	after := byKey(now)
	for _, e := range newFile(append(old.all(), now.all()...)).Entries {
		was, is := before[e.key()], after[e.key()]
		delete(before, e.key())
		delete(after, e.key())
		same := was != nil && is != nil && compareEntries(*was, *is) == 0
		if was == nil && is == nil || same || e.silent() {
			continue
		}
		changes = append(changes, Change{was, is})
	}
	return changes
}

func (f *File) all() []Entry {
	if f == nil {
		return nil
	}
	return append([]Entry{}, f.Entries...)
}

func byKey(f *File) map[string]*Entry {
	m := map[string]*Entry{}
	for _, e := range f.all() {
		m[e.key()] = &e
	}
	return m
}
