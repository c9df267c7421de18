package layer_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch/deb/debtest"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/layer"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
	"bentoc.dev/compiler/store/storetest"
)

// seedONNXRuntime puts stand-ins into the store for the wheels with
// libonnxruntime: small archives at the end of files of the right size.
func seedONNXRuntime(t *testing.T, s *store.Store) {
	t.Helper()
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		w, err := pin.ONNXRuntime(platform)
		if err != nil {
			t.Fatal(err)
		}
		data := pypitest.Wheel(t, map[string]string{
			"onnxruntime/capi/libonnxruntime.so." + w.Version: "library for " + platform, "onnxruntime/LICENSE": "free",
			"onnxruntime/ThirdPartyNotices.txt": "of others", "onnxruntime/capi/libonnxruntime_providers_shared.so": "not wanted",
		})
		storetest.Forge(t, s, store.Blob{Digest: w.SHA256, Size: w.Size}, data)
	}
}

// withModels gives the request a runner for each model, with the models and the
// libraries locked.
func withModels(t *testing.T, r *layer.Request, models map[string]*ir.Model) {
	t.Helper()
	seedONNXRuntime(t, r.Fetch.Store)
	r.Bento.Models, r.Bento.Runners = models, map[string]*ir.Runner{}
	endpoints := map[string]*ir.Endpoint{}
	for name := range models {
		r.Bento.Runners[name] = &ir.Runner{Engine: ir.Engine{ONNX: &ir.ONNXEngine{Model: name}}}
		endpoints[name] = &ir.Endpoint{Runner: name}
	}
	r.Bento.Services = map[string]*ir.Service{"all": {Endpoints: endpoints}}
	mirror := debtest.NewMirror(t)
	mirror.Add(debtest.Libraries("2.36")...)
	r.Fetch.Env = append(r.Fetch.Env, mirror.Env()...)
	text := string(r.Lock.Bytes())
	for name, m := range models {
		if m.Source.Path == "" {
			continue
		}
		sum, size, err := r.Fetch.Store.FileDigest(t.Context(), filepath.Join(r.Root, m.Source.Path))
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("model %s path:%s model.onnx %d %s\nsignature %s {\"inputs\":[],\"outputs\":[]}\n", name, m.Source.Path, size, sum, name)
	}
	old, diags := lock.Parse("bento.lock", []byte(text))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	n, err := need.Of(r.Bento, r.Workspace.Needs())
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: r.Fetch, Old: old, Needs: n, ModuleDir: r.Root})
	if err != nil {
		t.Fatal(err)
	}
	r.Lock = f
}

