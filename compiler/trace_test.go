package compiler_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
)

// repo is a repository of six bentos in three CUE modules: a policy that three of them
// are under, a package that is kept under cue.mod, steps that share a Go package, files
// that are embedded by name and by glob, data files.
func repo() map[string]string {
	files := map[string]string{
		"README.md":                           "a repository\n",
		"cue.mod/module.cue":                  "module: \"example.com/all@v0\"\nlanguage: version: \"v0.15.0\"\n",
		"cue.mod/pkg/example.org/names/n.cue": "package names\n\n#Name: =~\"^[a-z]+$\"\n",
		"policy/policy.cue":                   "package policy\n\nimport (\n\t\"bentoc.dev/schema@v0\"\n\t\"example.org/names\"\n)\n\n#Bento: schema.#Bento & {name: names.#Name, description: string | *\"under the policy\"}\n",
		"common/common.cue":                   "package common\n\n#Text: string\n",
		"go.mod":                              "module example.com/all\n\ngo 1.26\n",
		"internal/shared/shared.go":           "package shared\n\n// Text is shared.\nconst Text = \"shared\"\n",
		"internal/other/other.go":             "package other\n",
		"nested/cue.mod/module.cue":           "module: \"example.com/nested@v0\"\nlanguage: version: \"v0.15.0\"\n",
		"nested/go.mod":                       "module example.com/nested\n\ngo 1.26\n",
	}
	bento := func(dir, imports, under, extra, step string) {
		name := path.Base(dir)
		files[dir+"/bento.cue"] = fmt.Sprintf("package %s\n\nimport (\n%s)\n\nbento: %s & {\n\tname: %q\n%s\trunners: a: {engine: go: {package: \"./steps\", func: \"A\"}, #input: {x: string}, #output: {y: string}}\n\tservices: m: endpoints: a: runner: runners.a\n}\n", name, imports, under, name, extra)
		files[dir+"/steps/steps.go"] = step
	}
	step := func(module, imports, text string) string {
		return "package steps\n\nimport (\n\t\"context\"\n\n" + imports + "\t\"" + module + "/bentogen\"\n)\n\nfunc A(context.Context, bentogen.AInput) (out bentogen.AOutput, err error) {\n\tout.Y = " + text + "\n\treturn out, nil\n}\n"
	}
	schema, policy := "\t\"bentoc.dev/schema@v0\"\n", "\t\"example.com/all/policy\"\n"
	shared := "\t\"example.com/all/internal/shared\"\n"
	bento("a", policy, "policy.#Bento", "", step("example.com/all/a", shared, "shared.Text"))
	bento("b", policy, "policy.#Bento", "\tfiles: \"/data\": path: \"data\"\n", step("example.com/all/b", "", `"b"`))
	bento("deep/c", policy, "policy.#Bento", "", step("example.com/all/deep/c", "\t_ \"embed\"\n", "text")+"\n//go:embed words.txt\nvar text string\n")
	files["deep/c/steps/words.txt"] = "words\n"
	bento("d", schema, "schema.#Bento", "\tdescription: _all[\"d/texts/one.txt\"]\n", step("example.com/all/d", "", `"d"`))
	files["d/embed.cue"] = "@extern(embed)\n\npackage d\n\n_all: _ @embed(glob=texts/*.txt,type=text)\n"
	files["d/bento.cue"] = strings.Replace(files["d/bento.cue"], `_all["d/texts/one.txt"]`, `"\(len(_all))" + _all["texts/one.txt"]`, 1)
	files["d/texts/one.txt"] = "one"
	files["b/data/in/x.txt"] = "x"
	bento("nested/e", schema, "schema.#Bento", "", step("example.com/nested/e", "", `"e"`))
	bento("alone", schema, "schema.#Bento", "", step("example.com/alone", "", `"f"`))
	files["alone/cue.mod/module.cue"] = "module: \"example.com/alone@v0\"\nlanguage: version: \"v0.15.0\"\n"
	files["alone/go.mod"] = "module example.com/alone\n\ngo 1.26\n"
	return files
}

var repoBentos = []string{"a", "b", "deep/c", "d", "nested/e", "alone"}

