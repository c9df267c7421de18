package place

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/gpu"
	"bentoc.dev/runtime/gpu/alloc"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
)

const gib = 1 << 30

// driver is one of devices that a test has.
type driver struct {
	devices []gpu.Device
	unknown []string

	mu     sync.Mutex
	fail   map[string]string // what fails next, and why
	opened int
	closed bool
}

func (d *driver) Version() (string, string, error) { return "580.95.05", "13.0", nil }
func (d *driver) Devices() ([]gpu.Device, error)   { return d.devices, nil }
func (d *driver) Close() error                     { d.closed = true; return nil }
func (d *driver) Read(uuid string) (gpu.Reading, error) {
	return gpu.Reading{Utilization: 0.5, MemoryUsed: gib, MemoryTotal: 80 * gib, Temperature: 60, Power: 300, Throttled: []string{"power"}, Unknown: d.unknown}, nil
}

func (d *driver) Watch(ctx context.Context, every time.Duration, lost func(uuid, why string)) error {
	for ctx.Err() == nil {
		select {
		case <-time.After(every):
		case <-ctx.Done():
		}
		d.mu.Lock()
		fail := d.fail
		d.fail = nil
		d.mu.Unlock()
		for uuid, why := range fail {
			lost(uuid, why)
		}
	}
	return nil
}

func (d *driver) breaks(uuid, why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = map[string]string{uuid: why}
}

func machine(n int) *driver {
	d := &driver{}
	for i := range n {
		d.devices = append(d.devices, gpu.Device{Index: i, Name: "H100", Device: alloc.Device{UUID: fmt.Sprintf("GPU-%d", i), Memory: 80 * gib}})
	}
	return d
}

// world is a machine with its environment.
type world struct {
	*Machine
	driver   *driver
	env      map[string]string
	registry *metrics.Registry
	ctx      context.Context
	opened   []string
}

func newWorld(t *testing.T, d *driver, o alloc.Options, runners ...Runner) *world {
	w := &world{Machine: newMachine(o, runners...), driver: d, env: map[string]string{}, registry: metrics.NewRegistry()}
	w.ctx = metrics.WithRegistry(t.Context(), w.registry)
	w.open = func() (gpu.Driver, error) {
		if d == nil {
			return nil, errors.New("opening libnvidia-ml: the library was not found")
		}
		d.opened++
		return d, nil
	}
	w.lookup = func(name string) (string, bool) { v, ok := w.env[name]; return v, ok }
	w.setenv = func(name, value string) error { w.env[name] = value; return nil }
	return w
}

// life is the life of a step whose opening is written down.
func (w *world) life(name string) runner.Life {
	hook := func(context.Context) error { w.opened = append(w.opened, name+" "+w.env[EnvPrefix+name]); return nil }
	return runner.LifeOf(w.Member(runner.Life{Name: name, Once: runner.Hook{Open: hook}}))
}

func (w *world) text(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	if _, err := w.registry.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (w *world) shows(t *testing.T, lines ...string) {
	t.Helper()
	text := w.text(t)
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics lack %s:\n%s", line, text)
		}
	}
}

func half(name string, instances int) Runner {
	return Runner{Name: name, Instances: instances, Each: alloc.Request{Share: alloc.Whole / 2}}
}

func TestRunnersAreGivenDevicesOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, machine(2), alloc.Options{}, half("a", 2), Runner{Name: "b", Instances: 1, Each: alloc.Request{Devices: 1}})
		for range 2 { // the runners of a second generation
			for _, name := range []string{"a", "b"} {
				if err := w.life(name).Once.Open(w.ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		want := map[string]string{"CUDA_VISIBLE_DEVICES": "GPU-0,GPU-1", "BENTOC_GPUS_a": "GPU-0 GPU-0", "BENTOC_GPUS_b": "GPU-1"}
		for name, value := range want {
			if w.env[name] != value {
				t.Errorf("%s is %q, not %q", name, w.env[name], value)
			}
		}
		synctest.Wait()
		w.shows(t, `bentoc_runner_gpu_memory_bytes{runner="a",gpu="GPU-0"} 8.589934592e+10`, `bentoc_runner_gpu_fallback{runner="a"} 0`,
			`bentoc_gpu_throttled{gpu="GPU-1",index="1",name="H100",reason="power"} 1`, `bentoc_gpu_utilization_ratio{gpu="GPU-0",index="0",name="H100"} 0.5`)
		for range 4 {
			if w.driver.closed {
				t.Fatal("the driver was closed before the last runner")
			}
			if err := w.life("a").Once.Close(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * every)
		synctest.Wait()
		if !w.driver.closed || w.driver.opened != 1 {
			t.Errorf("the driver was opened %d times, and closed: %v", w.driver.opened, w.driver.closed)
		}
	})
}

func TestTooMuchIsAnErrorWithTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, machine(1), alloc.Options{}, half("a", 3))
	err := w.life("a").Once.Open(w.ctx)
	for _, part := range []string{"runner a, instance 2, asks for 0.5 of a GPU", "GPU-0, 80 GiB", "without a place", "allowOvercommit"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q: %v", part, err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, machine(1), alloc.Options{Overcommit: true}, half("a", 3))
		if err := w.life("a").Once.Open(w.ctx); err != nil {
			t.Error(err)
		}
		w.release()
		time.Sleep(2 * every)
	})
}

