package emit

import (
	"context"
	"fmt"
	"strings"

	"github.com/moby/buildkit/client/llb"

	"bentoc.dev/compiler/plan"
)

// Checks gives the definitions of what a build has to try beside making its
// images. They give nothing: where one fails, so does the build.
func Checks(ctx context.Context, p *plan.Plan, o Options) ([]*llb.Definition, error) {
	build, err := o.platform()
	if err != nil {
		return nil, err
	}
	g, err := newGraph(p, o)
	if err != nil {
		return nil, err
	}
	var checks []*llb.Definition
	for i := range p.Opens {
		st, err := g.open(&p.Opens[i])
		if err != nil {
			return nil, fmt.Errorf("step %q: %w", p.Opens[i].ID, err)
		}
		def, err := st.Marshal(ctx, llb.Platform(build))
		if err != nil {
			return nil, fmt.Errorf("marshalling step %q: %w", p.Opens[i].ID, err)
		}
		checks = append(checks, def)
	}
	return checks, nil
}

// open is a run of the program that opens models. What it gives is an empty
// folder.
func (g *graph) open(o *plan.Open) (llb.State, error) {
	root, err := g.openRoot(o)
	if err != nil {
		return llb.State{}, err
	}
	tool, ok := g.compiles[o.Tool]
	if !ok {
		return llb.State{}, fmt.Errorf("no compile step %q", o.Tool)
	}
	// The program's content counts, not what it was compiled from.
	opts := []llb.RunOption{llb.Args(o.Args), llb.Dir("/"), llb.Network(llb.NetModeNone), llb.AddMount(o.ToolAt, tool, llb.Readonly)}
	for _, kv := range o.Env {
		k, v, _ := strings.Cut(kv, "=")
		opts = append(opts, llb.AddEnv(k, v))
	}
	mounts, err := g.mounts(o.Mounts)
	if err != nil {
		return llb.State{}, err
	}
	opts = append(opts, mounts...)
	for _, m := range g.meta(o.Name, o.Pos) {
		opts = append(opts, m)
	}
	return root.Run(opts...).AddMount("/opened", llb.Scratch()), nil
}

// openRoot is the file system that models are opened on.
func (g *graph) openRoot(o *plan.Open) (llb.State, error) {
	var parts []llb.State
	if o.Base != nil {
		base, err := g.stored(o.Base.Manifest, "base image", o.Base.Pos)
		if err != nil {
			return llb.State{}, fmt.Errorf("base image: %w", err)
		}
		parts = append(parts, base)
	}
	for _, id := range o.Layers {
		in, ok := g.inputs[id]
		if !ok {
			return llb.State{}, fmt.Errorf("no input %q", id)
		}
		parts = append(parts, in)
	}
	switch len(parts) {
	case 0:
		return llb.Scratch(), nil
	case 1:
		return parts[0], nil
	}
	return llb.Merge(parts, g.meta("what the models are opened on", o.Pos)...), nil
}
