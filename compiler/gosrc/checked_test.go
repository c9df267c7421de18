package gosrc

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// universe is a library of which each module has a digest, as archives of a store have.
type universe struct {
	modules map[string]versioned // by path
	files   fstest.MapFS
}

type versioned struct {
	fsys   fstest.MapFS
	digest string
}

func (u universe) Folder(importPath string) (Folder, error) {
	if standard(importPath) {
		return Folder{FS: u.files, Dir: importPath, Digest: "std"}, nil
	}
	m, ok := u.modules[importPath]
	if !ok {
		return Folder{}, &NotHereError{What: "the module of " + importPath}
	}
	return Folder{FS: m.fsys, Dir: ".", Digest: m.digest}, nil
}

// steps is a module with one step, whose body is a line.
func steps(imports []string, body string, extra ...string) fstest.MapFS {
	var lines strings.Builder
	for _, i := range imports {
		fmt.Fprintf(&lines, "\t%q\n", i)
	}
	mod := "module example.com/app\n\ngo 1.26\n\n" + strings.Join(extra, "\n") + "\n"
	for _, i := range imports {
		if !standard(i) && !strings.Contains(mod, "require "+i+" ") {
			mod += "require " + i + " v1.0.0\n"
		}
	}
	return fstest.MapFS{
		"go.mod": {Data: []byte(mod)},
		"steps/a.go": {Data: []byte("package steps\n\nimport (\n\t\"context\"\n\t\"example.com/app/bentogen\"\n" + lines.String() +
			")\n\nfunc A(context.Context, bentogen.AInput) (bentogen.AOutput, error) {\n" + body + "\n\treturn bentogen.AOutput{}, nil\n}\n")},
	}
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

var standardLibrary = fstest.MapFS{
	"context/context.go":         file("package context\n\nimport \"golang.org/x/v\"\n\ntype Context interface{ Err() v.E }\n"),
	"vendor/golang.org/x/v/v.go": file("package v\n\ntype E = error\n"),
}

func generated() (map[string][]byte, error) {
	return map[string][]byte{"types.go": []byte("package bentogen\n\ntype (\n\tAInput struct{}\n\tAOutput struct{}\n)\n")}, nil
}

// said is what is found in a module that is checked against a library.
func said(t *testing.T, user fstest.MapFS, lib Library, platforms []string, checked *Checked) string {
	t.Helper()
	_, b := readBento(".\na ./steps A")
	b.Platforms = platforms
	m, diags, err := Load(user, ".", b, Options{Library: lib, Checked: checked, Generated: generated})
	if err != nil {
		t.Error(err)
		return ""
	}
	var s strings.Builder
	fmt.Fprintln(&s, m.Unchecked)
	for _, d := range diags {
		fmt.Fprintln(&s, d.Pos, d.Message)
	}
	return s.String()
}

// TestCheckedTogether: two bentos that differ in one thing only are told apart.
func TestCheckedTogether(t *testing.T) {
	t.Parallel()
	of := func(path, digest, text string) map[string]versioned {
		return map[string]versioned{path: {fstest.MapFS{"m.go": file(text)}, digest}}
	}
	join := func(all ...map[string]versioned) map[string]versioned {
		joined := map[string]versioned{}
		for _, m := range all {
			for k, v := range m {
				joined[k] = v
			}
		}
		return joined
	}
	const m, n, text = "example.org/m", "example.org/n", "package m\n\nimport \"example.org/n\"\n\nfunc F() n.T { return 0 }\n"
	type bento struct {
		user      fstest.MapFS
		modules   map[string]versioned
		platforms []string
	}
	amd64, arm := []string{"linux/amd64"}, []string{"linux/arm64"}
	asksInt := steps([]string{m}, "\tvar x int = m.F(); _ = x")
	replaced := steps([]string{m, n}, "\tvar x n.T = m.F(); _ = x", "require "+n+" v1.0.0\nreplace "+n+" => ./n")
	replaced["n/go.mod"], replaced["n/n.go"] = file("module "+n+"\n"), file("package n\n\ntype T = string\n")
	sized := of(m, "m1", "package m\n\nconst Size = 1\n")
	sized[m].fsys["m_arm64.go"] = file("package m\n\nfunc F() string { return \"\" }\n")
	sized[m].fsys["m_amd64.go"] = file("package m\n\nfunc F() int { return 0 }\n")
	fine, text1 := of(n, "n1", "package n\n\ntype T = int\n"), of(m, "m1", text)
	for name, c := range map[string]struct {
		bentos []bento
		wrong  []string // what each says
	}{
		"two versions of a module": {
			[]bento{{asksInt, of(m, "m1", "package m\n\nfunc F() int { return 0 }\n"), nil}, {asksInt, of(m, "m2", "package m\n\nfunc F() string { return \"\" }\n"), nil}},
			[]string{"", "cannot use m.F() (value of type string) as int"},
		},
		"two versions of what a module requires": {
			[]bento{{asksInt, join(text1, fine), nil}, {asksInt, join(text1, of(n, "n2", "package n\n\ntype T = string\n")), nil}},
			[]string{"", "as int value"},
		},
		"a module required is missing": {
			[]bento{{asksInt, join(text1, fine), nil}, {asksInt, text1, nil}, {asksInt, join(text1, fine), nil}},
			[]string{"", "the module of example.org/n is not in the state folder", ""},
		},
		"a module required has no such package": {
			[]bento{{asksInt, join(text1, fine), nil}, {steps([]string{m}, "\tvar x int = m.G(); _ = x"), join(text1, of(n, "n3", "package n\n\nimport \"nothing\"\n")), nil}},
			[]string{"", "undefined: m.G"},
		},
		"platforms": {
			[]bento{{asksInt, sized, amd64}, {asksInt, sized, arm}},
			[]string{"", "cannot use m.F() (value of type string) as int"},
		},
		"a module required is replaced by a folder": {
			[]bento{{asksInt, join(text1, fine), nil}, {replaced, text1, nil}, {replaced, join(text1, fine), nil}},
			[]string{"", "", ""},
		},
		"the language of go.mod": {
			[]bento{{steps([]string{m}, "\tfor i := range m.N { _ = i }"), of(m, "m1", "package m\n\nconst N = 3\n"), nil}, {old(steps([]string{m}, "\tfor i := range m.N { _ = i }")), of(m, "m1", "package m\n\nconst N = 3\n"), nil}},
			[]string{"", "requires go1.22 or later"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}} {
				var checked Checked
				for _, i := range order {
					if i >= len(c.bentos) {
						continue
					}
					b := c.bentos[i]
					lib := universe{b.modules, standardLibrary}
					alone, together := said(t, b.user, lib, b.platforms, nil), said(t, b.user, lib, b.platforms, &checked)
					if alone != together {
						t.Errorf("alone:\n%stogether:\n%s", alone, together)
					}
					if want := c.wrong[i]; !strings.Contains(together, want) || want == "" && strings.TrimSpace(together) != "" {
						t.Errorf("bento %d in the order %v says %q, want %q", i, order, together, want)
					}
				}
			}
		})
	}
}

