package plan

// LibraryDir is the folder of an image that has libonnxruntime and the libraries
// that it needs, the dynamic loader among them. The engine looks for it there.
const LibraryDir = "/opt/onnxruntime/lib"

// loaders are the file names of the dynamic loader, by platform.
var loaders = map[string]string{
	"linux/amd64": "ld-linux-x86-64.so.2",
	"linux/arm64": "ld-linux-aarch64.so.1",
}

// Loader gives the file name of the dynamic loader of a platform.
func Loader(platform string) string { return loaders[platform] }
