package model

import (
	"context"
	"errors"
	"os"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/store"
)

// content is the file that every fixture has.
const content = "the bytes of a model"

// fixture is a source of which a test can ask for a file.
type fixture struct {
	model *ir.Model
	dir   string   // the root of the module, "" for none
	env   []string // of the client
	wheel pypi.Wheel
	// change puts something else in the place of the file, remove takes it away.
	change, remove func()
}

// fixtures are by arm, each in source_ARM_test.go.
var fixtures = map[string]func(t *testing.T) fixture{}

// TestSources asks each source for its file: whatever it is, the file is the one that
// is named, another is refused, and one that is in the store is not looked for.
func TestSources(t *testing.T) {
	t.Parallel()
	for arm := range sources {
		if fixtures[arm] == nil {
			t.Errorf("write source_%s_test.go, which has a fixture", arm)
			continue
		}
		t.Run(arm, func(t *testing.T) {
			t.Parallel()
			f := fixtures[arm](t)
			place := func() Place {
				s, err := store.Open(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { s.Close() })
				c := fetch.New(s)
				c.Env = f.env
				return Place{Fetch: c, Dir: f.dir, Wheel: func(_ context.Context, w Wheel) (pypi.Wheel, error) {
					if w != *SourceOf(f.model).Wheel() {
						t.Errorf("asked for %v", w)
					}
					return f.wheel, nil
				}}
			}
			s := SourceOf(f.model)
			want := File{Main: true, Size: int64(len(content)), Digest: store.DigestOf([]byte(content))}
			if p := s.Pinned(); p != "" && p != want.Digest {
				t.Errorf("pinned is %s", p)
			}
			p := place()
			at, got, err := p.Locate(t.Context(), f.model, File{Main: true})
			if err != nil || got != want {
				t.Fatalf("%+v, %v", got, err)
			}
			if text, err := os.ReadFile(at); string(text) != content {
				t.Errorf("%q, %v", text, err)
			}
			if _, got, err = place().Locate(t.Context(), f.model, want); err != nil || got != want {
				t.Errorf("as it is locked: %+v, %v", got, err)
			}
			other := want
			other.Digest = store.DigestOf([]byte("another"))
			var digest *store.DigestError
			if _, _, err := place().Locate(t.Context(), f.model, other); !errors.As(err, &digest) {
				t.Errorf("another digest: %v", err)
			}
			if _, _, err := place().Locate(t.Context(), f.model, File{Name: "weights.bin"}); err == nil {
				t.Error("weights that are not there")
			}
			f.change()
			if _, _, err := place().Locate(t.Context(), f.model, want); !errors.As(err, &digest) {
				t.Errorf("a file that changed: %v", err)
			}
			f.remove()
			if _, _, err := place().Locate(t.Context(), f.model, want); err == nil {
				t.Error("a file that is gone")
			}
			if _, got, err := p.Locate(t.Context(), f.model, want); (err != nil) != s.Local() || err == nil && got != want {
				t.Errorf("from the store: %+v, %v", got, err)
			}
			if p.Here(f.model, want) != true || place().Here(f.model, want) != s.Local() {
				t.Error("what is here is not known")
			}
		})
	}
}
