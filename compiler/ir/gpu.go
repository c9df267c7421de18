package ir

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// WholeGPU is the share of a whole device, in millionths.
const WholeGPU = 1_000_000

// GPU is what each instance of a runner has of the machine's GPUs: one of Devices, Share,
// Memory and Profile, or whole devices that UUIDs names.
type GPU struct {
	Devices     int      `json:"devices,omitempty"`     // whole ones
	Share       int32    `json:"share,omitempty"`       // of one, in millionths
	Memory      int64    `json:"memory,omitempty"`      // bytes of one
	Profile     string   `json:"profile,omitempty"`     // of a MIG instance
	UUIDs       []string `json:"uuids,omitempty"`       // the device of each instance, in their order
	NVLink      bool     `json:"nvlink,omitempty"`      // joins every two devices of an instance
	Apart       []string `json:"apart,omitempty"`       // runners with which no device is shared, sorted
	Accelerator string   `json:"accelerator,omitempty"` // what runs a model on it; "" for cuda
	Fallback    string   `json:"fallback,omitempty"`    // "cpu": what runs without one; "" for nothing
	Pos         Pos      `json:"-"`
}

// GPUs is how GPUs are given out among the runners of a server.
type GPUs struct {
	Spread     bool `json:"spread,omitempty"`     // on as many as there are, not as few
	Overcommit bool `json:"overcommit,omitempty"` // what fits nowhere is placed all the same
	Pos        Pos  `json:"-"`
}

// Accelerators are what runs models on GPUs, the default first.
var Accelerators = []string{"cuda"}

// GPUInstances is how many instances of a runner with a GPU ask for one: those of a
// runner that does not say have one device.
func (r *Runner) GPUInstances() int { return max(1, r.Instances) }

// GPURunners gives the names of the runners that ask for a GPU, sorted.
func (b *Bento) GPURunners() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(b.Runners)) {
		if b.Runners[name].GPU != nil {
			names = append(names, name)
		}
	}
	return names
}

// OnMIG tells whether an instance, counted from 0, asks for a MIG instance.
func (g *GPU) OnMIG(instance int) bool {
	return g.Profile != "" || instance < len(g.UUIDs) && strings.HasPrefix(g.UUIDs[instance], "MIG-")
}

// Amount says for people how much an instance has.
func (g *GPU) Amount() string {
	switch {
	case g.Profile != "":
		return "a MIG instance " + g.Profile
	case g.Share > 0:
		return fmt.Sprintf("%.6g of a GPU", float64(g.Share)/WholeGPU)
	case g.Memory > 0:
		return fmt.Sprintf("%d bytes of a GPU", g.Memory)
	case cmp.Or(g.Devices, 1) == 1:
		return "1 GPU"
	}
	return fmt.Sprintf("%d GPUs", g.Devices)
}