// edit changes one file of a repository at random, and says how.
func edit(r *rand.Rand, files map[string]string) string {
	names := slices.Sorted(maps.Keys(files))
	name := names[r.IntN(len(names))]
	switch r.IntN(7) {
	case 0:
		delete(files, name)
		return "removed " + name
	case 1:
		to := path.Join(path.Dir(name), "moved"+path.Base(name))
		files[to] = files[name]
		delete(files, name)
		return "renamed " + name
	case 2: // a folder
		dir := path.Dir(name)
		for _, n := range names {
			if strings.HasPrefix(n, dir+"/") && dir != "." {
				files[dir+"x/"+strings.TrimPrefix(n, dir+"/")] = files[n]
				delete(files, n)
			}
		}
		return "renamed the folder " + dir
	case 3: // what is new, some of it matched by a glob or by a package
		news := []string{"new.cue", "new.txt", "new.go", "new_test.go", "new.md", "go.work", "go.sum", "cue.mod/module.cue", "cue.mod/local-module.cue", "bento.lock", "deeper/new.cue"}
		to := path.Join(path.Dir(name), news[r.IntN(len(news))])
		text := map[string]string{".cue": "package " + path.Base(path.Dir(name)) + "\n\n_new: 1\n", ".go": "package " + path.Base(path.Dir(name)) + "\n\nvar New = 1\n", ".work": "go 1.26\n\nuse .\n", ".lock": "bentoc-lock 1\n"}[path.Ext(to)]
		if path.Base(to) == "module.cue" {
			text = "module: \"example.com/between@v0\"\nlanguage: version: \"v0.15.0\"\n"
		}
		files[to] = text
		return "added " + to
	case 4:
		files[name] = strings.Replace(files[name], "string", "int", 1)
		return "other types in " + name
	case 5:
		files[name] = strings.ReplaceAll(files[name], `"`+path.Base(path.Dir(name))+`"`, `"renamed"`)
		return "another name in " + name
	}
	files[name] += "// more\n"
	return "added to " + name
}

func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// fingerprint is what a build of the bento at a path would be made from, or what is wrong
// with it: the judge of what has changed, which knows nothing of what was asked for.
func fingerprint(t *testing.T, root, at string) string {
	t.Helper()
	h := sha256.New()
	s := compiler.New(compiler.Options{Path: filepath.Join(root, at), Report: func(s *compiler.Session, diags diag.List) error {
		for _, d := range diags {
			fmt.Fprintln(h, d.Code, d.Severity, d.Path, d.Message)
		}
		return nil
	}})
	defer s.Close()
	err := s.Compile(t.Context())
	fmt.Fprintln(h, strings.ReplaceAll(fmt.Sprint(err), root, "ROOT"))
	if s.IR != nil {
		canonical, err := s.IR.Canonical()
		fmt.Fprintf(h, "%s %v\n", canonical, err)
		for to, f := range s.IR.Files {
			_ = filepath.WalkDir(filepath.Join(s.Root, f.Path), func(name string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					text, _ := os.ReadFile(name)
					rel, _ := filepath.Rel(s.Root, name)
					fmt.Fprintf(h, "%s %s %s\n", to, rel, text)
				}
				return nil
			})
		}
	}
	if s.Code != nil {
		for _, f := range slices.Concat(s.Code.Workspace.Files, s.Code.Workspace.Sums) {
			fmt.Fprintf(h, "%s %s\n", f.Path, f.Data)
		}
	}
	text, _ := os.ReadFile(filepath.Join(root, at, "bento.lock"))
	fmt.Fprintf(h, "%s", text)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// TestTouched edits a repository at random: every bento of which a build would be
// another one is among those that are chosen. BENTOC_EDITS says how many edits.
func TestTouched(t *testing.T) {
	t.Parallel()
	edits := 8
	if n, err := strconv.Atoi(os.Getenv("BENTOC_EDITS")); err == nil {
		edits = n
	}
	before := repo()
	old := fstest.MapFS{}
	for name, text := range before {
		old[name] = &fstest.MapFile{Data: []byte(text)}
	}
	start := t.TempDir()
	writeAll(t, start, before)
	was := map[string]string{}
	for _, b := range repoBentos {
		if err := session(t, compiler.Options{Path: filepath.Join(start, b)}).Compile(t.Context()); err != nil {
			t.Fatalf("%s is wrong from the start: %v", b, err)
		}
		was[b] = fingerprint(t, start, b)
	}
	chosen, changed := 0, 0
	for i := range edits {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		files := maps.Clone(before)
		var story []string
		for range 1 + r.IntN(2) {
			if len(files) > 0 {
				story = append(story, edit(r, files))
			}
		}
		root := t.TempDir()
		writeAll(t, root, files)
		for _, b := range repoBentos {
			s := compiler.New(compiler.Options{Path: filepath.Join(root, b)})
			why := ""
			if found, err := s.Exists(); err != nil || !found {
				s.Close()
				continue // there is nothing to build
			}
			why, err := s.Touched(t.Context(), old, root)
			s.Close()
			if err != nil {
				t.Fatalf("edit %d (%s): %s: %v", i, story, b, err)
			}
			is := fingerprint(t, root, b)
			if why != "" {
				chosen++
			}
			if is != was[b] {
				changed++
			}
			if is != was[b] && why == "" {
				t.Errorf("edit %d (%s): %s is another one and is left out", i, strings.Join(story, ", "), b)
			}
		}
		os.RemoveAll(root)
	}
	t.Logf("%d edits: %d bentos chosen, %d of them changed", edits, chosen, changed)
	if chosen > 3*changed {
		t.Errorf("%d bentos chosen for %d that changed", chosen, changed)
	}
}
