// Package place gives the GPUs of a machine to the runners of a server when it starts, and
// others when one fails.
//
// A process has one [Machine], whatever number of generations of its bento it opens: what
// was given out once is not counted twice while models are exchanged. The decision itself is
// package alloc's; what there is, package gpu tells.
//
// # What nobody would notice
//
// The tests of this package are about these: that an exchange of models takes devices anew;
// that a variable says "all" or "void" and is taken for a list; that CUDA counts devices in
// another order than NVML, so that indexes name others; that a gauge says 0 for what a device
// does not tell; that a runner runs without a GPU and nothing says so; that a device which
// failed is given out again; that what was moved is not seen by CUDA, which reads
// CUDA_VISIBLE_DEVICES once.
package place

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"bentoc.dev/runtime/gpu"
	"bentoc.dev/runtime/gpu/alloc"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
)

// EnvPrefix begins the variable that tells a step the devices of its runner, whose name
// follows: UUIDs, with commas between those of an instance and blanks between instances. An
// instance without a device is "-".
const EnvPrefix = "BENTOC_GPUS_"

// Runner is a runner that asks for GPUs.
type Runner struct {
	Name      string
	Instances int           // at least 1
	Each      alloc.Request // what each of them asks for; Runner, Instance and UUID are filled in
	UUIDs     []string      // the device of each; none for any
	Fallback  bool          // it runs without a GPU where there is none for it
	// NoProvider says why the runner cannot use a device though it has one; "" where it can.
	NoProvider string
}

// Machine is the machine that a process runs on, and who has what of its GPUs.
type Machine struct {
	options alloc.Options
	runners []Runner

	open   func() (gpu.Driver, error)
	lookup func(string) (string, bool)
	setenv func(name, value string) error

	start sync.Once
	fault error        // why there are no GPUs; nil where there are
	left  string       // who gives out devices in our place; "" for nobody
	all   []gpu.Device // as they were found
	drv   gpu.Driver   // nil where it is not open
	stop  func()       // ends the watch

	mu    sync.Mutex
	users int
	has   []*instance
	gone  map[string]string // devices that failed, and why
	moved map[string]string // runners that are being opened on other devices, and why they are not ready
	// reopen opens a step whose runner has got other devices, by runner; nil for none.
	reopen map[string]func(context.Context) error
	shown  map[string][]*metrics.Gauge // what a device told last, by UUID
}

// instance is one instance of a runner.
type instance struct {
	of    *Runner
	asks  alloc.Request
	parts []alloc.Part // nil for none
	why   string       // it has none; "" where it has
}

// On gives the machine of a process for the runners that ask for GPUs in a set, the same one
// for each generation of the bento. It looks at nothing before a runner is opened.
func On(set *runner.Set, o alloc.Options, runners ...Runner) *Machine {
	return set.Shared("gpu", func() any { return newMachine(o, runners...) }).(*Machine)
}

func newMachine(o alloc.Options, runners ...Runner) *Machine {
	m := &Machine{
		options: o, runners: runners, open: gpu.Open, lookup: os.LookupEnv, setenv: os.Setenv,
		gone: map[string]string{}, moved: map[string]string{},
		reopen: map[string]func(context.Context) error{}, shown: map[string][]*metrics.Gauge{},
	}
	for i := range m.runners {
		r := &m.runners[i]
		for n := range r.Instances {
			asks := r.Each
			asks.Runner, asks.Instance = r.Name, n
			if n < len(r.UUIDs) {
				asks.UUID = r.UUIDs[n]
			}
			m.has = append(m.has, &instance{of: r, asks: asks})
		}
	}
	return m
}

// Member makes a runner one that gets its GPUs before it is opened, and that is not ready
// while it has lost all of them. A runner that asks for none stays as it is.
func (m *Machine) Member(member runner.Member) runner.Member {
	life := runner.LifeOf(member)
	r := m.runner(life.Name)
	if r == nil {
		return member
	}
	user, ailing := life.Once, life.Ailing
	life.Once.Open = func(ctx context.Context) error {
		if err := m.give(ctx, r, user.Open); err != nil {
			return err
		}
		if user.Open == nil {
			return nil
		}
		return user.Open(ctx)
	}
	life.Once.Close = func(ctx context.Context) error {
		defer m.release()
		if user.Close == nil {
			return nil
		}
		return user.Close(ctx)
	}
	life.Ailing = func() string {
		if why := m.ailing(r); why != "" || ailing == nil {
			return why
		}
		return ailing()
	}
	return life
}

func (m *Machine) runner(name string) *Runner {
	for i := range m.runners {
		if m.runners[i].Name == name {
			return &m.runners[i]
		}
	}
	return nil
}

// give sees to it that the devices have been given out, once for all runners, and tells
// why this one cannot run. Reopen runs when it has got other devices.
func (m *Machine) give(ctx context.Context, r *Runner, reopen func(context.Context) error) error {
	m.start.Do(func() { m.fault = m.begin(ctx) })
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left == "" {
		if err := m.tell(r); err != nil {
			return err
		}
	}
	if m.fault != nil && !r.Fallback {
		return m.fault
	}
	m.users++
	m.reopen[r.Name] = reopen
	m.report(r)
	m.show(metrics.From(ctx), r)
	m.watch(metrics.From(ctx))
	return nil
}

