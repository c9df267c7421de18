package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
)

const initHelp = `
Usage: bentoc init [DIR] [FLAGS]

Writes a bento that builds and serves at once into DIR, by default the current
folder: bento.cue, one Go step, and the schema under cue.mod/pkg, so that
"cue vet" and editors know it. Files that are there already are never touched:
if one is in the way, nothing is written. With --schema only the schema is
written, in place of an older copy.

Example:
  bentoc init hello && bentoc serve hello
`

func initCommand() command {
	return command{name: "init", summary: "write a bento to start from", help: initHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			schemaOnly := flags.Bool("schema", false, "write only the schema, in place of an older copy")
			return func(ctx context.Context, s streams, args []string) error {
				dir, err := onePath(args)
				if err != nil {
					return err
				}
				if *schemaOnly {
					return writeSchema(dir)
				}
				return initProject(ctx, s, dir)
			}
		}}
}

//go:embed skeleton/*.tmpl
var skeleton embed.FS

// skeletonPlaces says where each template goes.
var skeletonPlaces = map[string]string{
	"bento.cue.tmpl":  "bento.cue",
	"module.cue.tmpl": "cue.mod/module.cue",
	"go.mod.tmpl":     "go.mod",
	"steps.go.tmpl":   "steps/steps.go",
	"gitignore.tmpl":  ".gitignore",
}

// initProject writes the files of a new project, or none.
func initProject(ctx context.Context, s streams, dir string) error {
	files, err := skeletonFiles(dir)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return diag.WithHint(fmt.Errorf("%s is there already", filepath.Join(dir, name)), "name an empty folder: bentoc init DIR")
		}
	}
	for _, name := range names {
		if err := writeWhole(filepath.Join(dir, filepath.FromSlash(name)), files[name]); err != nil {
			return err
		}
	}
	b, err := (&sourceFlags{format: "text"}).session(s.err, []string{dir})
	if err != nil {
		return err
	}
	defer b.Close()
	types, err := b.Types(ctx)
	if err != nil {
		return err
	}
	if _, err := writeFiles(filepath.Join(b.Folder(), compiler.TypesFolder), types); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "wrote a bento into %s\nnext: bentoc serve %s\n", dir, dir)
	return nil
}

// writeSchema writes the editors' copy of the schema below the module root dir.
func writeSchema(dir string) error {
	for name, data := range compiler.Vendor() {
		if err := writeWhole(filepath.Join(dir, filepath.FromSlash(name)), data); err != nil {
			return err
		}
	}
	return nil
}

// skeletonFiles fills the templates in for a project in dir.
func skeletonFiles(dir string) (map[string][]byte, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	name := projectName(filepath.Base(abs))
	data := map[string]string{"Name": name, "Package": strings.ReplaceAll(name, "-", "_"), "Service": serviceKey(name)}
	all, err := template.ParseFS(skeleton, "skeleton/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("reading the templates: %w", err)
	}
	files := compiler.Vendor()
	for tmpl, place := range skeletonPlaces {
		var out bytes.Buffer
		if err := all.ExecuteTemplate(&out, tmpl, data); err != nil {
			return nil, fmt.Errorf("filling in %s: %w", place, err)
		}
		files[place] = out.Bytes()
	}
	return files, nil
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// projectName makes the name of a bento out of a folder's.
func projectName(folder string) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(folder), "-"), "-")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = strings.TrimRight("bento-"+name, "-")
	}
	return name
}

// serviceKey spells a name as a key in CUE.
func serviceKey(name string) string {
	if strings.Contains(name, "-") {
		return fmt.Sprintf("%q", name)
	}
	return name
}
