package plan_test

import (
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/plan"
)

func withModels(ids ...string) plan.Request {
	r := request(append([]string{"toolchain", "source", "rootfs", "modules", "opener", "onnxruntime-linux-amd64", "onnxruntime-linux-arm64"}, ids...)...)
	r.Builder = "linux/amd64"
	r.Bento.Models = map[string]*ir.Model{
		"rec":  {Pos: diag.Pos{File: "bento.cue", Line: 9, Col: 2}},
		"det":  {Pos: diag.Pos{File: "bento.cue", Line: 8, Col: 2}},
		"idle": {Pos: diag.Pos{File: "bento.cue", Line: 10, Col: 2}}, // that no endpoint reaches
	}
	r.Bento.Runners = map[string]*ir.Runner{}
	endpoints := map[string]*ir.Endpoint{}
	for name := range r.Bento.Models {
		r.Bento.Runners[name] = &ir.Runner{Engine: ir.Engine{ONNX: &ir.ONNXEngine{Model: name}}}
		if name != "idle" {
			endpoints[name] = &ir.Endpoint{Runner: name}
		}
	}
	r.Bento.Services = map[string]*ir.Service{"all": {Endpoints: endpoints}}
	return r
}

// TestModelsAreOpened on the libraries of the platform that builds, by a program
// whose compilation knows nothing of the bento.
func TestModelsAreOpened(t *testing.T) {
	t.Parallel()
	p, err := plan.Build(withModels("models"))
	if err != nil || len(p.Opens) != 1 {
		t.Fatalf("%d steps, %v", len(p.Opens), err)
	}
	o := p.Opens[0]
	if got := strings.Join(o.Args, " "); got != "/opener/open /opt/onnxruntime/lib/libonnxruntime.so.1 /in/models/det/model.onnx /in/models/rec/model.onnx" {
		t.Error(got)
	}
	if !slices.Equal(o.Layers, []string{"onnxruntime-linux-amd64"}) || !slices.Equal(o.Mounts, []plan.Mount{{Input: "models", Path: "/in"}}) {
		t.Errorf("layers %v, mounts %v", o.Layers, o.Mounts)
	}
	if !slices.Equal(o.Env, []string{"MODE=fast", "ORT_DISABLE_TELEMETRY=1", "ZONE=b"}) {
		t.Errorf("environment %v", o.Env)
	}
	if o.Models[0].Name != "det" || o.Models[0].Pos.Line != 8 || o.Models[1].Name != "rec" {
		t.Errorf("models %v", o.Models)
	}
	c := p.Compiles[len(p.Compiles)-1]
	if c.ID != o.Tool || c.Platform != "linux/amd64" || c.Args[len(c.Args)-1] != "./runtime/engine/onnx/open" ||
		!slices.Equal(c.Mounts, []plan.Mount{{Input: "toolchain", Path: "/go"}, {Input: "opener", Path: "/src"}}) {
		t.Errorf("compiled by %+v", c)
	}
	if len(p.Compiles) != 3 {
		t.Errorf("%d compile steps", len(p.Compiles))
	}
}

// TestLargeModelsAreOpened: files of one model that are layers of their own come
// together as in the image.
func TestLargeModelsAreOpened(t *testing.T) {
	t.Parallel()
	p, err := plan.Build(withModels("models", "model-rec/weights.bin", "files"))
	if err != nil || len(p.Opens) != 1 {
		t.Fatalf("%d steps, %v", len(p.Opens), err)
	}
	o := p.Opens[0]
	if want := []string{"onnxruntime-linux-amd64", "files", "models", "model-rec/weights.bin"}; !slices.Equal(o.Layers, want) || len(o.Mounts) != 0 {
		t.Errorf("layers %v, mounts %v", o.Layers, o.Mounts)
	}
	if o.Args[2] != "/models/det/model.onnx" {
		t.Errorf("arguments %v", o.Args)
	}
}

func TestNothingIsOpened(t *testing.T) {
	t.Parallel()
	none, other := withModels("models"), withModels("models")
	none.Bento.Services = nil
	other.Platforms = []string{"linux/arm64"}
	for _, r := range []plan.Request{none, other, request("toolchain", "source", "rootfs")} {
		p, err := plan.Build(r)
		if err != nil || len(p.Opens) != 0 || len(p.Compiles) != len(p.Images) {
			t.Errorf("%d steps, %d compilations, %v", len(p.Opens), len(p.Compiles), err)
		}
	}
}

// TestEngineWithoutItsLayer is refused: the server would not start.
func TestEngineWithoutItsLayer(t *testing.T) {
	t.Parallel()
	r := withModels("models")
	r.Inputs = slices.DeleteFunc(r.Inputs, func(in plan.Input) bool { return in.ID == "onnxruntime-linux-arm64" })
	if _, err := plan.Build(r); err == nil || !strings.Contains(err.Error(), "planning linux/arm64: there is no input onnxruntime") {
		t.Error(err)
	}
}
