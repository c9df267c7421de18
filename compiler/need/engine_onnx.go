package need

import (
	"slices"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/platform"
)

func init() {
	engines["onnx"] = func(_ []*ir.Runner, on string) ([]Item, error) { return ONNXRuntime(on) }
}

// libraries are the Debian packages with the shared libraries that libonnxruntime
// needs, and the names of those.
var libraries = []struct {
	pkg   string
	names []string
}{
	{"libc6", []string{"libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1"}},
	{"libgcc-s1", []string{"libgcc_s.so.1"}},
	{"libstdc++6", []string{"libstdc++.so.6"}},
}

// ONNXRuntime is what running models with ONNX Runtime needs on a platform:
// libonnxruntime, which a wheel has, and the libraries below it.
func ONNXRuntime(on string) ([]Item, error) {
	w, err := pin.ONNXRuntime(on)
	if err != nil {
		return nil, err
	}
	items := []Item{{Kind: Wheel, Name: w.Project, Version: w.Version, Platform: on, File: w.File, Size: w.Size, Sum: w.SHA256}}
	for _, l := range libraries {
		names := l.names
		if l.pkg == "libc6" {
			names = append(slices.Clone(names), platform.Of(on).Loader)
		}
		items = append(items, Item{Kind: Deb, Name: l.pkg, Platform: on, Paths: names})
	}
	return items, nil
}
