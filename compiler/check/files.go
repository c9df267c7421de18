package check

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
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
	for _, name := range sorted(p.b.Models) {
		// One that the lock knows is not needed before it is packed.
		if m := p.b.Models[name]; m.Source.Path != "" && m.Signature == nil {
			at := "models." + name + ".source.path"
			p.exists(path.Join(m.Source.Path, m.File), at, p.at(at, first(m.Source.Pos, m.Pos)))
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

// taken is a place in the image that is not the user's.
type taken struct{ path, what string }

// imageOwn lists the places that bentoc's layers and the kernel have. Those of
// models are free in a bento that runs none. The C library that ONNX Runtime needs
// lies beside it, so /lib and /lib64 are free as well.
func (p *pass) imageOwn() []taken {
	own := []taken{
		{"/server", "the server itself"},
		{"/etc/passwd", "written by bentoc"},
		{"/etc/group", "written by bentoc"},
		{"/tmp", "empty when the server starts"},
		{"/proc", "mounted by the kernel"},
		{"/sys", "mounted by the kernel"},
		{"/dev", "mounted by the kernel"},
	}
	for name := range p.b.Models {
		if p.modelInUse(name) {
			return append(own, taken{"/models", "where the models are"}, taken{"/opt/onnxruntime", "ONNX Runtime"})
		}
	}
	return own
}

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
	}
	for _, own := range p.imageOwn() {
		if to == own.path || strings.HasPrefix(to, own.path+"/") {
			p.errorf(diag.Conflict, f.Pos, at, "%s in the image is %s", own.path, own.what).
				Hintf("put the file somewhere else, such as /app%s", to)
			return
		}
	}
	for dir := path.Dir(to); dir != "/"; dir = path.Dir(dir) {
		if other := p.b.Files[dir]; other != nil && !p.isFolder(other) {
			p.errorf(diag.Conflict, f.Pos, at, "%s lies below %s, which is a file", to, dir).
				Also(other.Pos, "%s is here", dir)
		}
	}
}

// isFolder is true where nothing says otherwise.
func (p *pass) isFolder(f *ir.File) bool {
	if p.opts.FS == nil {
		return true
	}
	info, err := fs.Stat(p.opts.FS, path.Clean(f.Path))
	return err != nil || info.IsDir()
}
