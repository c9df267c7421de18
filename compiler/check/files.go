package check

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/plan"
)

// checkFiles looks at what the bento takes from its module, and at where it goes.
func checkFiles(p *pass) {
	for _, to := range sorted(p.b.Files) {
		f := p.b.Files[to]
		at := "files." + to
		p.exists(f.Path, at+".path", p.at(at+".path", f.Pos))
		p.imagePath(to, at, f)
		if f.Mode < 0 || f.Mode > 0o777 {
			p.errorf(diag.BadValue, p.at(at+".mode", f.Pos), at+".mode", "mode %#o has more than permission bits", f.Mode).
				Hintf("use 0644 or 0755")
		}
	}
	p.fileTree()
	for _, name := range sorted(p.b.Models) {
		// One that the lock knows is not needed before it is packed.
		m := p.b.Models[name]
		if s := model.SourceOf(m); s.Local() && m.Signature == nil {
			at := "models." + name + ".source." + ir.SetArms(m.Source)[0]
			p.exists(s.Main(), at, p.at(at, first(m.Source.Pos, m.Pos)))
		}
	}
	if b := p.b.Base; b != nil && b.Layout != "" {
		p.exists(b.Layout+"/index.json", "base.layout", p.at("base.layout", first(b.Pos, p.b.Pos)))
	}
}

// exists looks a file or folder up below the module's root.
func (p *pass) exists(name, at string, pos ir.Pos) {
	clean := path.Clean(name)
	if !fs.ValidPath(clean) || strings.ContainsRune(name, '\\') {
		p.errorf(diag.OutsideModule, pos, at, "%s is not a path inside the module", name).
			Hintf("a bento is built from the files of its own module; copy it in")
		return
	}
	if p.opts.FS == nil {
		return
	}
	_, err := fs.Stat(p.opts.FS, clean)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		d := p.errorf(diag.MissingFile, pos, at, "there is no file %s in the module", clean)
		suggest(d, path.Base(clean), siblings(p.opts.FS, path.Dir(clean)))
	case strings.Contains(err.Error(), "escapes"): // os.Root has no error value for it
		p.errorf(diag.OutsideModule, pos, at, "%s leaves the module by a symbolic link", clean).
			Hintf("a bento is built from the files of its own module; copy it in")
	default:
		p.errorf(diag.MissingFile, pos, at, "%s cannot be read: %v", clean, err)
	}
}

// siblings gives the names in a folder that exists.
func siblings(fsys fs.FS, dir string) []string {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// maxFileName and maxFilePath bound a file's name and its path on Linux, in bytes: NAME_MAX,
// and PATH_MAX, which counts a NUL.
const maxFileName, maxFilePath = 255, 4096

// imagePath checks a place in the image.
func (p *pass) imagePath(to, at string, f *ir.File) {
	const hint = "give an absolute path such as /app/labels.txt"
	switch {
	case !strings.HasPrefix(to, "/") || path.Clean(to) != to || to == "/":
		p.errorf(diag.BadValue, f.Pos, at, "%q is no path for a file in the image", to).Hintf(hint)
		return
	case strings.ContainsFunc(to, func(r rune) bool { return r < ' ' || r == 0x7f }):
		p.errorf(diag.BadValue, f.Pos, at, "%q has control characters", to).Hintf(hint)
		return
	case len(to) >= maxFilePath || slices.ContainsFunc(strings.Split(to, "/"), func(name string) bool { return len(name) > maxFileName }):
		p.errorf(diag.BadValue, f.Pos, at, "no image with this path can be unpacked: it is too long").
			Hintf("Linux takes %d bytes between two slashes, and %d in all", maxFileName, maxFilePath-1)
		return
	}
	if strings.Contains(to, "/.wh.") {
		p.errorf(diag.BadValue, f.Pos, at, "%q is no path for a file in the image: a name that begins with .wh. takes files away there", to).
			Hintf("give it another name")
		return
	}
	for _, own := range plan.TakenBy(p.b) {
		if to == own.Path || strings.HasPrefix(to, own.Path+"/") {
			p.errorf(diag.Conflict, f.Pos, at, "%s in the image is %s", own.Path, own.What).
				Hintf("put the file somewhere else, such as /app%s", to)
			return
		}
	}
	p.overLink(to, at, f)
}

// linked are folders of the root that are symbolic links in base images, and to where.
var linked = map[string]string{
	"/bin": "/usr/bin", "/sbin": "/usr/sbin", "/lib": "/usr/lib", "/lib32": "/usr/lib32", "/lib64": "/usr/lib64",
	"/var/run": "/run", "/var/lock": "/run/lock",
}

// overLink warns of a file below what most base images have as a link: the folder that
// a layer brings takes the link's place, and all that was found through it is gone.
func (p *pass) overLink(to, at string, f *ir.File) {
	if p.b.Base == nil {
		return
	}
	for _, link := range sorted(linked) {
		if to == link || liesIn(to, link) {
			p.warnf(diag.Conflict, f.Pos, at, "%s is a link in most base images, which a folder would replace", link).
				Hintf("write %s", linked[link]+strings.TrimPrefix(to, link))
		}
	}
}
