//go:build !(cgo && linux && gpu)

package gpu

import "errors"

// Open says that there is no driver: NVIDIA's library is reached by cgo, in what is compiled
// with the build tag gpu.
func Open() (Driver, error) {
	return nil, errors.New("this program was compiled without what reaches NVIDIA's library")
}
