package load

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/module"
	"golang.org/x/mod/semver"
)

// Module is a CUE module of a version that packages are read from.
type Module struct {
	Path    string // with its major version, such as example.org/policy@v0
	Version string // such as v0.1.0
	// Pos is where the module file names it.
	Pos ir.Pos
}

// String gives the module as messages name it.
func (m Module) String() string {
	name, _, _ := strings.Cut(m.Path, "@")
	return name + "@" + m.Version
}

// Modules gives the files of a CUE module, with cue.mod/module.cue among them. What is
// for the user to mend is a [diag.List].
type Modules func(context.Context, Module) (fs.FS, error)

// registry is what CUE asks for modules: it has the embedded schema, the packages that
// are kept under cue.mod, and what [Options.Modules] gives. It never reaches for the
// network itself.
type registry struct {
	seen *mounted
	base fs.FS
	from Modules
	ctx  context.Context

	mu    sync.Mutex
	found map[string]foundModule // by path
	wrong diag.List
	err   error
}

// foundModule is a module that a package was looked for in.
type foundModule struct {
	Module
	file *modfile.File
}

// rootedFS tells CUE where in its file system a module lies.
type rootedFS struct {
	fs.FS
	root string
}

// OSRoot implements module.OSRootFS.
func (f rootedFS) OSRoot() string { return f.root }

// Fetch implements modconfig.Registry.
func (r *registry) Fetch(_ context.Context, v module.Version) (module.SourceLoc, error) {
	dir := mountDir
	switch {
	case v.Path() == schema.Module:
	case r.seen.keeps(v.BasePath()):
		dir = vendoredDir + "/" + v.BasePath()
	default:
		r.mu.Lock()
		defer r.mu.Unlock()
		if _, err := r.module(v); err != nil {
			return module.SourceLoc{}, err
		}
		dir = modulesDir + "/" + moduleOf(v).String()
	}
	sub, err := fs.Sub(r.seen, dir)
	if err != nil {
		return module.SourceLoc{}, err
	}
	return module.SourceLoc{FS: rootedFS{sub, "/" + dir}, Dir: "."}, nil
}

func moduleOf(v module.Version) Module { return Module{Path: v.Path(), Version: v.Version()} }

var errReported = errors.New("this has been reported")

// module gives a module that a package may be in. What is wrong with it is kept, CUE
// would say something else.
func (r *registry) module(v module.Version) (foundModule, error) {
	if m, ok := r.found[v.Path()]; ok {
		return m, nil
	}
	m := foundModule{Module: moduleOf(v)}
	m.Pos = depPos(r.base, v.Path(), v.BasePath())
	if !r.seen.requires(v) {
		r.wrong.Errorf(diag.CUEModule, m.Pos, "", "the module file does not have %s, which a package that is imported may be in", m).
			Hintf("run cue mod tidy: it writes all that is needed into cue.mod/module.cue")
		return m, errReported
	}
	if r.from == nil {
		r.wrong.Errorf(diag.CUEModule, m.Pos, "", "the module %s is not here", m)
		return m, errReported
	}
	files, err := r.from(r.ctx, m.Module)
	if err == nil {
		m.file, err = moduleFileOf(m.Module, files)
	}
	var mistakes diag.List
	if errors.As(err, &mistakes) {
		r.wrong = append(r.wrong, mistakes...)
		return m, errReported
	}
	if err != nil {
		r.err = err
		return m, errReported
	}
	r.seen.mount(modulesDir+"/"+m.String(), files)
	r.found[v.Path()] = m
	return m, nil
}

