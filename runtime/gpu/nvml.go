//go:build cgo && linux && gpu

package gpu

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"bentoc.dev/runtime/gpu/alloc"
)

// driver is NVIDIA's library, NVML.
type driver struct {
	lib     nvml.Interface
	handles map[string]nvml.Device // by UUID
}

// Open opens libnvidia-ml, which the driver brings.
func Open() (Driver, error) { return open(nvml.New()) }

func open(lib nvml.Interface) (Driver, error) {
	if r := lib.Init(); r != nvml.SUCCESS {
		return nil, fmt.Errorf("opening libnvidia-ml, which the NVIDIA driver brings: %w", failure(r))
	}
	return &driver{lib: lib, handles: map[string]nvml.Device{}}, nil
}

// failure is what a call says that went wrong. Its text is of our own: the library that
// would give it may be what is missing.
func failure(r nvml.Return) error {
	switch r {
	case nvml.ERROR_LIBRARY_NOT_FOUND:
		return errors.New("the library was not found")
	case nvml.ERROR_DRIVER_NOT_LOADED:
		return errors.New("the driver is not loaded")
	case nvml.ERROR_LIB_RM_VERSION_MISMATCH:
		return errors.New("the library is not of the driver that is loaded")
	case nvml.ERROR_GPU_IS_LOST:
		return errors.New("the GPU fell off the bus")
	case nvml.ERROR_NO_PERMISSION:
		return errors.New("it is not permitted")
	case nvml.ERROR_NOT_SUPPORTED:
		return errors.New("it is not supported")
	}
	return fmt.Errorf("NVML error %d", int(r))
}

// Close gives the library back.
func (d *driver) Close() error {
	if r := d.lib.Shutdown(); r != nvml.SUCCESS {
		return failure(r)
	}
	return nil
}

// Version is that of the driver and the newest CUDA that it serves.
func (d *driver) Version() (version, cuda string, err error) {
	version, r := d.lib.SystemGetDriverVersion()
	if r != nvml.SUCCESS {
		return "", "", failure(r)
	}
	n, r := d.lib.SystemGetCudaDriverVersion()
	if r != nvml.SUCCESS {
		return "", "", failure(r)
	}
	return version, fmt.Sprintf("%d.%d", n/1000, n%1000/10), nil
}

// Devices are all of them.
func (d *driver) Devices() ([]Device, error) {
	n, r := d.lib.DeviceGetCount()
	if r != nvml.SUCCESS {
		return nil, fmt.Errorf("counting the GPUs: %w", failure(r))
	}
	var links joins
	var out []Device
	for i := range n {
		h, r := d.lib.DeviceGetHandleByIndex(i)
		if r != nvml.SUCCESS {
			// Nothing else is known of it.
			out = append(out, Device{Index: i, Device: alloc.Device{UUID: fmt.Sprintf("index %d", i), Lost: failure(r).Error()}})
			links.add(nil, "")
			continue
		}
		dev, err := describe(h, i)
		if err != nil {
			return nil, fmt.Errorf("GPU %d: %w", i, err)
		}
		d.handles[dev.UUID] = h
		links.add(h, dev.UUID)
		out = append(out, dev)
	}
	for i := range out {
		out[i].Links = links.of(i)
	}
	return out, nil
}

func describe(h nvml.Device, index int) (Device, error) {
	dev := Device{Index: index}
	var r nvml.Return
	if dev.UUID, r = h.GetUUID(); r != nvml.SUCCESS {
		return dev, fmt.Errorf("its UUID: %w", failure(r))
	}
	dev.Name, _ = h.GetName() // for people
	memory, r := h.GetMemoryInfo()
	switch {
	case r == nvml.ERROR_GPU_IS_LOST:
		dev.Lost = failure(r).Error()
		return dev, nil
	case r != nvml.SUCCESS:
		return dev, fmt.Errorf("its memory: %w", failure(r))
	}
	// What the driver keeps for itself is not given out.
	dev.Memory = int64(memory.Total)
	current, _, r := h.GetMigMode()
	if r != nvml.SUCCESS || current != nvml.DEVICE_MIG_ENABLE {
		return dev, nil // older devices know no MIG
	}
	var err error
	dev.MIG, err = instances(h, memory.Total)
	if err == nil && len(dev.MIG) == 0 {
		dev.Lost = "MIG is on and it has no instances"
	}
	return dev, err
}

