// Package gpu finds the GPUs of a machine, reads how they do, and hears of those that fail.
//
// Which runner gets which is decided by package [alloc]. NVIDIA's library, libnvidia-ml, is
// opened when the server starts, by a Go module that takes cgo. So it is compiled only with
// the build tag gpu, which servers with GPU runners are: others do not have this package, and
// what is compiled without the tag, as the plain tests are, has [Open] say so.
package gpu

import (
	"context"
	"errors"
	"time"

	"bentoc.dev/runtime/gpu/alloc"
)

// Device is a GPU as the machine has it.
type Device struct {
	alloc.Device
	Index int    // as the driver counts
	Name  string // such as NVIDIA H100 80GB HBM3
}

// Reading is how a device does at one moment.
type Reading struct {
	Utilization float64  // of the time since the last sample in which it worked, from 0 to 1
	MemoryUsed  int64    // bytes, of all processes
	MemoryTotal int64    // bytes
	Temperature float64  // degrees Celsius
	Power       float64  // watts
	Throttled   []string // why its clocks are lower than they could be: power, temperature, hardware
	Unknown     []string // which of these the device does not tell
}

// ErrWithout is the error of [Open] in what was compiled without cgo and the build tag gpu.
var ErrWithout = errors.New("this program was compiled without what reaches NVIDIA's library")

// Driver is what tells of the devices.
type Driver interface {
	// Version is that of the driver, such as 580.95.05, and the newest CUDA that it
	// serves, such as 13.0.
	Version() (driver, cuda string, err error)
	// Devices are all of them, in the driver's order, those that are lost too.
	Devices() ([]Device, error)
	// Read reads the device of a UUID.
	Read(uuid string) (Reading, error)
	// Watch calls lost once for every device that fails, until ctx ends. It looks for the
	// end of ctx every so often.
	Watch(ctx context.Context, every time.Duration, lost func(uuid, why string)) error
	// Close gives the library back.
	Close() error
}