// old is a module of Go 1.20.
func old(user fstest.MapFS) fstest.MapFS {
	user["go.mod"] = file(strings.Replace(string(user["go.mod"].Data), "go 1.26", "go 1.20", 1))
	return user
}

// TestCheckedOnce: what two bentos have in common is read and checked once, and what one has
// alone is not kept from it.
func TestCheckedOnce(t *testing.T) {
	t.Parallel()
	read := &counting{MapFS: standardLibrary, count: map[string]int{}}
	var checked Checked
	for range 3 {
		said(t, steps(nil, ""), universeOn{read}, nil, &checked)
	}
	if n := read.count["context/context.go"]; n != 1 {
		t.Errorf("a file is read %d times", n)
	}
	before := checked.current()
	if _, kept := before.types[[32]byte{}]; kept || len(before.types) != 2 {
		t.Errorf("%d packages are kept, not two", len(before.types))
	}
	before.fset.AddFile("large", -1, mostSource)
	if next := checked.current(); next == before || next != checked.current() {
		t.Error("packages are kept without a bound")
	}
}

type counting struct {
	fstest.MapFS
	mu    sync.Mutex
	count map[string]int
}

func (c *counting) Open(name string) (fs.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[name]++
	return c.MapFS.Open(name)
}

func (c *counting) ReadFile(name string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[name]++
	return c.MapFS.ReadFile(name)
}

type universeOn struct{ fs.FS }

func (u universeOn) Folder(importPath string) (Folder, error) {
	return Folder{FS: u.FS, Dir: importPath, Digest: "std"}, nil
}

// TestCheckedAtOnce makes modules in several versions that import each other in many ways,
// some of them cycles, some of them missing, and bentos that lock some of them, and
// wants of all, checked at once with packages in common, what each says alone.
func TestCheckedAtOnce(t *testing.T) {
	t.Parallel()
	const modules, versions, bentos = 9, 3, 60
	r := rand.New(rand.NewPCG(7, 7))
	path := func(i int) string { return fmt.Sprintf("example.org/m%d", i) }
	var all [modules][versions]versioned
	for i := range modules {
		for v := range versions {
			var imports, uses string
			for j := range modules {
				if j != i && (j < i && r.IntN(3) == 0 || r.IntN(40) == 0) {
					imports += fmt.Sprintf("import %q\n", path(j))
					uses += fmt.Sprintf("\nfunc F%d() m%d.T { panic(0) }\n", j, j)
				}
			}
			kind := []string{"int", "string", "struct{}", "[]int"}[r.IntN(4)]
			all[i][v] = versioned{fstest.MapFS{"m.go": file(fmt.Sprintf("package m%d\n\n%s\ntype T %s\n\ntype A = %s\n%s", i, imports, kind, kind, uses))}, fmt.Sprint(i, "@", v)}
		}
	}
	var users []fstest.MapFS
	var libs []universe
	for range bentos {
		u := universe{map[string]versioned{}, standardLibrary}
		var imports []string
		body := ""
		for i := range modules {
			if r.IntN(30) > 0 {
				u.modules[path(i)] = all[i][r.IntN(versions)]
			}
			if r.IntN(3) == 0 {
				imports = append(imports, path(i))
				body += fmt.Sprintf("\tvar a%d m%d.A; var b%d int = a%d; _ = b%d\n", i, i, i, i, i)
				for j := range modules {
					if slices.Contains(imports, path(j)) && r.IntN(2) == 0 {
						body += fmt.Sprintf("\tvar c%d_%d m%d.T = m%d.F%d(); _ = c%d_%d\n", i, j, j, i, j, i, j)
					}
				}
			}
		}
		users, libs = append(users, steps(imports, body)), append(libs, u)
	}
	var checked Checked
	var wg sync.WaitGroup
	for i := range users {
		wg.Go(func() {
			for range 2 {
				if alone, together := said(t, users[i], libs[i], nil, nil), said(t, users[i], libs[i], nil, &checked); alone != together {
					t.Errorf("alone:\n%stogether:\n%s", alone, together)
				}
			}
		})
	}
	wg.Wait()
}