// begin finds the devices and gives them out. Its error is why none is given.
func (m *Machine) begin(ctx context.Context) error {
	var hidden string
	if m.left, hidden = handedBack(m.lookup); hidden != "" {
		return m.nobody(fmt.Errorf("%s hides all GPUs", hidden))
	}
	if m.left != "" {
		slog.Info("who has which GPU is left to the environment: nothing is given out, and nothing counted", "variable", m.left)
		return nil
	}
	drv, err := m.open()
	switch {
	case errors.Is(err, gpu.ErrWithout):
		return m.nobody(err)
	case err != nil:
		return m.nobody(fmt.Errorf("%w\nhint: install NVIDIA's driver on the machine, 580 or newer for CUDA 13, and give its GPUs to the container, such as with docker run --gpus all; or say that the runner may run without one: fallback: \"cpu\"", err))
	}
	m.drv = drv
	if m.all, err = drv.Devices(); err != nil {
		return m.nobody(err)
	}
	if err := m.allocate(); err != nil {
		return m.nobody(fmt.Errorf("%w\nhint: ask for less, start the server on a machine that has more, or say that runners may compete: gpus: allowOvercommit: true", err))
	}
	return m.visible()
}

// nobody notes that no runner has a GPU.
func (m *Machine) nobody(err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	why, _, _ := strings.Cut(err.Error(), "\n")
	for _, in := range m.has {
		in.parts, in.why = nil, why
	}
	return err
}

// allocate gives out devices: to all who ask or, where that does not fit, to those that do
// not run without and to as many of the others as there is room for.
func (m *Machine) allocate() error {
	devices := make([]alloc.Device, len(m.all))
	for i := range m.all {
		devices[i] = m.all[i].Device
	}
	if m.try(devices, m.has) == nil {
		return nil
	}
	var must, may []*instance
	for _, in := range m.has {
		if in.of.Fallback {
			may = append(may, in)
		} else {
			must = append(must, in)
		}
	}
	if err := m.try(devices, must); err != nil {
		return err
	}
	for _, in := range may {
		if err := m.try(devices, append(must, in)); err != nil {
			in.why = firstLine(err)
			continue
		}
		must = append(must, in)
	}
	return nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// try gives out devices to some instances, or leaves all as it is.
func (m *Machine) try(devices []alloc.Device, to []*instance) error {
	asks := make([]alloc.Request, len(to))
	for i, in := range to {
		asks[i] = in.asks
	}
	parts, err := alloc.Allocate(devices, asks, m.options)
	if err != nil {
		return err
	}
	for i, in := range to {
		in.parts, in.why = parts[i], ""
	}
	return nil
}

// visible has CUDA see the devices of the machine, those that are well, in NVML's order, by
// their UUIDs: a runner may be given another one later. Of MIG instances CUDA sees one.
func (m *Machine) visible() error {
	var uuids []string
	for _, in := range m.has {
		if len(in.parts) > 0 && in.parts[0].MIG != "" {
			uuids = []string{in.parts[0].MIG}
		}
	}
	if uuids == nil {
		for _, d := range m.all {
			if d.Lost == "" && len(d.MIG) == 0 {
				uuids = append(uuids, d.UUID)
			}
		}
	}
	return m.setenv(envCUDA, strings.Join(uuids, ","))
}

// tell tells a step which devices its runner has.
func (m *Machine) tell(r *Runner) error {
	var words []string
	for _, in := range m.of(r) {
		words = append(words, in.devices())
	}
	return m.setenv(EnvPrefix+r.Name, strings.Join(words, " "))
}

func (m *Machine) of(r *Runner) (all []*instance) {
	for _, in := range m.has {
		if in.of == r {
			all = append(all, in)
		}
	}
	return all
}

// devices names what an instance has.
func (in *instance) devices() string {
	var names []string
	for _, p := range in.parts {
		if p.MIG != "" {
			names = append(names, p.MIG)
		} else {
			names = append(names, p.Device)
		}
	}
	if names == nil {
		return "-"
	}
	return strings.Join(names, ",")
}

// report logs what a runner has.
func (m *Machine) report(r *Runner) {
	for _, in := range m.of(r) {
		log := slog.With("runner", r.Name, "instance", in.asks.Instance)
		switch {
		case m.left != "":
		case in.parts == nil:
			log.Warn("runs without a GPU, as it may", "why", in.why)
		default:
			memory := int64(0)
			for _, p := range in.parts {
				memory += p.Memory
			}
			log.Info("has a GPU", "gpu", in.devices(), "memory", memory)
			if r.NoProvider != "" {
				log.Warn("runs without its GPU, as it may", "why", r.NoProvider)
			}
		}
	}
}

// ailing tells why a runner should get no requests.
func (m *Machine) ailing(r *Runner) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if why := m.moved[r.Name]; why != "" {
		return why
	}
	if m.left != "" || r.Fallback {
		return ""
	}
	why := ""
	for _, in := range m.of(r) {
		if in.parts != nil {
			return "" // the others still run
		}
		why = in.why
	}
	return fmt.Sprintf("runner %s has no GPU any more: %s", r.Name, why)
}

// release ends the watch with the last runner.
func (m *Machine) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users--; m.users > 0 || m.stop == nil {
		return
	}
	m.stop()
	m.stop = nil
}
