package check

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// maxGPUs is more than a machine has.
const maxGPUs = 1024

// minGPUMemory is less than what CUDA takes before anything runs.
const minGPUMemory = 16 * mebi

// checkGPUs sees that what runners ask of GPUs can be had of some machine.
func checkGPUs(p *pass) {
	for _, name := range p.b.GPURunners() {
		p.gpu(p.b.Runners[name], name, "runners."+name+".resources.gpu")
	}
	for _, service := range sorted(p.b.Services) {
		served := p.b.Only(service).Served()
		p.migAlone(served, service)
		p.gpusNamed(served)
	}
}

func (p *pass) gpu(r *ir.Runner, name, path string) {
	g := r.GPU
	pos := first(g.Pos, r.Pos)
	at := func(field string) (ir.Pos, string) { return p.at(path+"."+field, pos), path + "." + field }
	if where, path := at("devices"); g.Devices < 0 || g.Devices > maxGPUs {
		p.errorf(diag.ResourceBounds, where, path, "%d is not between 1 and %d", g.Devices, maxGPUs)
	}
	if where, path := at("memory"); g.Memory < 0 || g.Memory > maxMemory || g.Memory > 0 && g.Memory < minGPUMemory {
		p.errorf(diag.ResourceBounds, where, path, "%d bytes are no memory of a GPU that anything runs in", g.Memory).
			Hintf("give at least 16Mi and at most 64Ti; a number without a unit is in bytes")
	}
	if where, path := at("uuids"); len(g.UUIDs) > 0 {
		switch n := r.GPUInstances(); {
		case g.Devices > 0:
			p.errorf(diag.Conflict, where, path, "devices that are named are whole, one for each instance: how many is said already").
				Hintf("leave out devices")
		case g.Profile != "":
			p.errorf(diag.Conflict, where, path, "a MIG instance that is named has its profile").Hintf("leave out profile")
		case len(g.UUIDs) != n:
			p.errorf(diag.BadValue, where, path, "%d devices are named, and the runner has %d instances", len(g.UUIDs), n).
				Hintf("name one for each, or say as many instances")
		}
	}
	if where, path := at("nvlink"); g.NVLink && g.Devices < 2 {
		p.errorf(diag.BadValue, where, path, "NVLink joins several devices, and an instance has %s", g.Amount()).
			Hintf("say devices: 2, or leave out nvlink")
	}
	if others := slices.DeleteFunc(slices.Clone(p.b.Platforms), func(name string) bool { return name == "linux/amd64" }); len(others) > 0 {
		what := "servers that reach GPUs are compiled for linux/amd64 alone yet"
		if r.Engine.OfModel() {
			what = "ONNX Runtime with CUDA does not exist for " + strings.Join(others, ", ")
		}
		p.errorf(diag.BadPlatform, pos, path, "%s", what).Hintf("build for it alone: `platforms: [\"linux/amd64\"]`")
	}
	p.apart(r, name, path)
	p.accelerator(r, path)
}

// apart checks the runners that another is to have no device in common with.
func (p *pass) apart(r *ir.Runner, name, path string) {
	path += ".apart"
	pos := p.at(path, first(r.GPU.Pos, r.Pos))
	for _, other := range r.GPU.Apart {
		switch o := p.b.Runners[other]; {
		case o == nil:
			d := p.errorf(diag.UnknownRunner, pos, path, "there is no runner %q", other)
			suggest(d, other, sorted(p.b.Runners))
		case o.GPU == nil:
			p.errorf(diag.BadValue, pos, path, "runner %s has no GPU to be apart from", other).Also(o.Pos, "it is here")
		case other == name && r.GPUInstances() == 1:
			p.errorf(diag.BadValue, pos, path, "the runner has one instance, which cannot be apart from itself").
				Hintf("say how many instances there are")
		}
	}
}

// accelerator checks what runs a model on a device, and that it is made for all platforms.
func (p *pass) accelerator(r *ir.Runner, path string) {
	g, pos := r.GPU, first(r.GPU.Pos, r.Pos)
	at := path + ".accelerator"
	switch {
	case !r.Engine.OfModel():
		if g.Accelerator != "" {
			p.errorf(diag.UnknownField, p.at(at, pos), at, "a step of your own has no accelerator: it reaches the device itself").Hintf("leave it out")
		}
		return
	case g.Accelerator != "" && !slices.Contains(ir.Accelerators, g.Accelerator):
		p.errorf(diag.BadValue, p.at(at, pos), at, "there is no accelerator %q", g.Accelerator).
			Hintf("there is %s", strings.Join(ir.Accelerators, ", "))
		return
	}
	if g.Fallback == "" {
		p.errorf(diag.BadValue, pos, path, "images have ONNX Runtime without CUDA yet, so that the model could not run").
			Hintf("say that it may run without a GPU: `fallback: \"cpu\"`")
	}
}

// migAlone refuses what CUDA does not see: in a process there is one MIG instance, and
// nothing beside it.
func (p *pass) migAlone(b *ir.Bento, service string) {
	asked, mig := 0, ""
	for _, name := range b.GPURunners() {
		r := b.Runners[name]
		for i := range r.GPUInstances() {
			if asked++; r.GPU.OnMIG(i) && mig == "" {
				mig = name
			}
		}
	}
	if mig == "" || asked == 1 {
		return
	}
	r := b.Runners[mig]
	path := "runners." + mig + ".resources.gpu"
	p.errorf(diag.Conflict, first(r.GPU.Pos, r.Pos), path, "CUDA sees one MIG instance in a process and nothing beside it, and the server of service %s asks for %d GPUs", service, asked).
		Hintf("give the runner a service of its own, with one instance")
}

// named is what is asked of a device that is named.
type named struct {
	share int64
	whole string // a runner that has it to itself
	last  string
}

// gpusNamed refuses more than all of a device that is named.
func (p *pass) gpusNamed(b *ir.Bento) {
	if b.GPUs != nil && b.GPUs.Overcommit {
		return
	}
	asked := map[string]*named{}
	for _, name := range b.GPURunners() {
		g := b.Runners[name].GPU
		path := "runners." + name + ".resources.gpu.uuids"
		for i, uuid := range g.UUIDs {
			n := asked[uuid]
			if n == nil {
				n = &named{}
				asked[uuid] = n
			}
			whole := g.Share == 0 && g.Memory == 0
			n.share += int64(g.Share)
			if n.last != "" && (whole || n.whole != "") || n.share > ir.WholeGPU {
				where := p.at(fmt.Sprintf("%s.%d", path, i), p.at(path, first(g.Pos, b.Runners[name].Pos)))
				p.errorf(diag.ResourceBounds, where, path, "runners %s and %s ask for more than all of %s", n.last, name, uuid).
					Hintf("ask for less, name another device, or say `gpus: allowOvercommit: true`")
				return
			}
			if n.last = name; whole {
				n.whole = name
			}
		}
	}
}
