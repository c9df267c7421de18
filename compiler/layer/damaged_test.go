package layer_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/layer"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/store"
)

// faults are what can befall a file of the store. Size and modification time stay
// where they can.
func faults(r *rand.Rand) map[string]func(name string, data []byte) error {
	return map[string]func(string, []byte) error{
		"a flipped bit": func(name string, data []byte) error {
			data = slices.Clone(data)
			data[r.IntN(len(data))] ^= 1 << r.IntN(8)
			return os.WriteFile(name, data, 0o644)
		},
		"zeros": func(name string, data []byte) error {
			return os.WriteFile(name, make([]byte, len(data)), 0o644)
		},
		"cut short": func(name string, data []byte) error {
			return os.Truncate(name, int64(r.IntN(len(data))))
		},
		"emptied": func(name string, _ []byte) error { return os.Truncate(name, 0) },
		"a folder": func(name string, _ []byte) error {
			return errors.Join(os.Remove(name), os.MkdirAll(filepath.Join(name, "sub"), 0o755))
		},
		"not readable": func(name string, _ []byte) error { return os.Chmod(name, 0) },
		"gone":         func(name string, _ []byte) error { return os.Remove(name) },
	}
}

// wholeRequest is a request that has every kind of thing in the store: toolchain,
// modules, source, a base image, files, models, Debian packages, wheels.
func wholeRequest(t *testing.T) layer.Request {
	t.Helper()
	root := writeModule(t)
	r := newRequest(t, root, newProxy(t))
	r.Bento.Files = map[string]*ir.File{"/opt/data": {Path: "data"}}
	withModels(t, &r, map[string]*ir.Model{"m": {Source: ir.Source{Path: "single.bin"}}})
	r.Bento.Platforms = []string{"linux/amd64"}
	putOnBase(t, &r)
	return r
}

// TestDamagedStore harms every file of a store, one at a time: the
// layers that are packed then are the ones from before, and they are whole.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 0))
	r := wholeRequest(t)
	want, err := layer.All(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Fetch.Store
	var told []string
	s.OnDamage = func(err error) { told = append(told, err.Error()) }
	harm := func(name, fault string, do func(string, []byte) error) {
		data, err := os.ReadFile(name)
		fi, statErr := os.Stat(name)
		if err := errors.Join(err, statErr, os.Chmod(name, 0o644), do(name, data)); err != nil {
			t.Fatal(err)
		}
		_ = os.Chtimes(name, fi.ModTime(), fi.ModTime())
		got, err := layer.All(t.Context(), r)
		if err != nil || !slices.Equal(got.Inputs, want.Inputs) {
			t.Fatalf("%s, %s: %v", strings.TrimPrefix(name, s.Dir()), fault, err)
		}
		for _, in := range got.Inputs {
			if err := errors.Join(s.Check(t.Context(), in.Manifest), s.Check(t.Context(), in.Layer)); err != nil {
				t.Fatalf("%s, %s: %s: %v", strings.TrimPrefix(name, s.Dir()), fault, in.ID, err)
			}
		}
		// What was harmed and is not needed again was not brought again.
		if err := errors.Join(os.RemoveAll(name), os.WriteFile(name, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	blobs, memos := storeFiles(t, s)
	all := faults(random)
	names := slices.Sorted(maps.Keys(all))
	for _, name := range blobs {
		for _, fault := range []string{"a flipped bit", names[random.IntN(len(names))]} {
			harm(name, fault, all[fault])
		}
	}
	for _, name := range memos {
		harm(name, "a flipped bit", all["a flipped bit"])
	}
	if len(told) == 0 {
		t.Error("nobody was told")
	}
	for _, text := range told {
		if strings.Contains(text, "layer of  in the store") {
			t.Errorf("%s: which layer?", text)
		}
	}
}

// storeFiles gives what is kept in a store. The stand-ins of wheels are left out:
// nothing can bring them again.
func storeFiles(t *testing.T, s *store.Store) (blobs, memos []string) {
	t.Helper()
	var forged []string
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		w, err := pin.ONNXRuntime(platform)
		if err != nil {
			t.Fatal(err)
		}
		forged = append(forged, s.Path(w.SHA256))
	}
	blobs, err := filepath.Glob(filepath.Join(s.Dir(), "blobs/sha256/*"))
	if err != nil {
		t.Fatal(err)
	}
	if memos, err = filepath.Glob(filepath.Join(s.Dir(), "memo/*/*")); err != nil {
		t.Fatal(err)
	}
	blobs = slices.DeleteFunc(blobs, func(name string) bool { return slices.Contains(forged, name) })
	memos = slices.DeleteFunc(memos, func(name string) bool {
		data, err := os.ReadFile(name)
		return err != nil || slices.ContainsFunc(forged, func(f string) bool { return strings.Contains(string(data), filepath.Base(f)) })
	})
	return blobs, memos
}

// TestDamagedWithoutSource wants what cannot be brought again to be refused by
// name.
func TestDamagedWithoutSource(t *testing.T) {
	t.Parallel()
	r := newRequest(t, writeModule(t), newProxy(t))
	if _, err := layer.All(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	blobs, _ := storeFiles(t, r.Fetch.Store)
	for _, name := range blobs {
		data, err := os.ReadFile(name)
		if err := errors.Join(err, os.Chmod(name, 0o644)); err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 1
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r.Fetch.Env = append(r.Fetch.Env, "GOPROXY=off")
	_, err := layer.All(t.Context(), r)
	var missing *fetch.MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "golang.org/toolchain@") {
		t.Errorf("got %v", err)
	}
}
