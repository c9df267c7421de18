package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"bentoc.dev/buildkit/export"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/plan"
)

// judge compiles servers as the plan says, on this machine: from the packed sources
// in a new folder each time, with the Go of this machine and a compile cache that is
// the same before each, so that nothing of an earlier edit is in there.
type judge struct {
	r      *runner
	goroot string
	cache  string // what the first bento left in an empty cache
}

func (r *runner) newJudge(b *bento) (*judge, error) {
	out, err := exec.CommandContext(r.ctx, "go", "env", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return nil, err
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if version != pin.GoVersion {
		return nil, fmt.Errorf("the judge needs %s, and go is %s", pin.GoVersion, version)
	}
	j := &judge{r: r, goroot: goroot, cache: filepath.Join(r.work, "judge-cache")}
	if _, err := r.bentoc(b, "lock"); err != nil {
		return nil, err
	}
	_, err = j.compile(b, j.cache)
	return j, err
}

// check compares the servers in an image with those that the judge makes.
func (j *judge) check(b *bento, archive string) error {
	cache := filepath.Join(j.r.work, "cache")
	defer os.RemoveAll(cache)
	if err := linkAll(j.cache, cache); err != nil {
		return err
	}
	want, err := j.compile(b, cache)
	if err != nil {
		return err
	}
	a, err := export.Open(archive)
	if err != nil {
		return err
	}
	defer a.Close()
	c, err := a.Contents()
	if err != nil {
		return err
	}
	if len(c.Images) != len(want) || len(want) < 2 {
		return fmt.Errorf("%d images, %d servers", len(c.Images), len(want))
	}
	for _, img := range c.Images {
		got, err := a.ReadFile(img, "/server", 1<<30)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want[img.Platform]) {
			return fmt.Errorf("the server of %s is not what these sources give: %d bytes, not %d", img.Platform, len(got), len(want[img.Platform]))
		}
	}
	return nil
}

// compile gives the server of each platform.
func (j *judge) compile(b *bento, cache string) (map[string][]byte, error) {
	text, err := j.r.bentoc(b, "compile", "--emit=plan")
	if err != nil {
		return nil, err
	}
	var p plan.Plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(j.r.work, "judge-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for _, in := range p.Inputs {
		if in.ID == plan.InputModules || in.ID == plan.InputSource {
			layer := filepath.Join(j.r.state, "store/blobs/sha256", strings.TrimPrefix(in.Layer, "sha256:"))
			if err := unpack(layer, filepath.Join(dir, in.ID)); err != nil {
				return nil, err
			}
		}
	}
	where := strings.NewReplacer("GOROOT=/go", "GOROOT="+j.goroot, "/go/bin", filepath.Join(j.goroot, "bin"),
		"/modules", filepath.Join(dir, plan.InputModules), "/src", filepath.Join(dir, plan.InputSource),
		"/cache/build", cache, "/tmp", dir, "/out", filepath.Join(dir, "out"))
	servers := map[string][]byte{}
	for _, c := range p.Compiles {
		cmd := exec.CommandContext(j.r.ctx, where.Replace(c.Args[0]))
		for _, arg := range c.Args[1:] {
			cmd.Args = append(cmd.Args, where.Replace(arg))
		}
		for _, kv := range c.Env {
			cmd.Env = append(cmd.Env, where.Replace(kv))
		}
		cmd.Dir = where.Replace(c.Dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("compiling for %s: %w\n%s", c.Platform, err, out)
		}
		if servers[c.Platform], err = os.ReadFile(filepath.Join(where.Replace(c.Output), "server")); err != nil {
			return nil, err
		}
	}
	return servers, nil
}

// unpack unpacks a layer that is not compressed.
func unpack(layer, dir string) error {
	f, err := os.Open(layer)
	if err != nil {
		return err
	}
	defer f.Close()
	for t := tar.NewReader(f); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(name, 0o755); err != nil {
				return err
			}
			continue
		}
		text, err := io.ReadAll(t)
		if err == nil {
			err = os.WriteFile(name, text, 0o644)
		}
		if err != nil {
			return err
		}
	}
}

// linkAll makes a folder of further names of the files in another. The go command
// adds files to its cache and changes none.
func linkAll(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(from, name)
		if err := errors.Join(err, relErr); err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		return os.Link(name, filepath.Join(to, rel))
	})
}
