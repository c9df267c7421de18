//go:build cgo && linux && gpu

package gpu

import (
	"context"
	"fmt"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// Read reads a device that [driver.Devices] found.
func (d *driver) Read(uuid string) (Reading, error) {
	h, ok := d.handles[uuid]
	if !ok {
		return Reading{}, fmt.Errorf("there is no GPU %s", uuid)
	}
	var out Reading
	memory, r := h.GetMemoryInfo()
	if r != nvml.SUCCESS {
		return Reading{}, failure(r) // a device that tells not even this is lost
	}
	out.MemoryUsed, out.MemoryTotal = int64(memory.Used), int64(memory.Total)
	know := func(what string, r nvml.Return) bool {
		if r != nvml.SUCCESS {
			out.Unknown = append(out.Unknown, what)
		}
		return r == nvml.SUCCESS
	}
	if rates, r := h.GetUtilizationRates(); know("utilization", r) {
		out.Utilization = float64(rates.Gpu) / 100
	}
	if degrees, r := h.GetTemperature(nvml.TEMPERATURE_GPU); know("temperature", r) {
		out.Temperature = float64(degrees)
	}
	if milliwatts, r := h.GetPowerUsage(); know("power", r) {
		out.Power = float64(milliwatts) / 1000
	}
	if reasons, r := h.GetCurrentClocksEventReasons(); know("throttled", r) {
		for _, why := range throttling {
			if reasons&why.bits != 0 {
				out.Throttled = append(out.Throttled, why.name)
			}
		}
	}
	return out, nil
}

// throttling is why clocks are lowered, of what is no choice of the operator's (nvml.h,
// nvmlClocksEventReasons).
var throttling = []struct {
	name string
	bits uint64
}{
	{"power", nvml.ClocksEventReasonSwPowerCap | nvml.ClocksThrottleReasonHwPowerBrakeSlowdown},
	{"temperature", nvml.ClocksEventReasonSwThermalSlowdown | nvml.ClocksThrottleReasonHwThermalSlowdown},
	{"hardware", nvml.ClocksThrottleReasonHwSlowdown},
}

// Watch tells of devices that fail: by a critical error (XID) that is not a program's own, an
// uncorrectable error of its memory, or by falling off the bus.
func (d *driver) Watch(ctx context.Context, every time.Duration, lost func(uuid, why string)) error {
	set, r := d.lib.EventSetCreate()
	if r != nvml.SUCCESS {
		return fmt.Errorf("watching the GPUs: %w", failure(r))
	}
	defer set.Free()
	told := map[string]bool{}
	once := func(uuid, why string) {
		if !told[uuid] {
			told[uuid] = true
			lost(uuid, why)
		}
	}
	const wanted = nvml.EventTypeXidCriticalError | nvml.EventTypeDoubleBitEccError
	for uuid, h := range d.handles {
		events, r := h.GetSupportedEventTypes()
		if r == nvml.SUCCESS {
			r = h.RegisterEvents(events&wanted, set)
		}
		if r != nvml.SUCCESS && r != nvml.ERROR_NOT_SUPPORTED {
			once(uuid, failure(r).Error())
		}
	}
	for ctx.Err() == nil {
		event, r := set.Wait(uint32(every.Milliseconds()))
		switch r {
		case nvml.SUCCESS:
			if why := verdict(event); why != "" {
				d.tell(event, why, once)
			}
		case nvml.ERROR_TIMEOUT:
		default: // not of one device
			return fmt.Errorf("watching the GPUs: %w", failure(r))
		}
		d.look(once)
	}
	return nil
}

// tell tells of the device of an event, or of all where nobody says which it is.
func (d *driver) tell(event nvml.EventData, why string, lost func(uuid, why string)) {
	if event.Device != nil {
		if uuid, r := event.Device.GetUUID(); r == nvml.SUCCESS {
			lost(uuid, why)
			return
		}
	}
	for uuid := range d.handles {
		lost(uuid, why)
	}
}

// look finds devices that are gone without an event.
func (d *driver) look(lost func(uuid, why string)) {
	for uuid, h := range d.handles {
		if _, r := h.GetMemoryInfo(); r == nvml.ERROR_GPU_IS_LOST || r == nvml.ERROR_UNKNOWN {
			lost(uuid, failure(r).Error())
		}
	}
}

// applications are the XIDs that a program brings about, by a wrong access or a division by
// zero in a kernel, and that leave the device well (NVIDIA's list of XID errors).
var applications = map[uint64]bool{13: true, 31: true, 43: true, 45: true, 68: true, 109: true}

// verdict says why a device is lost by an event; "" where it is not.
func verdict(event nvml.EventData) string {
	switch event.EventType {
	case nvml.EventTypeXidCriticalError:
		if !applications[event.EventData] {
			return fmt.Sprintf("XID %d", event.EventData)
		}
	case nvml.EventTypeDoubleBitEccError:
		return "an uncorrectable error of its memory"
	}
	return ""
}
