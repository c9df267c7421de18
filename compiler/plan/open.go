package plan

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// OpenerModules is the folder of the source of an [Opener] that is a module proxy.
// What opens models depends on the runtime that bentoc carries, not on the bento.
const OpenerModules = "modules"

// Where a step that opens models has things.
const (
	openerFile = "open"
	openerAt   = "/opener"
	modelsAt   = "/in"
)

// open plans the steps that open the models on the platform that builds. There are
// none where no image is for it: what runs elsewhere cannot be tried.
func (b *builder) open(p *Plan) error {
	for _, e := range b.engines {
		if models := ModelsOn(b.served, e.Kind); e.Opener != nil && len(models) > 0 && slices.Contains(b.Platforms, b.Builder) && b.has(e.Opener.Input) {
			if err := b.openOn(p, e, models); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *builder) openOn(p *Plan, e *Engine, names []string) error {
	id := ForPlatform(e.Opener.ID, b.Builder)
	o := Open{ID: id, Name: e.Opener.Name, Platform: b.Builder, Tool: id, ToolAt: openerAt, Pos: b.Bento.Pos}
	image := p.Images[slices.IndexFunc(p.Images, func(i Image) bool { return i.Platform == b.Builder })]
	o.Base = image.Base
	// The image's variables too: where locales are looked for can be one.
	var config struct {
		Config struct{ Env []string }
	}
	if err := json.Unmarshal(image.Config, &config); err != nil {
		return fmt.Errorf("reading the image config: %w", err)
	}
	o.Env = slices.DeleteFunc(config.Config.Env, func(kv string) bool { // what is told the server alone
		name, _, _ := strings.Cut(kv, "=")
		return ir.IsServerEnv(name)
	})
	// The libraries, and what the bento lays over its base, are where they are in
	// the image; models lie apart, where that spares a merge.
	var models []string
	for _, l := range image.Layers {
		switch {
		case l.Input == InputModels, strings.HasPrefix(l.Input, InputModel):
			models = append(models, l.Input)
		case l.Input != "" && (l.Input != ForPlatform(InputRootfs, b.Builder) && l.Input != InputRootfs):
			o.Layers = append(o.Layers, l.Input)
		}
	}
	root := ""
	if len(models) == 1 {
		root = modelsAt
		o.Mounts = append(o.Mounts, Mount{models[0], root})
	} else {
		o.Layers = append(o.Layers, models...)
	}
	o.Args = append([]string{path.Join(openerAt, openerFile)}, e.Opener.Args...)
	for _, name := range names {
		o.Args = append(o.Args, root+b.Bento.ModelPath(name))
		o.Models = append(o.Models, OpenModel{Name: name, Pos: b.Bento.Models[name].Pos})
	}
	if err := b.paddings(&o, e, root); err != nil {
		return err
	}
	c, err := b.compileOpener(id, e)
	if err != nil {
		return err
	}
	p.Compiles, p.Opens = append(p.Compiles, c), append(p.Opens, o)
	return nil
}

// compileOpener is like the step that compiles a server, but for its source: that
// is the same for all bentos.
func (b *builder) compileOpener(id string, e *Engine) (Compile, error) {
	c, err := b.compile(b.Builder, e)
	if err != nil {
		return c, fmt.Errorf("planning how models are opened: %w", err)
	}
	c.ID, c.Name = id, "compile what opens the models"
	c.Mounts = []Mount{{InputToolchain, goRoot}, {e.Opener.Input, source}}
	c.Args[len(c.Args)-2], c.Args[len(c.Args)-1] = path.Join(output, openerFile), e.Opener.Package
	c.Env = compileEnv(b.Builder, "file://"+path.Join(source, OpenerModules))
	return c, nil
}
