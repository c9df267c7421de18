package plan

import "bentoc.dev/compiler/ir"

// Taken is a place in an image that is not the user's.
type Taken struct {
	Path, What string // what is there, for people
}

// TakenBy gives the places that the layers of bentoc and the kernel have in the
// images of b. Those of models and of engines are free in a bento that runs none. The
// C library that ONNX Runtime needs lies beside it, so /lib and /lib64 are free as well.
func TakenBy(b *ir.Bento) []Taken {
	own := []Taken{
		{serverTo, "the server itself"},
		{"/etc/passwd", "written by bentoc"},
		{"/etc/group", "written by bentoc"},
		{"/usr/share/bentoc", "where the image's IR is"},
		{"/tmp", "empty when the server starts"},
		{"/proc", "mounted by the kernel"},
		{"/sys", "mounted by the kernel"},
		{"/dev", "mounted by the kernel"},
	}
	if len(b.UsedModels()) > 0 {
		own = append(own, Taken{"/models", "where the models are"})
	}
	if reachesGPUs(b) {
		own = append(own, Taken{"/opt/gpu", "the C library"})
	}
	for _, kind := range Kinds(b) {
		if e := engines[kind]; e != nil {
			own = append(own, e.Taken...)
		}
	}
	return own
}
