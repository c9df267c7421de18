//go:build !(cgo && linux && gpu)

package gpu

// Open says that there is no driver: NVIDIA's library is reached by cgo, in what is compiled
// with the build tag gpu.
func Open() (Driver, error) { return nil, ErrWithout }
