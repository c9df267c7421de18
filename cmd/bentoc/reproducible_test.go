package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// variant is one way in which a second build may differ from the first.
type variant struct {
	name    string
	prepare func(t *testing.T, dir string) // after the sources were copied
	reverse bool                           // copy the files in reverse order
	umask   string
	env     []string
	other   bool // another user, which needs another state folder too
}

func variants() []variant {
	return []variant{
		{name: "folder"}, // always: each build has its own
		{name: "modification times", prepare: touchAll},
		{name: "modes", prepare: chmodAll},
		{name: "order of files", reverse: true},
		{name: "umask", umask: "077"},
		{name: "time zone", env: []string{"TZ=Pacific/Kiritimati"}},
		{name: "locale", env: []string{"LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8"}},
		{name: "processors", env: []string{"GOMAXPROCS=1"}},
		{name: "temporary folder", prepare: nil, env: []string{"TMPDIR=/var/tmp"}},
	}
}

// touchAll gives every file a time of its own, long ago or yet to come.
func touchAll(t *testing.T, dir string) {
	n := 0
	walk(t, dir, func(p string, _ fs.DirEntry) error {
		n++
		at := time.Date(1990+7*n, time.February, 1+n, n, 0, 0, 0, time.UTC)
		return os.Chtimes(p, at, at)
	})
}

// chmodAll makes every file executable and writable by all.
func chmodAll(t *testing.T, dir string) {
	walk(t, dir, func(p string, _ fs.DirEntry) error { return os.Chmod(p, 0o777) })
}

func walk(t *testing.T, dir string, do func(string, fs.DirEntry) error) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return do(p, d)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// copyExample copies an example into a new folder, file by file.
func copyExample(t *testing.T, name string, reverse bool) string {
	t.Helper()
	src, dst := filepath.Join("../../examples", name), filepath.Join(openDir(t), "a folder of "+name)
	var files []string
	walk(t, src, func(p string, d fs.DirEntry) error {
		if d.Type().IsRegular() {
			files = append(files, p)
		}
		return nil
	})
	if reverse {
		slices.Reverse(files)
	}
	for _, p := range files {
		rel, err := filepath.Rel(src, p)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dst, rel)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dst
}

// builds counts the builds of this process.
var builds atomic.Int64

// remark adds a comment at the end of every Go step, so that the server is
// compiled again: a result from the cache would prove nothing.
func remark(t *testing.T, dir string) {
	n := builds.Add(1)
	files, err := filepath.Glob(filepath.Join(dir, "steps", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no steps: %v", err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(name, fmt.Appendf(src, "\n// %d.%d\n", os.Getpid(), n), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// buildVariant builds a fresh copy of an example under v.
func buildVariant(t *testing.T, tl tool, example, state string, v variant) string {
	t.Helper()
	dir := copyExample(t, example, v.reverse)
	remark(t, dir)
	if v.prepare != nil {
		v.prepare(t, dir)
	}
	r := &invocation{dir: dir, state: state, umask: v.umask, env: v.env}
	if v.other {
		r.uid = nobody(t)
		if r.uid != 0 {
			walk(t, filepath.Dir(dir), func(p string, _ fs.DirEntry) error { return os.Chown(p, r.uid, r.uid) })
			if err := os.Chown(state, r.uid, r.uid); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tl.build(t, r)
}

// nobody is the number of a user without any rights; 0 when the tests run as an
// ordinary user, who cannot become another one.
func nobody(t *testing.T) int {
	if os.Geteuid() != 0 {
		t.Log("not root: the second build has the same user")
		return 0
	}
	return 65534
}

// TestReproducible builds twice with everything different at once: folder,
// times, modes, order of files, umask, time zone, locale, processors and temporary
// folder; with the build tag slow the user too, and a state folder that is empty, which
// compiles the standard library anew. Without the tag it builds for one platform.
func TestReproducible(t *testing.T) {
	t.Parallel()
	tl := newTool(t)
	first := buildVariant(t, tl, "hello", sharedState(t), variant{})
	all := variant{other: slow}
	for _, v := range variants() {
		all.reverse = all.reverse || v.reverse
		all.env = append(all.env, v.env...)
		all.umask += v.umask
		if before := all.prepare; v.prepare != nil {
			all.prepare = func(t *testing.T, dir string) {
				if before != nil {
					before(t, dir)
				}
				v.prepare(t, dir)
			}
		}
	}
	state := sharedState(t)
	if slow {
		state = openDir(t)
	}
	if second := buildVariant(t, tl, "hello", state, all); second != first {
		t.Errorf("the second build gave %s, the first %s; TestReproducibleOneByOne finds out why", second, first)
	}
	if !slow {
		return
	}
	// What was built as another user is served as that user.
	r := &invocation{dir: copyExample(t, "hello", false), state: state, uid: nobody(t)}
	walk(t, filepath.Dir(r.dir), func(p string, _ fs.DirEntry) error { return os.Chown(p, r.uid, r.uid) })
	tl.serveAs(t, r)
}
