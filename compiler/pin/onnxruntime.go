package pin

import (
	"fmt"

	"bentoc.dev/compiler/fetch/pypi"
)

// ONNXRuntimeVersion is the libonnxruntime that images get. Answers depend on
// it, so it is part of bentoc and not the machine's.
const ONNXRuntimeVersion = "1.32.0"

// onnxRuntime are the wheels with libonnxruntime, by platform. The library is
// the same in the wheels for every Python; these are those for the oldest.
var onnxRuntime = map[string]pypi.Wheel{
	"linux/amd64": {
		File: "onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_x86_64.whl", Size: 27773237,
		SHA256: "sha256:5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
	},
	"linux/arm64": {
		File: "onnxruntime-1.32.0-cp311-cp311-manylinux_2_28_aarch64.whl", Size: 23195070,
		SHA256: "sha256:2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c",
	},
}

// ONNXRuntime gives the wheel with libonnxruntime for a platform.
func ONNXRuntime(platform string) (pypi.Wheel, error) {
	w, ok := onnxRuntime[platform]
	if !ok {
		return pypi.Wheel{}, fmt.Errorf("finding libonnxruntime: there is none for %s", platform)
	}
	w.Project, w.Version = "onnxruntime", ONNXRuntimeVersion
	return w, nil
}
