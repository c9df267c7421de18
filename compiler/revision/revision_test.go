package revision_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/revision"
)

// repo is a repository that git itself makes, which is also who judges.
type repo struct {
	t    testing.TB
	dir  string
	skew *rand.Rand // the clocks of those who commit differ
}

func newRepo(t testing.TB) *repo {
	t.Helper()
	for _, v := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"} {
		os.Unsetenv(v)
	}
	r := &repo{t: t, dir: t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

// git runs git, at a time that each commit moves on.
func (r *repo) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	clock++
	date := fmt.Sprintf("%d +0000", 1700000000+clock)
	if r.skew != nil {
		date = fmt.Sprintf("%d +0000", 1700000000+r.skew.IntN(100))
	}
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b", "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s%s", strings.Join(args, " "), err, out, &said)
	}
	return strings.TrimSpace(string(out))
}

var clock int

func (r *repo) write(name, text string) {
	r.t.Helper()
	full := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repo) commit(name, text string) string {
	r.t.Helper()
	r.write(name, text)
	r.git("add", "-A")
	r.git("commit", "-q", "-m", text)
	return r.git("rev-parse", "HEAD")
}

func open(t testing.TB, dir string) *revision.Repository {
	t.Helper()
	r, err := revision.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestResolve holds names against git rev-parse, loose, packed, in a linked work tree and in
// a clone that shares its objects by a relative path.
func TestResolve(t *testing.T) {
	r := newRepo(t)
	for i := range 5 {
		r.commit("a", fmt.Sprint(i))
	}
	r.git("checkout", "-q", "-b", "feature/x", "HEAD~2")
	r.commit("b", "b")
	r.git("tag", "-a", "v1", "-m", "one")
	r.git("tag", "light", "HEAD~1")
	r.git("merge", "-q", "-m", "merged", "main")
	r.git("branch", "-q", "--set-upstream-to=main")
	full := r.git("rev-parse", "HEAD~1")
	names := []string{"HEAD", "@", "main", "feature/x", "heads/main", "refs/heads/main", "v1", "tags/v1", "light", "HEAD~1", "HEAD^", "HEAD^2", "HEAD^2~1^0", "HEAD~1~1", "v1^{}", "v1^{commit}~1", "@{u}", "@{upstream}~1", "main~4", full, full[:7], full[:9]}

	shared := t.TempDir()
	r.git("clone", "-q", "--shared", "--no-checkout", ".", shared)
	alternates := filepath.Join(shared, ".git/objects/info/alternates")
	rel, err := filepath.Rel(filepath.Join(shared, ".git/objects"), filepath.Join(r.dir, ".git/objects"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alternates, []byte(rel+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(t.TempDir(), "linked")
	r.git("worktree", "add", "-q", "--detach", linked, "main")
	bare := filepath.Join(t.TempDir(), "bare.git")
	r.git("clone", "-q", "--bare", ".", bare)

	check := func(dir string, names []string) {
		t.Helper()
		judge := &repo{t: t, dir: dir}
		mine := open(t, dir)
		for _, name := range names {
			c, err := mine.Resolve(name)
			if err != nil {
				t.Errorf("%s in %s: %v", name, dir, err)
				continue
			}
			if want := judge.git("rev-parse", name+"^{commit}"); c.Hash.String() != want {
				t.Errorf("%s in %s: %s, git has %s", name, dir, c.Hash, want)
			}
		}
	}
	check(r.dir, names)
	check(linked, []string{"HEAD", "main", "feature/x", full[:8]})
	check(shared, []string{"HEAD", "origin/main", "origin", full, full[:7]})
	check(bare, []string{"HEAD", "main", "v1"})
	r.git("gc", "-q", "--aggressive")
	check(r.dir, names)
	r.git("pack-refs", "--all")
	check(r.dir, names)
	check(shared, []string{"HEAD", "origin/main"})
	r.git("repack", "-q", "-a", "-d", "--write-midx")
	r.git("commit-graph", "write")
	check(r.dir, names)
	r.git("replace", "main", "main~2") // what git reads for main is another commit from now on
	check(r.dir, []string{"main^", "main~1^", "feature/x^2^"})
}

func TestResolveUnknown(t *testing.T) {
	r := newRepo(t)
	mine := open(t, r.dir)
	if _, err := mine.Resolve("HEAD"); err == nil || !strings.Contains(err.Error(), "nothing has been committed yet") {
		t.Errorf("HEAD of an empty repository: %v", err)
	}
	r.commit("a", "a")
	r.git("branch", "feature/login")
	mine = open(t, r.dir)
	for name, want := range map[string]string{
		"feature/logn":              "did you mean feature/login",
		"HEAD~1":                    "has 0 parents",
		"HEAD^2":                    "has 0 parents",
		"HEAD^{tree}":               "is no commit",
		"HEAD~x":                    "neither ~N nor ^N",
		"@{-1}":                     "logs of references",
		"HEAD@{1}":                  "logs of references",
		":/a":                       "searches",
		"main@{u}":                  "has no upstream",
		"../config":                 "no revision",
		"config":                    "no revision", // lies in .git, and is no reference
		"":                          "no revision",
		"HEAD:a":                    "no revision",
		"HEAD~99999999999999999999": "never were",
	} {
		_, err := mine.Resolve(name)
		var unknown *revision.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%s: %v", name, err)
		} else if text := err.Error() + " " + diag.HintOf(err); !strings.Contains(text, want) {
			t.Errorf("%s: %q lacks %q", name, text, want)
		}
	}
	if _, err := mine.Resolve(strings.Repeat("1", 40)); !errors.As(err, new(*revision.MissingError)) {
		t.Errorf("a hash of nothing: %v", err)
	}
}

// TestMergeBase makes random histories and asks git.
func TestMergeBase(t *testing.T) {
	for seed := range uint64(4) {
		r := newRepo(t)
		rnd := rand.New(rand.NewPCG(seed, 1))
		tree := r.git("write-tree")
		if seed%2 == 1 {
			r.skew = rnd
		}
		var all []string
		for i := range 30 {
			args := []string{"commit-tree", tree, "-m", fmt.Sprint(i)}
			for range min(i, 1+rnd.IntN(2)) {
				args = append(args, "-p", all[max(0, i-1-rnd.IntN(6))])
			}
			all = append(all, r.git(args...))
		}
		mine := open(t, r.dir)
		for range 20 {
			a, b := all[rnd.IntN(len(all))], all[rnd.IntN(len(all))]
			ca, _ := mine.Resolve(a)
			cb, _ := mine.Resolve(b)
			got, err := mine.MergeBase(ca.Hash, cb.Hash)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if want := r.git("merge-base", "--all", a, b); !strings.Contains(want, got.String()) {
				t.Errorf("seed %d, %s and %s: %s, git has %s", seed, a, b, got, want)
			}
		}
	}
}

func TestMergeBaseShallow(t *testing.T) {
	r := newRepo(t)
	for i := range 20 {
		r.commit("a", fmt.Sprint(i))
	}
	r.git("checkout", "-q", "-b", "topic", "HEAD~10")
	for i := range 3 {
		r.commit("b", fmt.Sprint(i))
	}
	clone := t.TempDir()
	r.git("clone", "-q", "--depth=3", "--no-single-branch", "file://"+r.dir, clone)
	mine := open(t, clone)
	topic, err := mine.Resolve("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	base, err := mine.RemoteBranch("main")
	if err != nil {
		t.Fatal(err)
	}
	var shallow *revision.ShallowError
	if _, err = mine.MergeBase(topic.Hash, base.Hash); !errors.As(err, &shallow) || !strings.Contains(shallow.Hint(), "--deepen=50") || shallow.Depth != 3 {
		t.Errorf("the merge base of a shallow clone: %v", err)
	}
	if _, err = mine.Resolve("HEAD~7"); !errors.As(err, &shallow) {
		t.Errorf("an ancestor that the clone lacks: %v", err)
	}
	(&repo{t: t, dir: clone}).git("fetch", "-q", "--deepen=50")
	mine = open(t, clone)
	got, err := mine.MergeBase(topic.Hash, base.Hash)
	if want := r.git("merge-base", "main", "topic"); err != nil || got.String() != want {
		t.Errorf("after deepening: %s, %v; git has %s", got, err, want)
	}
}

func TestUpstream(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "a")
	r.git("branch", "release")
	clone := t.TempDir()
	r.git("clone", "-q", ".", clone)
	c := &repo{t: t, dir: clone}
	check := func(want string) {
		t.Helper()
		up, err := open(t, clone).Upstream()
		if err != nil || up.Name != want {
			t.Errorf("upstream %q, %v; want %q", up.Name, err, want)
		}
	}
	check("origin/main")
	c.git("checkout", "-q", "-b", "topic", "--no-track")
	check("origin/HEAD")
	c.git("branch", "-q", "--set-upstream-to=origin/release")
	check("origin/release")
	c.git("push", "-q", "-u", "origin", "topic") // it follows its own copy: what it is merged into is the default branch
	check("origin/HEAD")
	c.git("checkout", "-q", "--detach")
	check("origin/HEAD")
	alone := newRepo(t)
	alone.commit("a", "a")
	alone.git("checkout", "-q", "-b", "topic")
	if up, err := open(t, alone.dir).Upstream(); err != nil || up.Name != "main" {
		t.Errorf("upstream %q, %v without remotes", up.Name, err)
	}
	alone.git("checkout", "-q", "main")
	if _, err := open(t, alone.dir).Upstream(); err == nil {
		t.Error("a repository without remotes has an upstream branch")
	}
}

func TestTree(t *testing.T) {
	r := newRepo(t)
	sub := newRepo(t)
	sub.commit("inside", "x")
	r.write("m/bento.cue", "package m")
	r.write("m/deep/er/f", "f")
	r.write("m/run.sh", "#!")
	if err := os.Chmod(filepath.Join(r.dir, "m/run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.write("m/w.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:"+strings.Repeat("a", 64)+"\nsize 12345\n")
	r.write("top", "top")
	for link, to := range map[string]string{"m/l": "deep/er/f", "m/d": "deep", "m/d2": "../m/d/er", "m/out": "../top", "m/far": "../../etc/passwd", "m/abs": "/etc/passwd", "m/loop": "loop", "m/gone": "nothing"} {
		if err := os.Symlink(to, filepath.Join(r.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	r.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", sub.dir, "m/sub")
	r.commit("x", "x")
	mine := open(t, r.dir)
	head, err := mine.Resolve("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := mine.Tree(head)
	if err != nil {
		t.Fatal(err)
	}
	m, err := tree.Folder("m")
	if err != nil {
		t.Fatal(err)
	}
	if want := r.git("rev-parse", "HEAD:m"); m.Digest() != want {
		t.Errorf("digest %s, git has %s", m.Digest(), want)
	}
	read := func(fsys fs.FS, name, want string) {
		t.Helper()
		data, err := fs.ReadFile(fsys, name)
		if string(data) != want && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %q, %v; want %q", name, data, err, want)
		}
	}
	for name, want := range map[string]string{
		"bento.cue": "package m", "l": "f", "d/er/f": "f", "d2/f": "f", "deep/er/f": "f",
		"out": "escapes", "far": "escapes", "abs": "escapes", "loop": "too many symbolic links", "gone": "not exist",
		"nothing": "not exist", "bento.cue/x": "not exist", "deep": "is a directory", "sub/inside": "sub is a submodule", "w.onnx": "Git LFS", "../top": "invalid",
	} {
		read(m, name, want)
	}
	read(tree, "m/out", "top")
	var pointer *revision.PointerError
	if _, err := m.ReadFile("w.onnx"); !errors.As(err, &pointer) || pointer.Size != 12345 || pointer.SHA256 != strings.Repeat("a", 64) {
		t.Errorf("a pointer: %+v", pointer)
	}
	if info, err := m.Stat("run.sh"); err != nil || info.Mode() != 0o755 || info.Size() != 2 {
		t.Errorf("run.sh: %v, %v", info, err)
	}
	plain, err := tree.Folder("m/deep")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(plain, "er/f"); err != nil {
		t.Error(err)
	}
}

func TestOpenErrors(t *testing.T) {
	newRepo(t) // for its environment
	var none *revision.NoRepositoryError
	if _, err := revision.Open(t.TempDir()); !errors.As(err, &none) {
		t.Errorf("no repository: %v", err)
	}
	for what, change := range map[string]func(*repo){
		"has objects of sha256": func(r *repo) {
			os.RemoveAll(filepath.Join(r.dir, ".git"))
			r.git("init", "-q", "--object-format=sha256")
		},
		"keeps its references as reftable": func(r *repo) {
			r.git("config", "core.repositoryformatversion", "1")
			text, _ := os.ReadFile(filepath.Join(r.dir, ".git/config"))
			r.write(".git/config", string(text)+"[extensions]\n\trefStorage = reftable\n")
		},
		"has grafts": func(r *repo) { r.write(".git/info/grafts", "x") },
	} {
		r := newRepo(t)
		change(r)
		if _, err := revision.Open(r.dir); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestDamaged changes an object behind git's back.
func TestDamaged(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "what was committed")
	blob := r.git("rev-parse", "HEAD:a")
	other := func() string { r.write("b", "other"); return r.git("hash-object", "-w", "b") }()
	path := func(h string) string { return filepath.Join(r.dir, ".git/objects", h[:2], h[2:]) }
	text, err := os.ReadFile(path(other))
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(path(blob), 0o644)
	if err := os.WriteFile(path(blob), text, 0o644); err != nil {
		t.Fatal(err)
	}
	mine := open(t, r.dir)
	head, _ := mine.Resolve("HEAD")
	tree, err := mine.Tree(head)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadFile(tree, "a"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged object: %v", err)
	}
	os.Remove(path(blob))
	mine = open(t, r.dir)
	tree, _ = mine.Tree(head)
	if _, err := fs.ReadFile(tree, "a"); !errors.As(err, new(*revision.MissingError)) {
		t.Errorf("a missing object: %v", err)
	}
}

// TestPartial has a clone without blobs: what is missing says what brings it.
func TestPartial(t *testing.T) {
	r := newRepo(t)
	r.git("config", "uploadpack.allowFilter", "true")
	r.commit("a", "a")
	clone := t.TempDir()
	r.git("clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+r.dir, clone)
	mine := open(t, clone)
	head, err := mine.Resolve("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := mine.Tree(head)
	if err != nil {
		t.Fatal(err)
	}
	var missing *revision.MissingError
	if _, err := tree.ReadFile("a"); !errors.As(err, &missing) || !missing.Partial || !strings.Contains(missing.Hint(), "git cat-file") {
		t.Errorf("a blob that the clone lacks: %v", err)
	}
}
