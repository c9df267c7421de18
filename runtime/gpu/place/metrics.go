package place

import (
	"math"
	"slices"
	"strconv"

	"bentoc.dev/runtime/metrics"
)

// The reasons for which a device is throttled, as package gpu has them.
var throttling = []string{"power", "temperature", "hardware"}

// show shows what a runner has.
func (m *Machine) show(registry *metrics.Registry, r *Runner) {
	if m.left != "" {
		return
	}
	given := map[string]float64{}
	var lost, cpu float64
	for _, in := range m.of(r) {
		for _, p := range in.parts {
			given[p.Device] += float64(p.Memory)
		}
		switch {
		case r.Fallback && (in.parts == nil || r.NoProvider != ""):
			cpu++
		case in.parts == nil:
			lost++
		}
	}
	for _, d := range m.all { // 0 is told of what a runner had and lost
		labels := []string{"runner", r.Name, "gpu", d.UUID}
		if given[d.UUID] > 0 || m.gone[d.UUID] != "" {
			registry.Gauge("bentoc_runner_gpu_memory_bytes", "Memory of a GPU that was given to a runner.", labels...).Set(given[d.UUID])
		}
	}
	registry.Gauge("bentoc_runner_gpu_lost", "Instances of a runner that have no GPU any more.", "runner", r.Name).Set(lost)
	registry.Gauge("bentoc_runner_gpu_fallback", "Instances of a runner that run without a GPU, as they may.", "runner", r.Name).Set(cpu)
}

// read reads how the devices do, and shows it. What a device does not tell has no series:
// 0 would be a lie.
func (m *Machine) read(registry *metrics.Registry) {
	for i := range m.all {
		d := &m.all[i]
		labels := []string{"gpu", d.UUID, "index", strconv.Itoa(d.Index), "name", d.Name}
		m.mu.Lock()
		failed := m.gone[d.UUID] != "" || d.Lost != ""
		m.mu.Unlock()
		lost := registry.Gauge("bentoc_gpu_lost", "1 when a GPU has failed and is not used any more.", labels...)
		if failed {
			lost.Set(1)
			for _, g := range m.shown[d.UUID] { // it tells nothing any more
				g.Set(math.NaN())
			}
			continue
		}
		lost.Set(0)
		now, err := m.drv.Read(d.UUID)
		if err != nil {
			continue // the watch says why
		}
		var shown []*metrics.Gauge
		set := func(what, name, help string, value float64, more ...string) {
			if !slices.Contains(now.Unknown, what) {
				g := registry.Gauge(name, help, slices.Concat(labels, more)...)
				g.Set(value)
				shown = append(shown, g)
			}
		}
		set("", "bentoc_gpu_memory_used_bytes", "Memory of a GPU that is in use, by all processes.", float64(now.MemoryUsed))
		set("", "bentoc_gpu_memory_bytes", "Memory that a GPU has.", float64(now.MemoryTotal))
		set("utilization", "bentoc_gpu_utilization_ratio", "Part of the last sample in which a GPU worked, from 0 to 1.", now.Utilization)
		set("temperature", "bentoc_gpu_temperature_celsius", "Temperature of a GPU.", now.Temperature)
		set("power", "bentoc_gpu_power_watts", "Power that a GPU takes.", now.Power)
		for _, why := range throttling {
			on := 0.0
			if slices.Contains(now.Throttled, why) {
				on = 1
			}
			set("throttled", "bentoc_gpu_throttled", "1 while the clocks of a GPU are lowered, by why.", on, "reason", why)
		}
		m.shown[d.UUID] = shown
	}
}
