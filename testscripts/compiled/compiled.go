// Package compiled compiles generated code beside a test that asks it, and runs that.
package compiled

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// Ask writes files into a module that requires what the one in the working directory
// does, that itself, and modules, folders among the files by path. It runs the tests of
// the package in a folder of it, and reads what they write there into answer, a file of
// JSON, into v. Nothing is downloaded.
func Ask(ctx context.Context, files map[string][]byte, modules map[string]string, folder, answer string, v any) error {
	work, err := os.MkdirTemp("", "bentoc-compiled-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	mod, sum, err := module(modules)
	if err != nil {
		return err
	}
	if err := write(work, "go.mod", mod); err != nil {
		return err
	}
	if err := write(work, "go.sum", sum); err != nil {
		return err
	}
	for name, data := range files {
		if err := write(work, name, data); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "./"+folder)
	cmd.Dir, cmd.Env = work, append(os.Environ(), "GOFLAGS=-mod=mod", "CGO_ENABLED=0", "GOWORK=off", "GOPROXY=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the generated server: %w\n%s", err, text)
	}
	text, err := os.ReadFile(filepath.Join(work, folder, answer))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

func write(work, name string, data []byte) error {
	path := filepath.Join(work, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// module gives the module's go.mod and go.sum.
func module(modules map[string]string) (mod, sum []byte, err error) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		return nil, nil, fmt.Errorf("it is run in the root of the module: %w", err)
	}
	f, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, nil, err
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, nil, err
	}
	own := f.Module.Mod.Path
	for _, tool := range f.Tool {
		if err := f.DropTool(tool.Path); err != nil {
			return nil, nil, err
		}
	}
	if err := f.AddModuleStmt("bento.local/m"); err != nil {
		return nil, nil, err
	}
	for path, folder := range modules {
		if err := require(f, path, "./"+folder); err != nil {
			return nil, nil, err
		}
	}
	if err := require(f, own, root); err != nil {
		return nil, nil, err
	}
	if mod, err = f.Format(); err != nil {
		return nil, nil, err
	}
	sum, err = os.ReadFile("go.sum")
	return mod, sum, err
}

// require adds a module that lies in a folder.
func require(f *modfile.File, path, folder string) error {
	if err := f.AddRequire(path, "v0.0.0"); err != nil {
		return err
	}
	return f.AddReplace(path, "", folder, "")
}
