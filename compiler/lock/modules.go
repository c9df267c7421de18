package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/platform"
)

// resolveModules finds the modules that compiling a workspace needs. It runs the
// locked go command twice on this machine: first with the go.sum files of the
// user and the runtime and with the user's settings, so that everything is
// downloaded and checked; then without both, to learn which sums a build asks
// for, no more and no less.
func resolveModules(ctx context.Context, c *fetch.Client, w *need.Modules) ([]gomod.Sum, error) {
	g, err := gomod.New(c, pin.Toolchain).Go(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := c.Store.TempDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := write(dir, w.Files); err != nil {
		return nil, err
	}
	if err := write(dir, w.Sums); err != nil {
		return nil, err
	}
	if err := list(ctx, g, dir, w); err != nil {
		return nil, explain(err, w)
	}
	for _, f := range append(w.Sums, need.File{Path: "go.work.sum"}) {
		if err := os.Remove(filepath.Join(dir, f.Path)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	if err := list(ctx, g, dir, w, "GOPROXY=off", "GOSUMDB=off"); err != nil {
		return nil, explain(err, w)
	}
	sums, err := readSums(filepath.Join(dir, "go.work.sum"))
	if err != nil {
		return nil, err
	}
	// Into the store, each compared with its sum once more.
	if _, err := gomod.New(c, pin.Toolchain).Modules(ctx, sums); err != nil {
		return nil, err
	}
	return sums, nil
}

func write(dir string, files []need.File) error {
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, f.Data, 0o644)); err != nil {
			return fmt.Errorf("writing the workspace: %w", err)
		}
	}
	return nil
}

// list has the go command load the server's packages on every platform, which
// fetches what they need and writes go.work.sum.
func list(ctx context.Context, g *gomod.Go, dir string, w *need.Modules, env ...string) error {
	for _, p := range platform.Names() {
		goos, goarch, _ := strings.Cut(p, "/")
		settings := append([]string{"GOWORK=" + filepath.Join(dir, "go.work"), gomod.GoFlags + " -mod=readonly", "GOOS=" + goos, "GOARCH=" + goarch}, env...)
		args := []string{"list", "-deps", w.Package}
		if w.GPU {
			settings = append(settings, "CGO_ENABLED=1")
			args = []string{"list", "-deps", "-tags=" + platform.GPUTag, w.Package}
		}
		if _, err := g.Run(ctx, dir, settings, args...); err != nil {
			return err
		}
	}
	return nil
}

// readSums reads what the go command wrote into go.work.sum. A workspace that
// needs no modules has none.
func readSums(path string) (sums []gomod.Sum, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			return nil, fmt.Errorf("reading go.work.sum: %q", line)
		}
		sums = append(sums, gomod.Sum{Path: f[0], Version: f[1], Sum: f[2]})
	}
	return sums, nil
}

// goMessage is how the go command speaks about a place in a file.
var goMessage = regexp.MustCompile(`^(\S+\.go|\S*go\.mod):(\d+)(?::(\d+))?: (.*)$`)

// explain turns what the go command says into an error for people: a
// [diag.List] for the user's own files, a [fetch.MissingError] for a module
// that was not to be had.
func explain(err error, w *need.Modules) error {
	var failed *gomod.GoError
	if !errors.As(err, &failed) {
		return err
	}
	if err := otherSum(failed, w); err != nil {
		return err
	}
	if failed.Module != "" {
		return missing(failed, w)
	}
	var diags diag.List
	lines := strings.Split(failed.Output, "\n")
	for i, line := range lines {
		m := goMessage.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		path, ours := strings.CutPrefix(filepath.ToSlash(m[1]), w.UserDir+"/")
		if !ours {
			continue
		}
		row, _ := strconv.Atoi(m[2])
		col, _ := strconv.Atoi(m[3])
		d := diags.Errorf(diag.StepCompile, diag.Pos{File: path, Line: row, Col: max(col, 1)}, "", "%s", strings.TrimSuffix(m[4], "; to add it:"))
		if i+1 < len(lines) && strings.HasSuffix(m[4], "; to add it:") {
			d.Hintf("run %s", strings.TrimSpace(lines[i+1]))
		}
	}
	if len(diags) > 0 {
		return diags
	}
	return err
}

// goMismatch is how the go command says that a module is not what a go.sum says.
var goMismatch = regexp.MustCompile(`verifying (\S+)@(\S+): checksum mismatch\s+downloaded:\s+(h1:\S+)\s+\S+:\s+(h1:\S+)`)

// otherSum gives the mistake where a module has another checksum than the go.sum
// of the user has, at its line; nil where the go command says nothing of that.
func otherSum(failed *gomod.GoError, w *need.Modules) error {
	m := goMismatch.FindStringSubmatch(failed.Output)
	if m == nil {
		return nil
	}
	text := fmt.Sprintf("the checksum of the module %s %s differs: %%s has %s, what was downloaded has %s", m[1], m[2], m[4], m[3])
	for _, f := range w.Sums {
		name, users := strings.CutPrefix(f.Path, w.UserDir+"/")
		for i, line := range strings.Split(string(f.Data), "\n") {
			if users && strings.TrimSpace(line) == m[1]+" "+m[2]+" "+m[4] {
				var diags diag.List
				diags.Errorf(diag.LockMismatch, diag.Pos{File: name, Line: i + 1, Col: 1}, "", text, name).
					Hintf("take go.sum from version control again; if it is right, GOPROXY serves something else under that name")
				return diags
			}
		}
	}
	return &fetch.MissingError{
		What: "the module " + m[1] + "@" + m[2], Cause: fmt.Errorf(text, "go.sum"),
		Cure: "see what GOPROXY serves under that name; what was downloaded is not to be trusted",
	}
}

// missing says which module was not to be had, who asks for it, and what of the
// user's own is not used in its place.
func missing(failed *gomod.GoError, w *need.Modules) error {
	m := failed.Missing()
	path, version, _ := strings.Cut(failed.Module, "@")
	for _, f := range w.Files {
		name, users := strings.CutPrefix(f.Path, w.UserDir+"/")
		if !users || !strings.HasSuffix(name, "go.mod") {
			continue
		}
		mod, err := modfile.ParseLax(name, f.Data, nil)
		if err != nil {
			continue
		}
		for _, r := range mod.Require {
			if r.Mod.Path == path && r.Mod.Version == version {
				m.What += fmt.Sprintf(", which %s:%d requires,", name, r.Syntax.Start.Line)
				if w.Vendor != "" {
					m.Cure = w.Vendor + " is not used, since nothing says what its files should be; " + m.Cure +
						", or serve it without network: GOPROXY=file:///DIR, a copy of $(go env GOMODCACHE)/cache/download"
				}
				return m
			}
		}
	}
	return m
}
