package gosrc

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"runtime"
	"strconv"
	"sync"
)

// Checked keeps the packages of others once their types are known, so that bentos that
// are looked at in one process have them checked once: the standard library, the
// runtime, modules. The zero value is empty; it is safe for concurrent use.
//
// A package is the same where all of this is, and its key is a digest of it:
//
//   - what it is made of: the digest of the toolchain, the module or the runtime, and the
//     import path, which leads to a folder therein;
//   - the platform, which chooses among the files and sizes integers;
//   - the keys of all that it imports, as the lock of the bento at hand finds them: the same
//     module stands above another version of what it requires in another bento.
//
// What a go.mod says of the language holds for the user's own packages alone, which are
// never kept: neither are those that replace a module by a folder, those of others that
// import one of these, and those of which something is missing.
//
// Two types are the same only where they are one object, so nothing is ever taken out one
// by one: who checks a bento sees one generation of packages from beginning to end, and when
// that has grown over a limit the next bento begins another.
type Checked struct {
	mu  sync.Mutex
	now *generation
}

// mostSource bounds the bytes of outlines whose types are kept. The standard library as far as
// a step on pictures needs it has 2 MiB.
const mostSource = 32 << 20

// current gives the packages for one bento.
func (c *Checked) current() *generation {
	if c == nil {
		return newGeneration()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now == nil || c.now.fset.Base() > mostSource {
		c.now = newGeneration()
	}
	return c.now
}

// generation is what is shared at a time.
type generation struct {
	fset *token.FileSet // of all files; its size is the measure of what is kept
	turn chan struct{}  // bounds what is read and checked at a time

	mu      sync.Mutex
	sources map[sourceKey]*readOnce
	types   map[[sha256.Size]byte]*typesOnce
}

type sourceKey struct{ digest, path, platform string }

type readOnce struct {
	once   sync.Once
	source *source
	err    error
}

type typesOnce struct {
	once sync.Once
	pkg  *types.Package
}

func newGeneration() *generation {
	return &generation{
		fset: token.NewFileSet(), turn: make(chan struct{}, runtime.GOMAXPROCS(0)),
		sources: map[sourceKey]*readOnce{}, types: map[[sha256.Size]byte]*typesOnce{},
	}
}

// inTurn runs what takes time and waits for nothing.
func (g *generation) inTurn(f func()) {
	g.turn <- struct{}{}
	defer func() { <-g.turn }()
	f()
}

// read reads a package once for each digest and platform.
func (g *generation) read(f Folder, importPath, platform string) (*source, error) {
	r := &readOnce{}
	if f.Digest != "" {
		key := sourceKey{f.Digest + " " + f.Dir, importPath, platform}
		g.mu.Lock()
		if g.sources[key] == nil {
			g.sources[key] = r
		}
		r = g.sources[key]
		g.mu.Unlock()
	}
	r.once.Do(func() { g.inTurn(func() { r.source, r.err = f.read(importPath, platform) }) })
	return r.source, r.err
}

// other is a package of others, as one bento has it.
type other struct {
	source  *source
	imports map[string]*other
	err     error // it cannot be read
	missing error // it, or what it imports, is not on this machine
	shared  bool
	key     [sha256.Size]byte
	kept    *typesOnce
	gen     *generation
	on      string // platform
}

// errCycle is a package that imports itself on a way.
var errCycle = errors.New("import cycle")

// other finds a package of others, and all that it imports.
func (c *typeChecker) other(importPath string) *other {
	if p, ok := c.others[importPath]; ok {
		if p == nil {
			return &other{err: errCycle}
		}
		return p
	}
	c.others[importPath] = nil
	p := &other{gen: c.shared, on: c.platform, imports: map[string]*other{}}
	c.resolve(importPath, p)
	c.others[importPath] = p
	return p
}

func (c *typeChecker) resolve(importPath string, p *other) {
	folder, err := c.lib.Folder(importPath)
	if err == nil {
		p.source, err = c.shared.read(folder, importPath, c.platform)
	}
	if p.err = err; err != nil {
		if errors.As(err, new(*NotHereError)) {
			p.missing = err
		}
		return
	}
	p.shared = folder.Digest != ""
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q\n", folder.Digest, folder.Dir, importPath, c.platform)
	for _, name := range p.source.imports {
		if c.ours(name) {
			p.shared = false
			continue
		}
		i := c.other(name)
		p.imports[name] = i
		p.shared = p.shared && i.shared
		if p.missing == nil {
			p.missing = i.missing
		}
		fmt.Fprintf(h, "%q %x\n", name, i.key)
	}
	if p.shared {
		h.Sum(p.key[:0])
		p.kept = c.shared.known(p.key)
	}
}

// known gives the place of the types of a key.
func (g *generation) known(key [sha256.Size]byte) *typesOnce {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.types[key] == nil {
		g.types[key] = new(typesOnce)
	}
	return g.types[key]
}

// check gives the types of a shared package. What it imports is checked first: nobody waits
// for others while it is their turn.
func (p *other) check() *types.Package {
	if !p.shared {
		return nil
	}
	p.kept.once.Do(func() {
		var wg sync.WaitGroup
		for _, i := range p.imports {
			wg.Go(func() { i.check() })
		}
		wg.Wait()
		p.gen.inTurn(func() {
			files, err := p.source.parse(p.gen.fset)
			if err != nil {
				return
			}
			conf := typesConfig(importsOf(p.imports), p.on)
			p.kept.pkg, _ = conf.Check(p.source.path, p.gen.fset, files, nil)
		})
	})
	return p.kept.pkg
}

// importsOf are the packages that one imports, all checked.
type importsOf map[string]*other

// Import is there for the interface types.Importer.
func (m importsOf) Import(importPath string) (*types.Package, error) {
	return m.ImportFrom(importPath, "", 0)
}

// ImportFrom gives a package that files in the folder dir import.
func (m importsOf) ImportFrom(importPath, dir string, _ types.ImportMode) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	if p := m[vendored(importPath, ofStandard(dir))]; p != nil && p.check() != nil {
		return p.check(), nil
	}
	return nil, fmt.Errorf("there is no package %s", importPath)
}

// ahead reads and checks what the user's files import of others, side by side.
func (c *typeChecker) ahead(files []*ast.File) {
	a := &aheadOf{c: c, seen: map[string]bool{}}
	var wanted []string
	for _, f := range files {
		for _, i := range f.Imports {
			if name, err := strconv.Unquote(i.Path.Value); err == nil {
				wanted = append(wanted, name)
			}
		}
	}
	a.read(wanted)
	a.wg.Wait()
	var wg sync.WaitGroup
	for _, name := range wanted {
		if name != "unsafe" && !c.ours(name) {
			if p := c.other(name); p.missing == nil {
				wg.Go(func() { p.check() })
			}
		}
	}
	wg.Wait()
}

// aheadOf reads packages before they are asked for one by one; what is wrong with them is
// told then.
type aheadOf struct {
	c    *typeChecker
	wg   sync.WaitGroup
	mu   sync.Mutex
	seen map[string]bool
}

func (a *aheadOf) read(names []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range names {
		if a.seen[name] || name == "unsafe" || a.c.ours(name) {
			continue
		}
		a.seen[name] = true
		a.wg.Go(func() {
			folder, err := a.c.lib.Folder(name)
			if err != nil || folder.Digest == "" {
				return
			}
			if s, err := a.c.shared.read(folder, name, a.c.platform); err == nil {
				a.read(s.imports)
			}
		})
	}
}
