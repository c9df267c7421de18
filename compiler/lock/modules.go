package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/plan/workspace"
)

// SourceError is what the go command finds wrong in the user's own files while
// it chooses modules, such as an import that go.mod does not provide.
type SourceError struct {
	Diags diag.List
}

// Error gives the first mistake.
func (e *SourceError) Error() string {
	return fmt.Sprintf("%s: %s", e.Diags[0].Pos, e.Diags[0].Message)
}

// resolveModules finds the modules that compiling a workspace needs. It runs the
// locked go command twice on this machine: first with the go.sum files of the
// user and the runtime and with the user's settings, so that everything is
// downloaded and checked; then without both, to learn which sums a build asks
// for, no more and no less.
func resolveModules(ctx context.Context, c *fetch.Client, w *workspace.Workspace) ([]fetch.ModuleSum, error) {
	g, err := c.Go(ctx)
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
	if err := list(ctx, g, dir); err != nil {
		return nil, explain(err, w)
	}
	for _, f := range append(w.Sums, workspace.File{Path: "go.work.sum"}) {
		if err := os.Remove(filepath.Join(dir, f.Path)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	if err := list(ctx, g, dir, "GOPROXY=off", "GOSUMDB=off"); err != nil {
		return nil, explain(err, w)
	}
	sums, err := readSums(filepath.Join(dir, "go.work.sum"))
	if err != nil {
		return nil, err
	}
	// Into the store, each compared with its sum once more.
	if _, err := c.Modules(ctx, sums); err != nil {
		return nil, err
	}
	return sums, nil
}

func write(dir string, files []workspace.File) error {
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
func list(ctx context.Context, g *fetch.Go, dir string, env ...string) error {
	for _, p := range buildPlatforms {
		goos, goarch, _ := strings.Cut(p, "/")
		settings := append([]string{"GOWORK=" + filepath.Join(dir, "go.work"), "GOFLAGS=-mod=readonly", "GOOS=" + goos, "GOARCH=" + goarch}, env...)
		if _, err := g.Run(ctx, dir, settings, "list", "-deps", "./"+workspace.ServerDir); err != nil {
			return err
		}
	}
	return nil
}

// readSums reads what the go command wrote into go.work.sum. A workspace that
// needs no modules has none.
func readSums(path string) (sums []fetch.ModuleSum, err error) {
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
		sums = append(sums, fetch.ModuleSum{Path: f[0], Version: f[1], Sum: f[2]})
	}
	return sums, nil
}

// goMessage is how the go command speaks about a place in a file.
var goMessage = regexp.MustCompile(`^(\S+\.go|\S*go\.mod):(\d+)(?::(\d+))?: (.*)$`)

// explain turns what the go command says into an error for people: a
// [SourceError] for the user's own files, a [fetch.MissingError] for a module
// that was not to be had.
func explain(err error, w *workspace.Workspace) error {
	var failed *fetch.GoError
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Module != "" {
		return &fetch.MissingError{
			What:  "the module " + failed.Module,
			Cause: failed,
			Cure:  fetch.ModuleCure(failed.Module),
		}
	}
	var diags diag.List
	lines := strings.Split(failed.Output, "\n")
	for i, line := range lines {
		m := goMessage.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		path, ours := strings.CutPrefix(filepath.ToSlash(m[1]), workspace.UserDir+"/")
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
		return &SourceError{Diags: slices.Clip(diags)}
	}
	return err
}
