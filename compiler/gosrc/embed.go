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
func (l *loader) embeds(p *pkg, read *build.Package) {
	for _, pattern := range read.EmbedPatterns {
		var from diag.Pos
		if places := read.EmbedPatternPos[pattern]; len(places) > 0 {
			from = goPos(places[0])
		}
		l.embed(p, pattern, from)
	}
}

func (l *loader) embed(p *pkg, pattern string, from diag.Pos) {
	e := embedder{
		fsys:       l.fsys,
		wrong:      func(format string, args ...any) { l.diags.Errorf(diag.StepCompile, from, "", format, args...) },
		unreadable: l.unreadable,
	}
	for _, name := range e.files(p.dir, pattern) {
		p.files[name] = true
	}
}

// embedder finds what go:embed lines match in fsys.
type embedder struct {
	fsys       fs.FS
	wrong      func(format string, args ...any) // is told what is wrong with a pattern
	unreadable func(name string, err error)
}

// files gives the files that a pattern of the package in dir matches.
func (e embedder) files(dir, pattern string) (files []string) {
	glob, all := strings.CutPrefix(pattern, "all:")
	if !fs.ValidPath(glob) && glob != "." {
		e.wrong("pattern %s of go:embed is no path below the package", pattern)
		return nil
	}
	matches, err := fs.Glob(e.fsys, path.Join(escapeGlob(dir), glob))
	if err != nil {
		e.wrong("pattern %s of go:embed is malformed", pattern)
		return nil
	}
	for _, name := range matches {
		files = append(files, e.tree(name, all)...)
	}
	if len(files) == 0 {
		e.wrong("pattern %s of go:embed matches no files", pattern)
	}
	return files
}

// tree gives a file, or the files below a folder.
func (e embedder) tree(root string, all bool) (files []string) {
	err := fs.WalkDir(e.fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_")
		switch {
		case d.IsDir() && name != root && (hidden && !all || exists(e.fsys, path.Join(name, "go.mod"))):
			return fs.SkipDir
		case d.IsDir() || hidden && !all && name != root:
			return nil
		case !d.Type().IsRegular():
			if name == root {
				e.wrong("go:embed cannot embed %s, it is no regular file", name)
			}
			return nil
		}
		files = append(files, name)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		e.unreadable(root, err)
	}
	return files
}

// escapeGlob makes a folder's name match itself alone.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}
