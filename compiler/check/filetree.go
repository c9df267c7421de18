package check

import (
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/plan"
)

// placed is a file or a folder of the module at its place in the image.
type placed struct {
	to     string // the entry of files that puts it there
	name   string // in the module
	folder bool
}

// fileTree looks at what the bento copies as the packer will: file by file. What two
// entries put at one place, and what lies where the image has something of its own, is
// found here, and not when a layer is written.
func (p *pass) fileTree() {
	if p.opts.FS == nil {
		return
	}
	tree := map[string]placed{}
	for _, to := range sorted(p.b.Files) {
		f := p.b.Files[to]
		if !fs.ValidPath(path.Clean(f.Path)) || path.Clean(to) != to || !path.IsAbs(to) || to == "/" {
			continue // reported
		}
		if _, err := fs.Stat(p.opts.FS, path.Clean(f.Path)); err != nil {
			continue // reported
		}
		p.placeFiles(to, f, tree)
	}
}

// placeFiles adds what one entry of files brings. It reports one mistake an entry: the
// others are mostly of its kind.
func (p *pass) placeFiles(to string, f *ir.File, tree map[string]placed) {
	root := path.Clean(f.Path)
	reported := false
	_ = fs.WalkDir(p.opts.FS, root, func(name string, d fs.DirEntry, err error) error {
		if reported {
			return fs.SkipAll
		}
		at := path.Join(to, strings.TrimPrefix(name, root))
		if root == "." {
			at = path.Join(to, name)
		}
		reported = err != nil && p.unfit(to, f, "%s cannot be read: %v", name, err) != nil ||
			p.unfitFile(to, f, name, d) || p.own(to, at, d, f) || p.twice(to, at, name, d, f, tree)
		return nil
	})
}

func (p *pass) unfit(to string, f *ir.File, format string, args ...any) *diag.Diagnostic {
	return p.errorf(diag.BadValue, p.at("files."+to+".path", f.Pos), "files."+to+".path", format, args...)
}

// unfitFile reports what no layer of an image can have.
func (p *pass) unfitFile(to string, f *ir.File, name string, d fs.DirEntry) bool {
	switch {
	case d == nil:
		return false
	case strings.HasPrefix(path.Base(name), ".wh."):
		p.unfit(to, f, "%s cannot be in an image: a name that begins with .wh. takes files away there", name).
			Hintf("give it another name")
		return true
	case !utf8.ValidString(name):
		p.unfit(to, f, "the name of %q is not UTF-8", name).Hintf("give it another name")
		return true
	case d.IsDir():
		return false
	}
	info, err := fs.Stat(p.opts.FS, name) // through links
	switch {
	case err != nil && strings.Contains(err.Error(), "escapes"):
		p.unfit(to, f, "%s leaves the module by a symbolic link", name).
			Hintf("a bento is built from the files of its own module; copy it in")
	case err != nil:
		p.unfit(to, f, "%s cannot be read: a symbolic link to nothing, or a file of another user", name).
			Hintf("take it out of the folder, or mend it")
	case info.IsDir() && d.Type()&fs.ModeSymlink != 0:
		p.unfit(to, f, "%s is a symbolic link to a folder, which is not followed", name).
			Hintf("name the folder itself in files, or copy it")
	case !info.Mode().IsRegular():
		p.unfit(to, f, "%s is neither a file nor a folder", name).Hintf("take it out of the folder")
	default:
		return false
	}
	return true
}

// own reports what lies where the image has something of its own. The places of the
// entries themselves are looked at before.
func (p *pass) own(to, at string, d fs.DirEntry, f *ir.File) bool {
	if d == nil {
		return false
	}
	for _, own := range plan.TakenBy(p.b) {
		if to == own.Path || liesIn(to, own.Path) {
			return true // reported with its place
		}
		switch {
		case at == own.Path || liesIn(at, own.Path):
			p.errorf(diag.Conflict, f.Pos, "files."+to, "%s in the image is %s, but %s brings one too", own.Path, own.What, f.Path).
				Hintf("take it out of the folder, or copy the folder somewhere else, such as /app%s", to)
			return true
		case liesIn(own.Path, at) && !d.IsDir():
			p.errorf(diag.Conflict, f.Pos, "files."+to, "%s is a file, but in the image it is a folder: %s lies in it", at, own.Path).
				Hintf("give the file a place of its own, such as %s", path.Join("/app", path.Base(f.Path)))
			return true
		}
	}
	return false
}

// twice reports what another entry of files has put at the same place already. Folders
// are joined.
func (p *pass) twice(to, at, name string, d fs.DirEntry, f *ir.File, tree map[string]placed) bool {
	if d == nil {
		return false
	}
	mine := placed{to, name, d.IsDir()}
	for over := at; over != "/"; over = path.Dir(over) {
		there, ok := tree[over]
		if !ok || there.to == to || over == at && there.folder && mine.folder || over != at && there.folder {
			continue
		}
		what := there.name + ", which " + there.to + " brings"
		if over == at && !there.folder && !mine.folder {
			p.clash(to, f, there, "%s is both %s and %s", at, mine.name, what)
		} else if over == at {
			p.clash(to, f, there, "%s is a folder, %s, and a file, %s", at, pick(mine.folder, name, there.name), pick(mine.folder, there.name, name))
		} else {
			p.clash(to, f, there, "%s lies below %s, which is a file: %s", at, over, what)
		}
		return true
	}
	if there, ok := tree[at]; !ok || !there.folder {
		tree[at] = mine
	}
	return false
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// clash reports two entries of files, at the one that is written second.
func (p *pass) clash(to string, f *ir.File, there placed, format string, args ...any) {
	pos, path, other := f.Pos, "files."+to, p.b.Files[there.to].Pos
	if other.File == pos.File && (other.Line > pos.Line || other.Line == pos.Line && other.Col > pos.Col) {
		pos, path, other = other, "files."+there.to, pos
	}
	p.errorf(diag.Conflict, pos, path, format, args...).
		Hintf("take one of the two out, or give it another place").
		Also(other, "the other is here")
}

// liesIn reports whether a path lies inside a folder.
func liesIn(name, folder string) bool { return strings.HasPrefix(name, folder+"/") }
