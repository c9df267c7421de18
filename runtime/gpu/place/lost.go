package place

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"bentoc.dev/runtime/gpu/alloc"
	"bentoc.dev/runtime/metrics"
)

// every is how often devices are looked at, and pause how long nobody looks after NVML
// failed.
const (
	every = time.Second
	pause = 10 * time.Second
)

// watch hears of devices that fail and reads how they do, until the last runner is closed.
// The first runner begins it.
func (m *Machine) watch(registry *metrics.Registry) {
	if m.drv == nil || m.stop != nil {
		return
	}
	// The context of whoever opens the first runner ends with the opening.
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() {
		defer func() { ended <- struct{}{} }()
		for ctx.Err() == nil {
			err := m.drv.Watch(ctx, every, func(uuid, why string) { m.lost(registry, uuid, why) })
			if err == nil {
				continue
			}
			slog.Error("the GPUs are not watched", "err", err)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		}
	}()
	go func() {
		defer func() { ended <- struct{}{} }()
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			m.read(registry)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	m.stop = func() {
		cancel()
		go func() { // NVML answers within a second
			<-ended
			<-ended
			if err := m.drv.Close(); err != nil {
				slog.Warn("NVML did not close", "err", err)
			}
		}()
	}
}

// lost takes a device from those that have it, and gives them others where there is room.
func (m *Machine) lost(registry *metrics.Registry, uuid, why string) {
	m.mu.Lock()
	if m.gone[uuid] != "" {
		m.mu.Unlock()
		return
	}
	m.gone[uuid] = why
	slog.Error("a GPU has failed", "gpu", uuid, "why", why)
	var hit []*Runner
	for _, in := range m.has {
		if slices.ContainsFunc(in.parts, func(p alloc.Part) bool { return p.Device == uuid }) {
			in.parts, in.why = nil, fmt.Sprintf("%s has failed: %s", uuid, why)
			if !slices.Contains(hit, in.of) {
				hit = append(hit, in.of)
			}
		}
	}
	var again []*Runner
	for _, r := range hit {
		if m.anew(r) {
			again = append(again, r)
			m.moved[r.Name] = fmt.Sprintf("runner %s is being opened on another GPU: %s has failed", r.Name, uuid)
		}
		if err := m.tell(r); err != nil {
			slog.Error("a runner is not told its GPUs", "runner", r.Name, "err", err)
		}
		m.show(registry, r)
		m.report(r)
	}
	m.mu.Unlock()
	for _, r := range again {
		m.openAgain(r)
	}
}

// anew gives the instances of a runner that have no device others, while everybody else
// keeps what they have. It tells whether any got one.
func (m *Machine) anew(r *Runner) (any bool) {
	for _, in := range m.of(r) {
		if in.parts != nil {
			continue
		}
		devices, asks := m.kept()
		parts, err := alloc.Allocate(devices, append(asks, in.asks), m.options)
		if err != nil {
			in.why += "; " + firstLine(err)
			continue
		}
		if got := parts[len(asks)]; got[0].MIG != "" {
			in.why += "; CUDA sees no other MIG instance in this process: start the server anew"
		} else {
			in.parts, in.why, any = got, "", true
		}
	}
	return any
}

// kept gives the devices of which something may be given out, and what is: each part by the
// name of its device. Who has whole ones has all of them, so that they are left out.
func (m *Machine) kept() (devices []alloc.Device, asks []alloc.Request) {
	whole := map[string]bool{}
	for _, in := range m.has {
		switch {
		case in.parts == nil:
		case in.parts[0].MIG != "":
			asks = append(asks, alloc.Request{Runner: in.asks.Runner, Instance: in.asks.Instance, UUID: in.parts[0].MIG, Apart: in.asks.Apart})
		case in.asks.Share > 0 || in.asks.Memory > 0:
			held := in.asks
			held.UUID = in.parts[0].Device
			asks = append(asks, held)
		default:
			for _, p := range in.parts {
				whole[p.Device] = true
			}
		}
	}
	for _, d := range m.all {
		if why := m.gone[d.UUID]; why != "" {
			d.Lost = why
		}
		if !whole[d.UUID] {
			devices = append(devices, d.Device)
		}
	}
	return devices, asks
}

// openTime is how long a step may take to open on another device.
const openTime = time.Minute

// openAgain has a step open on the devices that its runner has got, and lets requests come
// to it again. One that does not open stays unready.
func (m *Machine) openAgain(r *Runner) {
	m.mu.Lock()
	open := m.reopen[r.Name]
	m.mu.Unlock()
	var err error
	if open != nil {
		ctx, cancel := context.WithTimeout(context.Background(), openTime)
		defer cancel()
		err = open(ctx)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.moved[r.Name] = fmt.Sprintf("runner %s did not open on another GPU: %v", r.Name, err)
		slog.Error("a runner did not open on another GPU", "runner", r.Name, "err", err)
		return
	}
	delete(m.moved, r.Name)
	slog.Info("a runner is on another GPU", "runner", r.Name)
}