func TestLayersOfModels(t *testing.T) {
	t.Parallel()
	root := writeModule(t)
	big := filepath.Join(root, "big.onnx")
	if err := errors.Join(os.WriteFile(big, []byte("big"), 0o644), os.Truncate(big, 64<<20)); err != nil {
		t.Fatal(err)
	}
	r := newRequest(t, root, newProxy(t))
	withModels(t, &r, map[string]*ir.Model{
		"small": {Source: ir.Source{Path: "data/a.txt"}}, "tiny": {Source: ir.Source{Path: "single.bin"}}, "big": {Source: ir.Source{Path: "big.onnx"}},
	})
	in, err := layer.All(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	list, content := unpacked(t, r.Fetch.Store, input(t, in, plan.InputModels))
	want := []string{"-rwxr-xr-x models/", "-rwxr-xr-x models/small/", "-rw-r--r-- models/small/model.onnx", "-rwxr-xr-x models/tiny/", "-rw-r--r-- models/tiny/model.onnx"}
	if !slices.Equal(list, want) || content["models/small/model.onnx"] != "a" {
		t.Errorf("models: %q", list)
	}
	large := input(t, in, plan.InputModel+"big")
	if large.Layer != large.DiffID || large.Unpacked != 64<<20 {
		t.Errorf("a large model: %+v", large)
	}
	p, err := plan.Build(plan.Request{Bento: r.Bento, Inputs: in.Inputs, Version: "test", GoVersion: pin.GoVersion})
	if err != nil {
		t.Fatal(err)
	}
	var layers []string
	for _, l := range p.Images[1].Layers {
		layers = append(layers, l.Input)
	}
	if want := []string{"rootfs", "onnxruntime-linux-arm64", "model-big", "models", ""}; !slices.Equal(layers, want) {
		t.Errorf("layers of an image: %q", layers)
	}
	// A file that changes between locking and packing is not packed.
	if err := os.WriteFile(filepath.Join(root, "single.bin"), []byte("Single"), 0o600); err != nil {
		t.Fatal(err)
	}
	var bad *store.DigestError
	if _, err := layer.All(t.Context(), r); !errors.As(err, &bad) {
		t.Errorf("a file that was changed: %v", err)
	}
}

func TestLayerOfONNXRuntime(t *testing.T) {
	t.Parallel()
	r := newRequest(t, writeModule(t), newProxy(t))
	withModels(t, &r, map[string]*ir.Model{"m": {Source: ir.Source{Path: "single.bin"}}})
	first, err := layer.All(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	list, content := unpacked(t, r.Fetch.Store, input(t, first, "onnxruntime-linux-arm64"))
	var files []string
	for _, entry := range list {
		if mode, name, _ := strings.Cut(entry, " "); !strings.HasSuffix(name, "/") {
			if mode != "-rw-r--r--" && mode != "-rwxrwxrwx" {
				t.Errorf("%s has the mode %s", name, mode)
			}
			files = append(files, name)
		}
	}
	want := []string{
		"opt/onnxruntime/lib/ld-linux-aarch64.so.1", "opt/onnxruntime/lib/libc.so.6", "opt/onnxruntime/lib/libdl.so.2",
		"opt/onnxruntime/lib/libgcc_s.so.1", "opt/onnxruntime/lib/libm.so.6", "opt/onnxruntime/lib/libonnxruntime.so.1",
		"opt/onnxruntime/lib/libpthread.so.0", "opt/onnxruntime/lib/librt.so.1", "opt/onnxruntime/lib/libstdc++.so.6",
		"opt/onnxruntime/lib/libstdc++.so.6.0.30",
		"usr/share/doc/gcc-12-base/copyright", "usr/share/doc/libc6/copyright",
		"usr/share/doc/onnxruntime/ThirdPartyNotices.txt", "usr/share/doc/onnxruntime/copyright",
		"var/lib/dpkg/status.d/gcc-12-base", "var/lib/dpkg/status.d/libc6", "var/lib/dpkg/status.d/libgcc-s1", "var/lib/dpkg/status.d/libstdc++6",
	}
	if !slices.Equal(files, want) {
		t.Errorf("files: %q", files)
	}
	if content["opt/onnxruntime/lib/libonnxruntime.so.1"] != "library for linux/arm64" || !strings.Contains(content["var/lib/dpkg/status.d/libc6"], "Version: 2.36\n") {
		t.Errorf("contents: %q", content)
	}
	// Once packed, none of the packages is needed again.
	for _, d := range r.Lock.Debs("linux/amd64") {
		if err := os.Remove(r.Fetch.Store.Path(d.SHA256)); err != nil {
			t.Fatal(err)
		}
	}
	r.Fetch.Env = append(r.Fetch.Env, "BENTOC_DEB_MIRROR=file:///nowhere")
	again, err := layer.All(t.Context(), r)
	if err != nil || !slices.Equal(again.Inputs, first.Inputs) {
		t.Errorf("once more: %v", err)
	}
	p, err := plan.Build(plan.Request{Bento: r.Bento, Inputs: again.Inputs, Version: "test", GoVersion: pin.GoVersion})
	if err != nil {
		t.Fatal(err)
	}
	flags := "-ldflags=-s -w -buildid= -I /opt/onnxruntime/lib/ld-linux-aarch64.so.1 -r /opt/onnxruntime/lib"
	if !slices.Contains(p.Compiles[1].Args, flags) {
		t.Errorf("compiled with %q", p.Compiles[1].Args)
	}
	if config := string(p.Images[0].Config); !strings.Contains(config, `"ORT_DISABLE_TELEMETRY=1"`) {
		t.Errorf("config %s", config)
	}
}