// TestNoRunOnTheCPUIsSilent wants an error of who does not say fallback, and a gauge of who
// does, whatever the reason is.
func TestNoRunOnTheCPUIsSilent(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		driver *driver
		env    map[string]string
		says   string
	}{
		"no library":      {nil, nil, "the library was not found"},
		"no device":       {machine(0), nil, "there is no GPU"},
		"hidden by CUDA":  {machine(1), map[string]string{envCUDA: "-1"}, "CUDA_VISIBLE_DEVICES hides all GPUs"},
		"empty":           {machine(1), map[string]string{envCUDA: ""}, "CUDA_VISIBLE_DEVICES hides all GPUs"},
		"hidden, a list":  {machine(1), map[string]string{envCUDA: "-1,0"}, "CUDA_VISIBLE_DEVICES hides all GPUs"},
		"hidden by image": {machine(1), map[string]string{envNVIDIA: "none"}, "NVIDIA_VISIBLE_DEVICES hides all GPUs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				may := half("may", 1)
				may.Fallback = true
				w := newWorld(t, tc.driver, alloc.Options{}, half("must", 1), may)
				for k, v := range tc.env {
					w.env[k] = v
				}
				if err := w.life("must").Once.Open(w.ctx); err == nil || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("the error does not say %q: %v", tc.says, err)
				}
				if err := w.life("may").Once.Open(w.ctx); err != nil {
					t.Error(err)
				}
				w.shows(t, `bentoc_runner_gpu_fallback{runner="may"} 1`)
				if w.env["BENTOC_GPUS_may"] != "-" {
					t.Errorf("the step is told %q", w.env["BENTOC_GPUS_may"])
				}
				w.release()
				time.Sleep(2 * every)
			})
		})
	}
}

func TestTheEnvironmentDecides(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		env  map[string]string
		left string
	}{
		{map[string]string{envNVIDIA: "all"}, ""},
		{map[string]string{envNVIDIA: "void"}, ""},
		{map[string]string{envNVIDIA: ""}, ""},
		{map[string]string{envNVIDIA: "0,1"}, envNVIDIA},
		{map[string]string{envNVIDIA: "GPU-8f6d"}, envNVIDIA},
		{map[string]string{envNVIDIA: "all", envCUDA: "1"}, envCUDA},
		{map[string]string{envCUDA: "GPU-8f6d,GPU-77aa"}, envCUDA},
		{map[string]string{envCUDA: "MIG-8f6d"}, envCUDA},
		{map[string]string{envDisable: "1", envCUDA: "-1"}, envDisable},
		{map[string]string{envDisable: "0"}, ""},
		{map[string]string{envDisable: "false"}, ""},
		{map[string]string{envDisable: "yes"}, envDisable},
		{map[string]string{envDisable: ""}, ""},
	} {
		left, hidden := handedBack(func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok })
		if left != tc.left || hidden != "" {
			t.Errorf("%v: left to %q, hidden by %q", tc.env, left, hidden)
		}
	}
	w := newWorld(t, machine(1), alloc.Options{}, half("a", 9))
	w.env[envCUDA] = "0"
	if err := w.life("a").Once.Open(w.ctx); err != nil || w.env[envCUDA] != "0" || w.driver.opened > 0 {
		t.Errorf("the variable %s is %q, and the error %v", envCUDA, w.env[envCUDA], err)
	}
	if _, told := w.env["BENTOC_GPUS_a"]; told {
		t.Error("the step is told devices that nobody gave out")
	}
}