// moduleFileOf reads the module file of a module.
func moduleFileOf(m Module, files fs.FS) (*modfile.File, error) {
	var wrong diag.List
	data, err := fs.ReadFile(files, moduleFile)
	if err != nil {
		wrong.Errorf(diag.CUEModule, m.Pos, "", "the module %s has no cue.mod/module.cue", m)
		return nil, wrong
	}
	mf, err := modfile.Parse(data, m.String()+"/"+moduleFile)
	if err != nil {
		wrong.Errorf(diag.CUEModule, m.Pos, "", "the module file of %s is not right: %s", m, firstLine(err.Error())).
			Hintf("use another version of the module; one that needs a newer CUE needs a newer bentoc")
		return nil, wrong
	}
	if mf.QualifiedModule() != m.Path {
		wrong.Errorf(diag.CUEModule, m.Pos, "", "what was published as %s says that it is %s", m, mf.QualifiedModule())
		return nil, wrong
	}
	return mf, nil
}

// ModFile implements modconfig.Registry. It is asked for the modules that a package
// lies in, and, where a package lies in none of those, for all of the module file.
func (r *registry) ModFile(_ context.Context, v module.Version) (*modfile.File, error) {
	if v.Path() == schema.Module || r.seen.keeps(v.BasePath()) {
		return modfile.Parse(formatModule(v.Path()), moduleFile)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	known := len(r.wrong)
	m, err := r.module(v)
	r.wrong = r.wrong[:known] // what CUE says of the package is reported
	return m.file, err
}

// ModuleVersions implements modconfig.Registry.
func (r *registry) ModuleVersions(_ context.Context, mpath string) ([]string, error) {
	if strings.HasPrefix(schema.Module, mpath) {
		return []string{schema.Version}, nil
	}
	return nil, nil
}

// modules gives the modules that packages were looked for in, by path.
func (r *registry) modules() (all []Module) {
	for _, name := range slices.Sorted(maps.Keys(r.found)) {
		all = append(all, r.found[name].Module)
	}
	return all
}

// wrongs reports whether there is something wrong with the modules.
func (r *registry) wrongs() bool {
	if len(r.wrong) == 0 {
		r.replacedOutside()
		r.seen.inTwo(&r.wrong)
		r.untidy()
	}
	r.wrong = r.wrong.Sorted()
	return len(r.wrong) > 0
}

// replacedOutside reports folders outside the user's module that stand in for modules:
// CUE would take one inside of the same name.
func (r *registry) replacedOutside() {
	for _, name := range slices.Sorted(maps.Keys(r.seen.module.Deps)) {
		to := r.seen.module.Deps[name].ReplaceWith
		if clean := path.Clean(to); strings.HasPrefix(to, "/") || clean == ".." || strings.HasPrefix(clean, "../") {
			r.wrong.Errorf(diag.OutsideModule, depPos(r.base, to, name), "", "%s is replaced by %s, which lies outside the module", name, to).
				Hintf("bentoc reads files only below the folder that holds cue.mod; move it there, or keep the package under cue.mod/pkg")
		}
	}
}

// untidy reports modules that need others than the module file has: CUE would read an
// older version than they were written for.
func (r *registry) untidy() {
	for _, name := range slices.Sorted(maps.Keys(r.found)) {
		m := r.found[name]
		for _, need := range m.file.DepVersions() {
			if own, _, _ := strings.Cut(schema.Module, "@"); need.BasePath() == own {
				if semver.Compare(need.Version(), schema.Version) > 0 {
					r.wrong.Errorf(diag.SchemaVersion, m.Pos, "", "the module %s is written under the schema %s, but this bentoc has %s", m, need.Version(), schema.Version).
						Hintf("use a newer bentoc, which has it, or another version of the module")
				}
				continue
			}
			for _, have := range r.seen.module.DepVersions() {
				if have.Path() == need.Path() && semver.Compare(have.Version(), need.Version()) < 0 {
					r.wrong.Errorf(diag.CUEModule, depPos(r.base, have.Path(), have.BasePath()), "", "the module file has %s, but %s needs %s", moduleOf(have), m, need.Version()).
						Hintf("run cue mod tidy: it takes the highest version that is asked for")
				}
			}
		}
	}
}
