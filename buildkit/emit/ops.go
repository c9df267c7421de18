package emit

import (
	"fmt"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/plan"
)

// scratchDir is writable in every compile step: the compiler's temporary files.
const scratchDir = "/tmp"

// graph makes LLB states from a plan. States are values; making one twice is
// harmless, since equal operations have equal digests.
type graph struct {
	plan     *plan.Plan
	noCache  bool
	epoch    time.Time
	files    map[string]*llb.SourceMap
	inputs   map[string]llb.State
	compiles map[string]llb.State // the output folder of each compile step
}

func newGraph(p *plan.Plan, o Options) (*graph, error) {
	g := &graph{
		plan:     p,
		noCache:  o.NoCache,
		epoch:    time.Unix(p.Epoch, 0).UTC(),
		files:    make(map[string]*llb.SourceMap, len(o.Files)),
		inputs:   make(map[string]llb.State, len(p.Inputs)),
		compiles: make(map[string]llb.State, len(p.Compiles)),
	}
	for name, text := range o.Files {
		g.files[name] = llb.NewSourceMap(nil, name, "Cue", text)
	}
	for _, in := range p.Inputs {
		st, err := g.stored(in.Manifest, in.Content, in.Pos)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", in.ID, err)
		}
		g.inputs[in.ID] = st
	}
	for i := range p.Compiles {
		st, err := g.compile(&p.Compiles[i])
		if err != nil {
			return nil, fmt.Errorf("compile step %q: %w", p.Compiles[i].ID, err)
		}
		g.compiles[p.Compiles[i].ID] = st
	}
	return g, nil
}

// stored is an image of the store, named by digest alone. The name before the
// digest is constant: were it the input's, a new name would be a new operation.
func (g *graph) stored(manifest, name string, pos diag.Pos) (llb.State, error) {
	d, err := digest.Parse(manifest)
	if err != nil {
		return llb.State{}, fmt.Errorf("manifest %q: %w", manifest, err)
	}
	opts := []llb.OCILayoutOption{llb.OCIStore("", StoreID)}
	for _, c := range g.meta(name, pos) {
		opts = append(opts, c)
	}
	return llb.OCILayout("bentoc/store@"+d.String(), opts...), nil
}

// compile is the output folder of one run of the compiler.
func (g *graph) compile(c *plan.Compile) (llb.State, error) {
	opts := []llb.RunOption{
		llb.Args(c.Args),
		llb.Dir(c.Dir),
		llb.Network(llb.NetModeNone),
	}
	for _, kv := range c.Env {
		k, v, _ := strings.Cut(kv, "=")
		opts = append(opts, llb.AddEnv(k, v))
	}
	mounts, err := g.mounts(c.Mounts)
	if err != nil {
		return llb.State{}, err
	}
	opts = append(opts, mounts...)
	for _, k := range c.Caches {
		if g.noCache {
			opts = append(opts, llb.AddMount(k.Path, llb.Scratch(), llb.ForceNoOutput))
			continue
		}
		opts = append(opts, llb.AddMount(k.Path, llb.Scratch(), llb.AsPersistentCacheDir(k.ID, llb.CacheMountLocked)))
	}
	opts = append(opts, llb.AddMount(scratchDir, llb.Scratch(), llb.ForceNoOutput))
	for _, m := range g.meta(c.Name, c.Pos) {
		opts = append(opts, m)
	}
	return llb.Scratch().Run(opts...).AddMount(c.Output, llb.Scratch()), nil
}

// mounts are inputs that a step reads.
func (g *graph) mounts(list []plan.Mount) (opts []llb.RunOption, err error) {
	for _, m := range list {
		in, ok := g.inputs[m.Input]
		if !ok {
			return nil, fmt.Errorf("no input %q", m.Input)
		}
		// An input's digest stands for its content: hashing the files of a
		// toolchain to learn the same would cost a second.
		opts = append(opts, llb.AddMount(m.Path, in, llb.Readonly, llb.ContentCache(llb.MountContentCacheOff)))
	}
	return opts, nil
}

// root is the root file system of an image.
func (g *graph) root(img *plan.Image) (llb.State, error) {
	var parts []llb.State
	pos := diag.Pos{}
	if img.Base != nil {
		base, err := g.stored(img.Base.Manifest, "base image", img.Base.Pos)
		if err != nil {
			return llb.State{}, fmt.Errorf("base image: %w", err)
		}
		parts, pos = append(parts, base), img.Base.Pos
	}
	for i := range img.Layers {
		st, err := g.layer(&img.Layers[i])
		if err != nil {
			return llb.State{}, fmt.Errorf("layer %d: %w", i+1, err)
		}
		parts = append(parts, st)
		if l := img.Layers[i]; l.Pos.IsValid() {
			pos = l.Pos
		}
	}
	if len(parts) == 0 {
		return llb.State{}, fmt.Errorf("no layers")
	}
	return llb.Merge(parts, g.meta("image for "+img.Platform, pos)...), nil
}

func (g *graph) layer(l *plan.Layer) (llb.State, error) {
	if l.Input != "" {
		st, ok := g.inputs[l.Input]
		if !ok {
			return st, fmt.Errorf("no input %q", l.Input)
		}
		return st, nil
	}
	out, ok := g.compiles[l.Compile]
	if !ok {
		return out, fmt.Errorf("no compile step %q", l.Compile)
	}
	mode := l.Mode
	if mode == 0 {
		mode = 0o755
	}
	info := &llb.CopyInfo{
		// As text, the mode is the file's alone; as a number it would be that
		// of the folders above too.
		Mode:           &llb.ChmodOpt{ModeStr: fmt.Sprintf("%04o", mode)},
		CreatedTime:    &g.epoch,
		CreateDestPath: true,
		ChownOpt:       &llb.ChownOpt{User: &llb.UserOpt{UID: 0}, Group: &llb.UserOpt{UID: 0}},
	}
	return llb.Scratch().File(llb.Copy(out, l.From, l.To, info), g.meta(l.Content, l.Pos)...), nil
}

// meta is what an operation carries besides its meaning. No name holds a path
// or a time.
func (g *graph) meta(name string, pos diag.Pos) []llb.ConstraintsOpt {
	opts := []llb.ConstraintsOpt{llb.WithCustomName(name)}
	if g.noCache {
		opts = append(opts, llb.IgnoreCache)
	}
	if sm := g.files[pos.File]; sm != nil && pos.IsValid() {
		opts = append(opts, sm.Location(ranges(pos)))
	}
	return opts
}
