package emit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"

	"bentoc.dev/buildkit/emit"
	"bentoc.dev/compiler/plan"
)

// opening is the plan of a bento with models: what opens them is compiled from a
// source of its own and runs on the libraries' layer.
func opening() *plan.Plan {
	p := ocr()
	for _, id := range []string{"opener", "onnxruntime-linux-amd64", "models", "files"} {
		p.Inputs = append(p.Inputs, plan.Input{ID: id, Content: "the " + id, Manifest: sum(id), Pos: at(4)})
	}
	p.Compiles = append(p.Compiles, plan.Compile{
		ID: "open-linux-amd64", Name: "compile what opens the models", Platform: "linux/amd64",
		Mounts: []plan.Mount{{Input: "toolchain", Path: "/go"}, {Input: "opener", Path: "/src"}},
		Dir:    "/src", Args: []string{"/go/bin/go", "build", "-o", "/out/open", "."}, Output: "/out", Pos: at(5),
	})
	p.Opens = []plan.Open{{
		ID: "open-linux-amd64", Name: "open the models", Platform: "linux/amd64", Layers: []string{"onnxruntime-linux-amd64"},
		Mounts: []plan.Mount{{Input: "models", Path: "/in"}}, Tool: "open-linux-amd64", ToolAt: "/opener",
		Args: []string{"/opener/open", "/lib.so", "/in/models/det/model.onnx"}, Env: []string{"X=1"}, Pos: at(4),
	}}
	return p
}

func checked(t *testing.T, p *plan.Plan, o emit.Options) map[digest.Digest]op {
	t.Helper()
	checks, err := emit.Checks(t.Context(), p, o)
	if err != nil || len(checks) != 1 {
		t.Fatalf("%d checks, %v", len(checks), err)
	}
	return ops(t, []emit.Image{{Definition: checks[0]}})
}

func TestChecks_None(t *testing.T) {
	t.Parallel()
	if checks, err := emit.Checks(t.Context(), ocr(), options()); err != nil || len(checks) != 0 {
		t.Errorf("%d checks, %v", len(checks), err)
	}
}

// What opens the models adds three operations: its source, its compilation, and
// its run, which is of the libraries, the models and itself.
func TestChecks_Open(t *testing.T) {
	t.Parallel()
	all := checked(t, opening(), options())
	var names []string
	for _, o := range all {
		names = append(names, o.name)
	}
	slices.Sort(names)
	want := []string{"compile what opens the models", "open the models", "the models", "the onnxruntime-linux-amd64", "the opener", "the toolchain"}
	if !slices.Equal(names, want) {
		t.Errorf("operations %q, want %q", names, want)
	}
	o := named(t, all, "open the models")
	exec := o.GetExec()
	if exec.Network != pb.NetMode_NONE || exec.Security != pb.SecurityMode_SANDBOX || !slices.Equal(exec.Meta.Env, []string{"X=1"}) ||
		!slices.Equal(exec.Meta.Args, []string{"/opener/open", "/lib.so", "/in/models/det/model.onnx"}) {
		t.Errorf("network %v, security %v, %v", exec.Network, exec.Security, exec.Meta)
	}
	var got []string
	for _, m := range exec.Mounts {
		from := "scratch"
		if m.Input >= 0 {
			from = all[digest.Digest(o.Inputs[m.Input].Digest)].name
		}
		got = append(got, fmt.Sprintf("%s %s ro=%v", m.Dest, from, m.Readonly))
	}
	mounts := []string{"/ the onnxruntime-linux-amd64 ro=false", "/in the models ro=true", "/opened scratch ro=false", "/opener compile what opens the models ro=true"}
	if !slices.Equal(got, mounts) {
		t.Errorf("mounts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(mounts, "\n"))
	}
}

// A base image and the bento's files lie below, as in the image.
func TestChecks_OpenOnABase(t *testing.T) {
	t.Parallel()
	p := opening()
	p.Opens[0].Base = &plan.Base{Manifest: sum("base"), Config: []byte("{}"), Pos: at(3)}
	p.Opens[0].Layers = append(p.Opens[0].Layers, "files")
	all := checked(t, p, options())
	var got []string
	o := named(t, all, "what the models are opened on")
	for _, in := range o.GetMerge().Inputs {
		got = append(got, all[digest.Digest(o.Inputs[in.Input].Digest)].name)
	}
	if want := []string{"base image", "the onnxruntime-linux-amd64", "the files"}; !slices.Equal(got, want) {
		t.Errorf("merge of %q, want %q", got, want)
	}
}

func TestChecks_Contradictions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		want  string
		wrong func(*plan.Open)
	}{
		{`step "open-linux-amd64": no compile step "ghost"`, func(o *plan.Open) { o.Tool = "ghost" }},
		{`step "open-linux-amd64": no input "ghost"`, func(o *plan.Open) { o.Mounts[0].Input = "ghost" }},
		{`step "open-linux-amd64": no input "ghost"`, func(o *plan.Open) { o.Layers[0] = "ghost" }},
	} {
		p := opening()
		tt.wrong(&p.Opens[0])
		var none []*llb.Definition
		if checks, err := emit.Checks(t.Context(), p, options()); err == nil || err.Error() != tt.want || !slices.Equal(checks, none) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}
