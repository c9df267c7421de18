package load

import (
	"io/fs"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
	"cuelang.org/go/cue/build"
	"golang.org/x/mod/semver"
)

// otherSchema reports a bento that is written under another version of the schema. The
// version may be a major one alone, such as v1.
func otherSchema(diags *diag.List, pos ir.Pos, version string) {
	diags.Errorf(diag.SchemaVersion, pos, "", otherVersion, version, schema.Version).Hintf("%s", schemaCure(version))
}

const otherVersion = "the bento is written under the schema %s, but this bentoc has %s"

// schemaCure says what is done about a bento of another version.
func schemaCure(version string) string {
	if semver.Compare(version, schema.Version) > 0 {
		return "use a newer bentoc, which has it"
	}
	return "write " + schema.Version + " in its place and see what `bentoc vet` says; `bentoc init --schema` writes the copy that editors read"
}

// schemaPackage is what bentos import, whatever its version.
const schemaPackage = "bentoc.dev/schema"

// isSchema reports whether an import path is that of the schema, which may be written
// without its version.
func isSchema(path string) bool { return plainImport(path) == schemaPackage }

// importedSchema reports imports of the schema at another major version, which no
// package has that this bentoc knows.
func (l *loading) importedSchema(inst *build.Instance) (wrong bool) {
	for _, f := range inst.Files {
		for spec := range importsOf(f) {
			name, err := strconv.Unquote(spec.Path.Value)
			version, found := strings.CutPrefix(plainName(name), schemaPackage+"@")
			if err != nil || !found || !semver.IsValid(version) || version == semver.Major(schema.Version) {
				continue
			}
			l.diags.Errorf(diag.SchemaVersion, spanOf(spec.Path), "", otherVersion, version, schema.Version).
				Hintf("did you mean %q? %s needs a newer bentoc", schemaPackage+"@"+semver.Major(schema.Version), version)
			wrong = true
		}
	}
	return wrong
}

// plainName takes the package's name, which may follow a colon, off an import path.
func plainName(name string) string {
	name, _, _ = strings.Cut(name, ":")
	return name
}

// requiredSchema reports a module file that asks for a schema that this bentoc does
// not reach up to.
func (l *loading) requiredSchema(base fs.FS) (wrong bool) {
	mf, err := userModule(base)
	if err != nil {
		return false
	}
	for name, dep := range mf.Deps {
		module, _, _ := strings.Cut(name, "@")
		if own, _, _ := strings.Cut(schema.Module, "@"); module != own || semver.Compare(dep.Version, schema.Version) <= 0 {
			continue
		}
		otherSchema(&l.diags, depPos(base, name), dep.Version)
		wrong = true
	}
	return wrong
}

// depPos is where the module file names a dependency, by the first of its names
// that is there.
func depPos(base fs.FS, names ...string) ir.Pos {
	for _, name := range names {
		for _, file := range []string{moduleFile, localFile} {
			text, _ := fs.ReadFile(base, file)
			for i, line := range strings.Split(string(text), "\n") {
				if col := strings.Index(line, strconv.Quote(name)); col >= 0 {
					return ir.Pos{File: file, Line: i + 1, Col: col + 1}
				}
			}
		}
	}
	return ir.Pos{File: moduleFile, Line: 1, Col: 1}
}

// statedSchema reports a bento that says under which schema it is written, where that
// is another one, in place of the conflict that CUE sees.
func (c *collector) statedSchema(f finding, pos ir.Pos, args ...string) bool {
	if f.path != "bento.#schema" {
		return false
	}
	for _, arg := range args {
		version, err := strconv.Unquote(arg)
		if err != nil || version == schema.Version {
			continue
		}
		f.users, f.schema = nil, nil
		c.report(diag.SchemaVersion, f, pos, otherVersion, version, schema.Version).Hintf("%s", schemaCure(version))
		return true
	}
	return false
}
