package lock_test

import (
	"reflect"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
)

// TestFacts reads what a comparison asks a lock for.
func TestFacts(t *testing.T) {
	t.Parallel()
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	f, diags := lock.Parse("bento.lock", []byte(`bentoc-lock 1
base debian:12 linux/amd64 sha256:`+a+`
base debian:12 linux/arm64 sha256:`+b+`
deb libc6 2.36-9 amd64 bookworm/main pool/libc6_amd64.deb 12 sha256:`+a+`
deb libc6 2.36-8 arm64 bookworm/main pool/libc6_arm64.deb 12 sha256:`+b+`
model det pkg:pypi/x@1.0#det.onnx model.onnx 100 sha256:`+a+`
model det pkg:pypi/x@1.0#det.onnx weights.bin 1000 sha256:`+b+`
model gone path:gone.onnx model.onnx 7 sha256:`+a+`
module example.com/y v1.2.3 `+h1+`
module example.com/y v1.2.3/go.mod `+h1+`
module example.com/z v0.1.0/go.mod `+h1+`
signature det {"inputs":[],"outputs":[{"name":"y","dtype":"float32","shape":[1]}]}
toolchain golang.org/toolchain v0.0.1-go1.26.8.linux-amd64 `+h1+`
toolchain golang.org/toolchain v0.0.1-go1.26.8.linux-arm64 `+h1+`
wheel onnxruntime 1.32.0 onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_x86_64.whl 12 sha256:`+a+`
`))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	models := map[string]*ir.Model{
		"det":  {Source: ir.Source{PyPI: &ir.PyPISource{Project: "x", Version: "1.0"}}, File: "det.onnx"},
		"gone": {Source: ir.Source{Path: "other.onnx"}}, // the lock has it from another source
	}
	for _, c := range []struct{ what, got, want any }{
		{"versions", f.Versions(), map[string]string{"pkg:deb/debian/libc6": "2.36-8, 2.36-9", "pkg:golang/example.com/y": "v1.2.3", "pkg:generic/go": "1.26.8", "pkg:pypi/onnxruntime": "1.32.0"}},
		{"bases", f.Bases(), map[string]string{"linux/amd64": "sha256:" + a, "linux/arm64": "sha256:" + b}},
		{"digests", f.ModelDigests(models), map[string]string{"det": "sha256:" + a + " sha256:" + b}},
		{"sizes", f.ModelSizes(models), map[string]int64{"models.det": 1100}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%v: %v, want %v", c.what, c.got, c.want)
		}
	}
}
