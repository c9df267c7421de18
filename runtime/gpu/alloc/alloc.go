// Package alloc decides which requests of runners get which GPUs. It is a pure function of
// the devices that there are and of what is asked for: it reads no device and keeps nothing.
//
// # What holds of every allocation
//
//   - No device gives out more memory than it has, nor shares of more than one, unless the
//     options allow it.
//   - Equal input gives equal output, and what is asked for in the order in which runners
//     are declared is placed in that order where nothing speaks against it.
//   - Packed, the requests lie on the first devices that hold them: no shorter row of
//     devices would, as far as a bounded search tells. So a device that is added behind the
//     others moves nothing.
//   - A device is never invented: what does not fit is a [*Shortage].
package alloc

import (
	"fmt"
	"slices"
)

// Device is a GPU.
type Device struct {
	UUID   string
	Memory int64    // bytes that may be given out
	Links  []string // UUIDs of the devices that NVLink joins it with
	MIG    []MIG    // its instances; where it has some it is not given out otherwise
	Lost   string   // why it is not to be used; "" for one that is well
}

// MIG is an instance of a device that was divided.
type MIG struct {
	UUID    string
	Profile string // such as 1g.10gb
	Memory  int64  // bytes
}

// Whole is the share of a whole device, in parts of a million.
const Whole Share = 1_000_000

// Share is part of a device, of its memory above all, in parts of a million.
type Share int32

// Request is what one instance of a runner asks for: one of Devices, Share, Memory and
// Profile. A UUID alone asks for the whole of that device.
type Request struct {
	Runner   string
	Instance int

	Devices int    // whole devices, for nobody else
	Share   Share  // of one device, less than [Whole]
	Memory  int64  // bytes of one device
	Profile string // of a MIG instance

	UUID   string   // on this device, or this MIG instance
	Linked bool     // every two of the devices are joined by NVLink
	Apart  []string // runners, perhaps itself, whose instances have no device in common with it
}

// Options are how to place.
type Options struct {
	Spread     bool // on as many devices as there are, not as few
	Overcommit bool // what does not fit is placed where the least is taken
}

// Part is what a request got of one device.
type Part struct {
	Device string // UUID
	MIG    string // UUID of the instance; "" for none
	Memory int64  // bytes
}

// Allocate gives each request its parts, in the order of the requests. Its error is a
// [*Shortage], or says which request or device makes no sense.
func Allocate(devices []Device, requests []Request, o Options) ([][]Part, error) {
	if err := check(devices, requests); err != nil {
		return nil, err
	}
	first := newPlan(devices, requests)
	failed := first.inOrder(o.Spread)
	if failed < 0 && o.Spread {
		return first.parts(), nil
	}
	limit := len(devices)
	if failed < 0 {
		limit = first.row() - 1
	}
	if better := search(devices, requests, limit); better != nil {
		return better.parts(), nil
	}
	switch {
	case failed < 0:
		return first.parts(), nil
	case !o.Overcommit || !first.overcommit(failed):
		return nil, &Shortage{Devices: devices, Requests: requests, Failed: failed, got: first.got}
	}
	return first.parts(), nil
}

func check(devices []Device, requests []Request) error {
	seen := map[string]bool{}
	for _, d := range devices {
		if d.UUID == "" || seen[d.UUID] || d.Memory <= 0 && d.Lost == "" {
			return fmt.Errorf("device %q has no UUID of its own, or no memory", d.UUID)
		}
		seen[d.UUID] = true
	}
	for _, r := range requests {
		asked := 0
		for _, is := range []bool{r.Devices != 0, r.Share != 0, r.Memory != 0, r.Profile != ""} {
			if is {
				asked++
			}
		}
		switch {
		case asked > 1, asked == 0 && r.UUID == "":
			return fmt.Errorf("%s asks for %d things of devices, share, memory and profile, not one", r.name(), asked)
		case r.Devices < 0, r.Memory < 0, r.Share < 0, r.Share >= Whole:
			return fmt.Errorf("%s asks for a number of devices, a share or memory that there cannot be: a share is between 0 and 1, devices are whole", r.name())
		case r.Devices > 1 && r.UUID != "":
			return fmt.Errorf("%s asks for %d devices and names one", r.name(), r.Devices)
		}
	}
	return nil
}

func (r *Request) name() string { return fmt.Sprintf("runner %s, instance %d,", r.Runner, r.Instance) }

// whole is how many devices the request wants for itself.
func (r *Request) whole() int {
	if r.Devices == 0 && r.Share == 0 && r.Memory == 0 && r.Profile == "" {
		return 1
	}
	return r.Devices
}

// need is how much memory of d a request for part of it takes.
func (r *Request) need(d *Device) int64 {
	if r.Share > 0 {
		return d.Memory/int64(Whole)*int64(r.Share) + d.Memory%int64(Whole)*int64(r.Share)/int64(Whole)
	}
	return r.Memory
}

// apart tells whether two requests must not have a device in common.
func (r *Request) apart(other *Request) bool {
	return slices.Contains(r.Apart, other.Runner) || slices.Contains(other.Apart, r.Runner)
}
