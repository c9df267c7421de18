package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"bentoc.dev/schema"
	"cuelang.org/go/mod/modfile"
)

const (
	moduleFile = "cue.mod/module.cue"

	// localFile is what CUE reads in place of the dependencies of module.cue, where it
	// is there: it has replacements besides.
	localFile = "cue.mod/local-module.cue"

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
	dir  string // bento.cue's folder below the module's root, slash-separated, "." for the root
	file string // name of the CUE file, such as bento.cue
}

// mounted is the file system that CUE sees, and what is known about it.
type mounted struct {
	*trackFS
	own    bool          // whether this is bentoc's own module
	module *modfile.File // the user's, without what bentoc adds
	twice  sync.Map      // see keptFS
}

// mount lays the embedded schema, the packages that are kept under cue.mod and a
// module file that depends on both over the user's module.
func mount(base fs.FS) (*mounted, error) {
	mf, err := userModule(base)
	if err != nil {
		return nil, err
	}
	m := &mounted{module: mf}
	full := *mf
	full.Deps = map[string]*modfile.Dep{}
	for name, dep := range mf.Deps {
		full.Deps[name] = dep
	}
	overlay := map[string][]byte{}
	hidden := []string{"cue.mod/pkg", "cue.mod/gen", "cue.mod/usr"} // CUE cannot read them through an fs.FS
	at := mountDir + "/schema"
	if m.own = mf.QualifiedModule() == schema.Module; m.own {
		// Inside bentoc's own module the import resolves to its schema folder:
		// a dependency on itself makes CUE panic.
		at, hidden = "schema", append(hidden, "schema")
	} else {
		full.Deps[schema.Module] = &modfile.Dep{Version: schema.Version, Default: true}
		overlay[mountDir+"/"+moduleFile] = formatModule(schema.Module)
	}
	for name, data := range schema.Files() {
		overlay[path.Join(at, name)] = data
	}
	m.trackFS = newTrackFS(base, overlay, hidden...)
	if err := m.vendored(&full); err != nil {
		return nil, err
	}
	if err := m.moduleFiles(&full); err != nil {
		return nil, fmt.Errorf("writing the module file: %w", err)
	}
	for _, name := range []string{moduleFile, localFile} {
		if data, err := fs.ReadFile(base, name); err == nil {
			m.read[name] = data
		}
	}
	return m, nil
}

// moduleFiles lays what the user's module depends on over its module files.
func (m *mounted) moduleFiles(full *modfile.File) error {
	plain := *full
	plain.Deps = map[string]*modfile.Dep{}
	local := false
	for name, dep := range full.Deps {
		if dep.ReplaceWith == "" {
			plain.Deps[name] = dep
			continue
		}
		local = true
		if dep.Version != "" {
			plain.Deps[name] = &modfile.Dep{Version: dep.Version, Default: dep.Default}
		}
	}
	text, err := modfile.Format(&plain)
	if err != nil {
		return err
	}
	m.overlay[moduleFile] = text
	m.hidden = append(m.hidden, localFile)
	if local {
		m.overlay[localFile], err = modfile.FormatLocal(full, &plain)
	}
	return err
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
	switch data, err := fs.ReadFile(base, localFile); {
	case err == nil:
		if mf, err = modfile.ParseLocal(data, localFile, mf); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
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

// modulePath gives the user's module without its version, "" where it has no name.
func modulePath(base fs.FS) string {
	mf, err := userModule(base)
	if err != nil || mf.QualifiedModule() == localModule {
		return ""
	}
	name, _, _ := strings.Cut(mf.QualifiedModule(), "@")
	return name
}

func formatModule(name string) []byte {
	return fmt.Appendf(nil, "module: %q\nlanguage: version: %q\n", name, languageVersion)
}

// display turns a path of the file system that CUE sees into the name that positions
// have.
func (m *mounted) display(p string) string {
	p = strings.TrimPrefix(p, "/")
	at := mountDir + "/schema/"
	if m.own {
		at = "schema/"
	}
	if p == "" {
		return "." // CUE takes "" for "no module"
	}
	if rest, ok := strings.CutPrefix(p, at); ok {
		return schemaDir + "/" + rest
	}
	if rest, ok := strings.CutPrefix(p, modulesDir+"/"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(p, vendoredDir+"/"); ok {
		host, inside, _ := strings.Cut(rest, "/")
		return m.keptAt(host, inside)
	}
	return p
}
