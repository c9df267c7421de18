package gosrc

import (
	"errors"
	"go/build"
	"io/fs"
	"path"
	"strings"

	"bentoc.dev/compiler/diag"
)

// embeds notes the files that the go:embed lines of a package match, by the
// rules of package embed: what begins with a dot or an underscore is left out of
// folders unless the pattern begins with all:, and other modules always are.
func (l *loader) embeds(dir string, read *build.Package) {
	for _, pattern := range read.EmbedPatterns {
		var from diag.Pos
		if places := read.EmbedPatternPos[pattern]; len(places) > 0 {
			from = goPos(places[0])
		}
		l.embed(dir, pattern, from)
	}
}

func (l *loader) embed(dir, pattern string, from diag.Pos) {
	glob, all := strings.CutPrefix(pattern, "all:")
	if !fs.ValidPath(glob) && glob != "." {
		l.diags.Errorf(diag.StepCompile, from, "", "pattern %s of go:embed is no path below the package", pattern)
		return
	}
	matches, err := fs.Glob(l.fsys, path.Join(escapeGlob(dir), glob))
	if err != nil {
		l.diags.Errorf(diag.StepCompile, from, "", "pattern %s of go:embed is malformed", pattern)
		return
	}
	found := 0
	for _, name := range matches {
		found += l.embedTree(name, all, from)
	}
	if found == 0 {
		l.diags.Errorf(diag.StepCompile, from, "", "pattern %s of go:embed matches no files", pattern)
	}
}

// embedTree notes a file, or the files below a folder, and counts them.
func (l *loader) embedTree(root string, all bool, from diag.Pos) int {
	found := 0
	err := fs.WalkDir(l.fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_")
		switch {
		case d.IsDir() && name != root && (hidden && !all || l.exists(path.Join(name, "go.mod"))):
			return fs.SkipDir
		case d.IsDir() || hidden && !all && name != root:
			return nil
		case !d.Type().IsRegular():
			if name == root {
				l.diags.Errorf(diag.StepCompile, from, "", "go:embed cannot embed %s, it is no regular file", name)
			}
			return nil
		}
		l.files[name] = true
		found++
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.unreadable(root, err)
	}
	return found
}

// escapeGlob makes a folder's name match itself alone.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}