// instances are the MIG instances of a device that has so much memory.
func instances(h nvml.Device, total uint64) ([]alloc.MIG, error) {
	n, r := h.GetMaxMigDeviceCount()
	if r != nvml.SUCCESS {
		return nil, fmt.Errorf("its MIG instances: %w", failure(r))
	}
	var out []alloc.MIG
	for i := range n {
		m, r := h.GetMigDeviceHandleByIndex(i)
		if r == nvml.ERROR_NOT_FOUND || r == nvml.ERROR_INVALID_ARGUMENT {
			continue // the place is free
		}
		if r != nvml.SUCCESS {
			return nil, fmt.Errorf("its MIG instance %d: %w", i, failure(r))
		}
		uuid, r := m.GetUUID()
		if r != nvml.SUCCESS {
			return nil, fmt.Errorf("its MIG instance %d: %w", i, failure(r))
		}
		a, r := m.GetAttributes()
		if r != nvml.SUCCESS {
			return nil, fmt.Errorf("its MIG instance %d: %w", i, failure(r))
		}
		out = append(out, alloc.MIG{UUID: uuid, Profile: profile(a, total), Memory: int64(a.MemorySizeMB) << 20})
	}
	return out, nil
}

// profile is the name of a MIG profile as nvidia-smi has it: the slices, and the memory in
// eighths of the device's, which is rounded to GiB.
func profile(a nvml.DeviceAttributes, total uint64) string {
	const gib = 1 << 30
	device := (total + gib - 1) / gib
	eighths := math.Ceil(float64(a.MemorySizeMB<<20) / float64(total) * 8)
	name := fmt.Sprintf("%dg.%dgb", a.GpuInstanceSliceCount, int(math.Round(eighths/8*float64(device))))
	if a.ComputeInstanceSliceCount != a.GpuInstanceSliceCount {
		name = fmt.Sprintf("%dc.%s", a.ComputeInstanceSliceCount, name)
	}
	return name
}

// joins finds out which devices NVLink joins: with each other, or by a switch with all that
// hang on one.
type joins struct {
	uuids    []string
	bus      []nvml.PciInfo
	to       [][]nvml.PciInfo
	switched []bool
}

// maxLinks is how many links a device has at most (NVML_NVLINK_MAX_LINKS).
const maxLinks = 18

func (j *joins) add(h nvml.Device, uuid string) {
	var bus nvml.PciInfo
	var to []nvml.PciInfo
	switched := false
	if h != nil {
		bus, _ = h.GetPciInfo()
		for link := range maxLinks {
			if state, r := h.GetNvLinkState(link); r != nvml.SUCCESS || state != nvml.FEATURE_ENABLED {
				continue
			}
			if kind, r := h.GetNvLinkRemoteDeviceType(link); r == nvml.SUCCESS && kind == nvml.NVLINK_DEVICE_TYPE_SWITCH {
				switched = true
				continue
			}
			if other, r := h.GetNvLinkRemotePciInfo(link); r == nvml.SUCCESS {
				to = append(to, other)
			}
		}
	}
	j.uuids, j.bus, j.to, j.switched = append(j.uuids, uuid), append(j.bus, bus), append(j.to, to), append(j.switched, switched)
}

// of gives the UUIDs of the devices that the i-th is joined with.
func (j *joins) of(i int) (links []string) {
	for k, uuid := range j.uuids {
		if k == i || uuid == "" {
			continue
		}
		if j.switched[i] && j.switched[k] || slices.ContainsFunc(j.to[i], func(to nvml.PciInfo) bool { return to.BusId == j.bus[k].BusId }) {
			links = append(links, uuid)
		}
	}
	return links
}