func TestFailedDevices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, machine(3), alloc.Options{}, half("a", 1), half("b", 1), Runner{Name: "c", Instances: 1, Each: alloc.Request{Devices: 1}})
		lives := map[string]runner.Life{}
		for _, name := range []string{"a", "b", "c"} {
			lives[name] = w.life(name)
			if err := lives[name].Once.Open(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		visible := w.env[envCUDA]
		fails := func(uuid string) {
			w.driver.breaks(uuid, "XID 79")
			time.Sleep(3 * every)
			synctest.Wait()
		}
		is := func(name, devices, ails string) {
			t.Helper()
			if got := w.env[EnvPrefix+name]; got != devices {
				t.Errorf("runner %s has %s, not %s", name, got, devices)
			}
			if got := lives[name].Ailing(); got != ails {
				t.Errorf("runner %s ails of %q, not %q", name, got, ails)
			}
		}
		is("a", "GPU-0", "")
		fails("GPU-0") // two halves go to the device that is free; the whole one stays
		is("a", "GPU-2", "")
		is("b", "GPU-2", "")
		is("c", "GPU-1", "")
		if w.env[envCUDA] != visible {
			t.Errorf("CUDA would see other devices: %s", w.env[envCUDA])
		}
		if got := strings.Join(w.opened, "; "); got != "a GPU-0; b GPU-0; c GPU-1; a GPU-2; b GPU-2" {
			t.Errorf("opened were %s", got)
		}
		w.shows(t, `bentoc_gpu_lost{gpu="GPU-0",index="0",name="H100"} 1`, `bentoc_gpu_power_watts{gpu="GPU-0",index="0",name="H100"} NaN`,
			`bentoc_runner_gpu_memory_bytes{runner="a",gpu="GPU-0"} 0`, `bentoc_runner_gpu_lost{runner="a"} 0`)
		fails("GPU-1") // no device is free
		is("c", "-", "runner c has no GPU any more: GPU-1 has failed: XID 79; runner c, instance 0, asks for a GPU, which no GPU has left")
		is("a", "GPU-2", "")
		w.shows(t, `bentoc_runner_gpu_lost{runner="c"} 1`)
		for range 3 {
			w.release()
		}
		time.Sleep(2 * every)
	})
}

func TestWhatADeviceDoesNotTellIsNotShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := machine(1)
		d.unknown = []string{"power", "throttled"}
		w := newWorld(t, d, alloc.Options{}, half("a", 1))
		if err := w.life("a").Once.Open(w.ctx); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if text := w.text(t); strings.Contains(text, "bentoc_gpu_power_watts") || strings.Contains(text, "bentoc_gpu_throttled") {
			t.Errorf("what is not known is shown:\n%s", text)
		}
		w.release()
		time.Sleep(2 * every)
	})
}

func TestAMIGInstanceIsAllThatCUDASees(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := machine(2)
		d.devices[1].MIG = []alloc.MIG{{UUID: "MIG-a", Profile: "1g.10gb", Memory: 10 * gib}, {UUID: "MIG-b", Profile: "1g.10gb", Memory: 10 * gib}}
		w := newWorld(t, d, alloc.Options{}, Runner{Name: "a", Instances: 1, Each: alloc.Request{Profile: "1g.10gb"}})
		life := w.life("a")
		if err := life.Once.Open(w.ctx); err != nil {
			t.Fatal(err)
		}
		if w.env[envCUDA] != "MIG-a" || w.env["BENTOC_GPUS_a"] != "MIG-a" {
			t.Errorf("CUDA sees %s, the step %s", w.env[envCUDA], w.env["BENTOC_GPUS_a"])
		}
		w.driver.breaks("GPU-1", "XID 79")
		time.Sleep(3 * every)
		synctest.Wait()
		if why := life.Ailing(); !strings.Contains(why, "GPU-1 has failed") {
			t.Errorf("it ails of %q", why)
		}
		w.release()
		time.Sleep(2 * every)
	})
}

func TestGenerationsHaveOneMachine(t *testing.T) {
	t.Parallel()
	first := runner.NewSet(nil)
	if m := On(first, alloc.Options{}, half("a", 1)); On(first.Next(), alloc.Options{}, half("a", 1)) != m || On(runner.NewSet(nil), alloc.Options{}) == m {
		t.Error("each generation gives out devices by itself, or two processes together")
	}
}
