package plan

import "bentoc.dev/compiler/platform"

// LibraryDir is the folder of an image that has libonnxruntime and the libraries
// that it needs, the dynamic loader among them. The engine looks for it there.
const LibraryDir = "/opt/onnxruntime/lib"

// InputONNXRuntime is libonnxruntime and what it needs, one a platform.
const InputONNXRuntime = "onnxruntime"

func init() {
	add(&Engine{
		Kind:   "onnx",
		Layers: []string{InputONNXRuntime},
		// The server loads it into itself, so that it is started by its loader.
		Link:  func(on string) string { return "-I " + LibraryDir + "/" + platform.Of(on).Loader + " -r " + LibraryDir },
		Env:   map[string]string{"ORT_DISABLE_TELEMETRY": "1"}, // it sends reports of its use unless it is told not to
		Taken: []Taken{{"/opt/onnxruntime", "ONNX Runtime"}},
		Opener: &Opener{
			ID: "open", Name: "open the models with libonnxruntime",
			Input: "opener", Package: "./runtime/engine/onnx/open", Args: []string{LibraryDir + "/libonnxruntime.so.1"},
		},
	})
}
