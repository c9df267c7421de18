package layer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/fetch/deb"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/platform"
	"bentoc.dev/compiler/store"
)

// gccDir has the compiler proper and what every program is linked with.
const gccDir = "usr/lib/gcc/x86_64-linux-gnu/12/"

// gccFiles are those of its files that compiling C takes.
var gccFiles = []string{
	"cc1", "collect2", "crtbegin.o", "crtbeginS.o", "crtbeginT.o", "crtend.o", "crtendS.o", "libgcc.a", "libgcc_eh.a", "libgcc_s.so", "liblto_plugin.so",
}

// tools are the programs of a C toolchain that are called, and the names under which GCC
// and the go command look for them.
var tools = map[string]string{
	"usr/bin/x86_64-linux-gnu-gcc-12": "", "usr/bin/x86_64-linux-gnu-as": "as", "usr/bin/x86_64-linux-gnu-ld.bfd": "ld",
}

// ofToolchain tells whether a file of a package is part of a C toolchain.
func ofToolchain(name string) bool {
	if _, is := tools[name]; is {
		return true
	}
	if rest, ok := strings.CutPrefix(name, gccDir); ok {
		return slices.Contains(gccFiles, rest) || strings.HasPrefix(rest, "include/")
	}
	return strings.HasPrefix(name, "usr/include/") || path.Dir(name) == "usr/lib/x86_64-linux-gnu"
}

// gpus packs what a server that reaches GPUs is compiled with and, where no engine brings
// it, the C library that it is started with.
func (p *packer) gpus(ctx context.Context) error {
	if len(p.Bento.GPURunners()) == 0 {
		return nil
	}
	const on = plan.GPUPlatform
	if p.Builder != on {
		return fmt.Errorf("a server that reaches GPUs is compiled on %s alone, and this machine is %s", on, p.Builder)
	}
	byName := map[string]deb.Package{}
	for _, d := range p.Lock.Debs(on) {
		byName[d.Name] = d
	}
	if err := p.cToolchain(ctx, byName, on); err != nil {
		return fmt.Errorf("packing a C toolchain: %w", err)
	}
	if slices.Contains(plan.Kinds(p.Bento), "onnx") {
		return nil // its libraries have the C library among them
	}
	name, files := need.CLibrary(on)
	d := byName[name]
	pkg := store.Package{Key: fmt.Sprint("clibrary1 ", d.SHA256, files), Platform: on, Compression: store.Gzip}
	const content = "the C library"
	if l, ok := p.Fetch.Store.Packed(pkg); ok {
		p.keep(plan.InputCLibrary, content, p.Bento.Pos, l)
		return nil
	}
	var err error
	if pkg.Entries, err = p.libraries(ctx, d, on, files, plan.CLibraryDir); err != nil {
		return fmt.Errorf("packing the C library: %w", err)
	}
	return p.add(ctx, plan.InputCLibrary, content, p.Bento.Pos, pkg)
}

// cToolchain packs a C toolchain as the root that GCC is told of, and beside it the dynamic
// loader alone, which is where programs name it.
func (p *packer) cToolchain(ctx context.Context, debs map[string]deb.Package, on string) error {
	root := store.Package{Key: "ctoolchain1", Platform: on, Compression: store.Zstd}
	loader := store.Package{Key: "cloader1", Platform: on, Compression: store.Gzip}
	for _, name := range need.CToolchain() {
		root.Key += " " + debs[name].SHA256
	}
	libc, _ := need.CLibrary(on)
	loader.Key += " " + debs[libc].SHA256
	const content, loaderContent = "C toolchain", "the loader of the C toolchain"
	packed, ok := p.Fetch.Store.Packed(root)
	if l, too := p.Fetch.Store.Packed(loader); ok && too {
		p.keep(plan.InputCToolchain, content, p.Bento.Pos, packed)
		p.keep(plan.InputCLoader, loaderContent, p.Bento.Pos, l)
		return nil
	}
	link := func(name, to string) {
		root.Entries = append(root.Entries, store.Entry{Name: name, Mode: fs.ModeSymlink | 0o777, Link: to})
	}
	for _, name := range need.CToolchain() {
		d := debs[name]
		if _, err := deb.New(p.Fetch).Fetch(ctx, d); err != nil {
			return err
		}
		entries, err := deb.New(p.Fetch).Tree(d, ofToolchain)
		if err != nil {
			return err
		}
		root.Entries = append(root.Entries, entries...)
	}
	for at, name := range tools {
		if name != "" {
			link("usr/bin/"+name, path.Base(at))
		}
	}
	// The linker's scripts name libraries where they were of old.
	file := platform.Of(on).Loader
	link("lib", "usr/lib")
	link("lib64/"+file, "../usr/lib/x86_64-linux-gnu/"+file)
	slices.SortFunc(root.Entries, func(a, b store.Entry) int { return strings.Compare(a.Name, b.Name) })
	at := "usr/lib/x86_64-linux-gnu/" + file
	alone, err := deb.New(p.Fetch).Tree(debs[libc], func(name string) bool { return name == at })
	if err != nil {
		return err
	}
	for _, e := range alone {
		e.Name = file
		loader.Entries = append(loader.Entries, e)
	}
	return errors.Join(
		p.add(ctx, plan.InputCToolchain, content, p.Bento.Pos, root),
		p.add(ctx, plan.InputCLoader, loaderContent, p.Bento.Pos, loader),
	)
}
