package layer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/store"
)

// TestFilesThatPassArePacked draws folders and entries of files at random: what the
// checks let pass is packed.
func TestFilesThatPassArePacked(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	var passed, refused int
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 1))
		root := t.TempDir()
		have := drawTree(t, r, root, root, 0)
		b := &ir.Bento{Name: "files", Platforms: []string{"linux/amd64"}, Files: map[string]*ir.File{}, At: map[string]ir.Pos{}}
		for range 1 + r.IntN(4) {
			to := "/" + path.Join([]string{"a", "b", "etc", "opt"}[r.IntN(4)], drawName(r), drawName(r))
			b.Files[to] = &ir.File{Path: have[r.IntN(len(have))], Pos: ir.Pos{File: "bento.cue", Line: 1 + len(b.Files), Col: 1}}
		}
		dir, err := os.OpenRoot(root)
		if err != nil {
			t.Fatal(err)
		}
		mistake := ""
		for _, d := range check.Run(b, check.Options{FS: dir.FS()}) {
			if d.Severity == diag.Error && d.Code != diag.MissingField {
				mistake = fmt.Sprintf("%s [%s]", d.Message, d.Code)
			}
		}
		p := &packer{Request: Request{Fetch: fetch.New(st), Bento: b, Root: root}, root: dir}
		switch err := p.files(t.Context()); {
		case mistake == "" && err != nil:
			t.Errorf("seed %d: %v passes and is not packed: %v", seed, b.Files, err)
		case mistake == "":
			passed++
		default:
			refused++
		}
		dir.Close()
	}
	t.Logf("%d passed and were packed, %d were refused", passed, refused)
	if passed < 20 || refused < 20 {
		t.Errorf("%d passed and %d were refused: the draw is one-sided", passed, refused)
	}
}

func drawName(r *rand.Rand) string { return []string{"", "", "x", "y", "passwd"}[r.IntN(5)] }

// drawTree makes files, folders and links below dir and gives their names below root,
// with one that is not there.
func drawTree(t *testing.T, r *rand.Rand, root, dir string, depth int) []string {
	t.Helper()
	have := []string{"nothing"}
	for _, name := range []string{"x", "y", "passwd", ".wh.x"} {
		at := filepath.Join(dir, name)
		var err error
		switch k := r.IntN(40); {
		case name == ".wh.x" && k > 2:
			continue
		case k < 10 && depth < 3:
			if err = os.Mkdir(at, 0o700); err == nil {
				have = append(have, drawTree(t, r, root, at, depth+1)...)
			}
		case k < 36:
			err = os.WriteFile(at, []byte(name), 0o600)
		case k == 38:
			err = os.Symlink([]string{"x", "passwd", "nowhere", "../../../.."}[r.IntN(4)], at)
		default:
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		have = append(have, strings.TrimPrefix(at, root+"/"))
	}
	return have
}
