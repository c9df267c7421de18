package load

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"bentoc.dev/schema"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/modregistry"
	"cuelang.org/go/mod/module"
)

const (
	moduleFile = "cue.mod/module.cue"

	// mountDir is where the schema's module lies in the file system that CUE
	// sees. No folder of a user's has this name.
	mountDir = ".bentoc.dev@" + schema.Version

	// schemaDir is how positions name the folder of the embedded schema.
	schemaDir = "bentoc.dev/schema@v0"

	// localModule is the module of a bento.cue that lies in none; without a
	// module CUE refuses imports and embeds.
	localModule = "bento.local@v0"

	// languageVersion is written to modules that bentoc makes. A low one lets
	// older CUE tools read the project.
	languageVersion = "v0.15.0"
)

// place says where a bento lies.
type place struct {
	root string // the module's folder on disk
	dir  string // bento.cue's folder below root, slash-separated, "." for root itself
	file string // name of the CUE file, such as bento.cue
}

// locate finds the bento that a path of the command line means: a CUE file,
// its folder, or "" for the current folder.
func locate(p string) (place, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return place{}, fmt.Errorf("resolving %s: %w", p, err)
	}
	file := "bento.cue"
	if strings.HasSuffix(abs, ".cue") {
		abs, file = filepath.Dir(abs), filepath.Base(abs)
	}
	if _, err := os.Stat(abs); err != nil {
		return place{}, err
	}
	root := moduleRoot(abs)
	rel, err := filepath.Rel(root, abs)
	if err != nil {
		return place{}, fmt.Errorf("resolving %s: %w", abs, err)
	}
	return place{root: root, dir: filepath.ToSlash(rel), file: file}, nil
}

// moduleRoot gives the closest folder at or above dir that holds a cue.mod,
// else dir.
func moduleRoot(dir string) string {
	for d := dir; ; {
		if info, err := os.Stat(filepath.Join(d, "cue.mod")); err == nil && info.IsDir() {
			return d
		}
		up := filepath.Dir(d)
		if up == d {
			return dir
		}
		d = up
	}
}

// mount lays the embedded schema and a module file that depends on it over the
// user's module. own tells that this is bentoc's own module.
func mount(base fs.FS) (t *trackFS, own bool, err error) {
	mf, err := userModule(base)
	if err != nil {
		return nil, false, err
	}
	overlay := map[string][]byte{}
	hidden := []string{"cue.mod/pkg/bentoc.dev", "cue.mod/gen/bentoc.dev", "cue.mod/usr/bentoc.dev"}
	at := mountDir + "/schema"
	if own = mf.QualifiedModule() == schema.Module; own {
		// Inside bentoc's own module the import resolves to its schema folder:
		// a dependency on itself makes CUE panic.
		at, hidden = "schema", append(hidden, "schema")
	} else {
		mf.Deps[schema.Module] = &modfile.Dep{Version: schema.Version, Default: true}
		overlay[mountDir+"/"+moduleFile] = formatModule(schema.Module)
	}
	for name, data := range schema.Files() {
		overlay[path.Join(at, name)] = data
	}
	text, err := modfile.Format(mf)
	if err != nil {
		return nil, false, fmt.Errorf("writing the module file: %w", err)
	}
	overlay[moduleFile] = text
	t = newTrackFS(base, overlay, hidden...)
	if data, err := fs.ReadFile(base, moduleFile); err == nil {
		t.read[moduleFile] = data
	}
	if emptyPkg(base) {
		// CUE cannot read cue.mod/pkg through an fs.FS, not even an empty one.
		t.hidden = append(t.hidden, "cue.mod/pkg")
	}
	return t, own, nil
}

// userModule reads the user's module file, or makes one.
func userModule(base fs.FS) (*modfile.File, error) {
	data, err := fs.ReadFile(base, moduleFile)
	if err != nil {
		data = formatModule(localModule)
	}
	mf, err := modfile.ParseNonStrict(data, moduleFile)
	if err != nil {
		return nil, err
	}
	if mf.QualifiedModule() == "" {
		mf.Module = localModule
	}
	if mf.Language == nil {
		mf.Language = &modfile.Language{Version: languageVersion}
	}
	if mf.Deps == nil {
		mf.Deps = map[string]*modfile.Dep{}
	}
	return mf, nil
}

func formatModule(name string) []byte {
	return fmt.Appendf(nil, "module: %q\nlanguage: version: %q\n", name, languageVersion)
}

// emptyPkg reports whether cue.mod/pkg holds nothing but the vendored schema.
func emptyPkg(base fs.FS) bool {
	entries, err := fs.ReadDir(base, "cue.mod/pkg")
	if err != nil {
		return true
	}
	for _, e := range entries {
		if e.Name() != "bentoc.dev" {
			return false
		}
	}
	return true
}

// displayName turns a path of the file system that CUE sees into the name that
// positions have.
func displayName(own bool) func(string) string {
	at := mountDir + "/schema/"
	if own {
		at = "schema/"
	}
	return func(p string) string {
		p = strings.TrimPrefix(p, "/")
		if p == "" {
			return "." // CUE takes "" for "no module"
		}
		if rest, ok := strings.CutPrefix(p, at); ok {
			return schemaDir + "/" + rest
		}
		return p
	}
}

// registry serves the embedded schema as a module, and nothing else: loading a
// bento never reaches for the network.
type registry struct{ fs fs.FS }

// rootedFS tells CUE where in its file system a module lies.
type rootedFS struct {
	fs.FS
	root string
}

// OSRoot implements module.OSRootFS.
func (f rootedFS) OSRoot() string { return f.root }

// Fetch implements modconfig.Registry.
func (r registry) Fetch(_ context.Context, m module.Version) (module.SourceLoc, error) {
	if m.Path() != schema.Module {
		return module.SourceLoc{}, notFound(m)
	}
	sub, err := fs.Sub(r.fs, mountDir)
	if err != nil {
		return module.SourceLoc{}, err
	}
	return module.SourceLoc{FS: rootedFS{sub, "/" + mountDir}, Dir: "."}, nil
}

// ModFile implements modconfig.Registry.
func (r registry) ModFile(_ context.Context, m module.Version) (*modfile.File, error) {
	if m.Path() != schema.Module {
		return nil, notFound(m)
	}
	return modfile.Parse(formatModule(schema.Module), moduleFile)
}

// ModuleVersions implements modconfig.Registry.
func (r registry) ModuleVersions(_ context.Context, mpath string) ([]string, error) {
	if strings.HasPrefix(schema.Module, mpath) {
		return []string{schema.Version}, nil
	}
	return nil, nil
}

func notFound(m module.Version) error {
	return fmt.Errorf("%v: bentoc reads no CUE registry: %w", m, modregistry.ErrNotFound)
}
