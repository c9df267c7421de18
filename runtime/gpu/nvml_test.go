//go:build cgo && linux && gpu

package gpu

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxa100"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxb200"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxh100"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/dgxh200"
	"github.com/NVIDIA/go-nvml/pkg/nvml/mock/server"
)

// machine completes a mock of a machine by what its devices do not answer themselves.
func machine(s *server.Server, join func(d *server.Device, link int) (state nvml.EnableState, kind nvml.IntNvLinkDeviceType, to nvml.PciInfo)) *server.Server {
	for i, d := range s.Devices {
		dev := d.(*server.Device)
		bus := nvml.PciInfo{Bus: uint32(i), BusId: [32]int8{int8('a' + i)}}
		dev.GetPciInfoFunc = func() (nvml.PciInfo, nvml.Return) { return bus, nvml.SUCCESS }
		dev.GetNvLinkStateFunc = func(link int) (nvml.EnableState, nvml.Return) {
			state, _, _ := join(dev, link)
			return state, nvml.SUCCESS
		}
		dev.GetNvLinkRemoteDeviceTypeFunc = func(link int) (nvml.IntNvLinkDeviceType, nvml.Return) {
			_, kind, _ := join(dev, link)
			return kind, nvml.SUCCESS
		}
		dev.GetNvLinkRemotePciInfoFunc = func(link int) (nvml.PciInfo, nvml.Return) {
			_, _, to := join(dev, link)
			return to, nvml.SUCCESS
		}
	}
	return s
}

func switched(_ *server.Device, link int) (nvml.EnableState, nvml.IntNvLinkDeviceType, nvml.PciInfo) {
	if link > 11 {
		return nvml.FEATURE_DISABLED, 0, nvml.PciInfo{}
	}
	return nvml.FEATURE_ENABLED, nvml.NVLINK_DEVICE_TYPE_SWITCH, nvml.PciInfo{}
}

// pairs joins every even device with the one behind it.
func pairs(d *server.Device, link int) (nvml.EnableState, nvml.IntNvLinkDeviceType, nvml.PciInfo) {
	if link > 1 {
		return nvml.FEATURE_DISABLED, 0, nvml.PciInfo{}
	}
	return nvml.FEATURE_ENABLED, nvml.NVLINK_DEVICE_TYPE_GPU, nvml.PciInfo{BusId: [32]int8{int8('a' + (d.Index ^ 1))}}
}

func opened(t *testing.T, lib nvml.Interface) Driver {
	t.Helper()
	d, err := open(lib)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func devices(t *testing.T, d Driver) []Device {
	t.Helper()
	found, err := d.Devices()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The machines that NVIDIA mocks are found as they are.
func TestMachines(t *testing.T) {
	for name, tc := range map[string]struct {
		lib  *server.Server
		gib  int64
		cuda string
	}{
		"DGX A100": {dgxa100.New(), 40, "12.4"}, "DGX H100": {dgxh100.New(), 80, "12.4"},
		"DGX H200": {dgxh200.New(), 141, "12.4"}, "DGX B200": {dgxb200.New(), 180, "12.6"},
	} {
		d := opened(t, machine(tc.lib, switched))
		version, cuda, err := d.Version()
		if err != nil || !strings.Contains(version, ".") || cuda != tc.cuda {
			t.Errorf("%s: driver %s, CUDA %s, %v", name, version, cuda, err)
		}
		found := devices(t, d)
		if len(found) != 8 {
			t.Fatalf("%s: %d devices", name, len(found))
		}
		for i, dev := range found {
			if dev.Index != i || dev.Memory>>30 != tc.gib || dev.Lost != "" || len(dev.Links) != 7 || slices.Contains(dev.Links, dev.UUID) || dev.Name == "" {
				t.Errorf("%s: %+v, %d GiB", name, dev, dev.Memory>>30)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLinks(t *testing.T) {
	found := devices(t, opened(t, machine(dgxa100.New(), pairs)))
	for i, dev := range found {
		if want := []string{found[i^1].UUID}; !reflect.DeepEqual(dev.Links, want) {
			t.Errorf("device %d is joined with %v, want %v", i, dev.Links, want)
		}
	}
}

// MIG instances bear the names that nvidia-smi gives them.
func TestMIG(t *testing.T) {
	s := machine(dgxa100.New(), switched)
	a100 := s.Devices[3].(*server.Device)
	a100.GetMigModeFunc = func() (int, int, nvml.Return) { return nvml.DEVICE_MIG_ENABLE, nvml.DEVICE_MIG_ENABLE, nvml.SUCCESS }
	a100.GetMaxMigDeviceCountFunc = func() (int, nvml.Return) { return 7, nvml.SUCCESS }
	attributes := map[int]nvml.DeviceAttributes{
		0: {GpuInstanceSliceCount: 3, ComputeInstanceSliceCount: 3, MemorySizeMB: 19968},
		2: {GpuInstanceSliceCount: 1, ComputeInstanceSliceCount: 1, MemorySizeMB: 4864},
		3: {GpuInstanceSliceCount: 2, ComputeInstanceSliceCount: 1, MemorySizeMB: 9856},
	}
	a100.GetMigDeviceHandleByIndexFunc = func(i int) (nvml.Device, nvml.Return) {
		a, ok := attributes[i]
		if !ok {
			return nil, nvml.ERROR_NOT_FOUND
		}
		return &mock.Device{
			GetUUIDFunc:       func() (string, nvml.Return) { return fmt.Sprintf("MIG-%d", i), nvml.SUCCESS },
			GetAttributesFunc: func() (nvml.DeviceAttributes, nvml.Return) { return a, nvml.SUCCESS },
		}, nvml.SUCCESS
	}
	empty := s.Devices[4].(*server.Device)
	empty.GetMigModeFunc = a100.GetMigModeFunc
	empty.GetMaxMigDeviceCountFunc = func() (int, nvml.Return) { return 0, nvml.SUCCESS }
	found := devices(t, opened(t, s))
	var got []string
	for _, m := range found[3].MIG {
		got = append(got, fmt.Sprint(m.UUID, " ", m.Profile, " ", m.Memory>>20))
	}
	if want := []string{"MIG-0 3g.20gb 19968", "MIG-2 1g.5gb 4864", "MIG-3 1c.2g.10gb 9856"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if found[4].Lost != "MIG is on and it has no instances" || found[5].Lost != "" {
		t.Errorf("%+v", found[4:6])
	}
}

// What is wrong with the driver or a device is said, and the other devices are there.
func TestFailures(t *testing.T) {
	s := machine(dgxa100.New(), switched)
	s.InitFunc = func() nvml.Return { return nvml.ERROR_LIBRARY_NOT_FOUND }
	if _, err := open(s); err == nil || err.Error() != "opening libnvidia-ml, which the NVIDIA driver brings: the library was not found" {
		t.Error(err)
	}
	s = machine(dgxa100.New(), switched)
	get := s.DeviceGetHandleByIndexFunc
	s.DeviceGetHandleByIndexFunc = func(i int) (nvml.Device, nvml.Return) {
		if i == 2 {
			return nil, nvml.ERROR_GPU_IS_LOST
		}
		return get(i)
	}
	s.Devices[5].(*server.Device).GetMemoryInfoFunc = func() (nvml.Memory, nvml.Return) { return nvml.Memory{}, nvml.ERROR_GPU_IS_LOST }
	found := devices(t, opened(t, s))
	for i, dev := range found {
		if (dev.Lost == "the GPU fell off the bus") != (i == 2 || i == 5) || len(found) != 8 {
			t.Errorf("%d: %+v", i, dev)
		}
	}
}

func TestRead(t *testing.T) {
	s := machine(dgxh100.New(), switched)
	h := s.Devices[1].(*server.Device)
	h.GetMemoryInfoFunc = func() (nvml.Memory, nvml.Return) { return nvml.Memory{Total: 80 << 30, Used: 3 << 30}, nvml.SUCCESS }
	h.GetUtilizationRatesFunc = func() (nvml.Utilization, nvml.Return) { return nvml.Utilization{Gpu: 42}, nvml.SUCCESS }
	h.GetTemperatureFunc = func(nvml.TemperatureSensors) (uint32, nvml.Return) { return 61, nvml.SUCCESS }
	h.GetPowerUsageFunc = func() (uint32, nvml.Return) { return 0, nvml.ERROR_NOT_SUPPORTED }
	h.GetCurrentClocksEventReasonsFunc = func() (uint64, nvml.Return) {
		return nvml.ClocksEventReasonGpuIdle | nvml.ClocksEventReasonSwPowerCap | nvml.ClocksThrottleReasonHwThermalSlowdown, nvml.SUCCESS
	}
	d := opened(t, s)
	got, err := d.Read(devices(t, d)[1].UUID)
	want := Reading{Utilization: .42, MemoryUsed: 3 << 30, MemoryTotal: 80 << 30, Temperature: 61, Throttled: []string{"power", "temperature"}, Unknown: []string{"power"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := d.Read("other"); err == nil {
		t.Error("a device that there is not was read")
	}
}

// Devices that fail are told of, and those whose programs fail are not.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := machine(dgxh100.New(), switched)
		var gone atomic.Bool
		for i, d := range s.Devices {
			dev := d.(*server.Device)
			dev.GetSupportedEventTypesFunc = func() (uint64, nvml.Return) {
				return nvml.EventTypeXidCriticalError | nvml.EventTypeClock, nvml.SUCCESS
			}
			dev.RegisterEventsFunc = func(events uint64, _ nvml.EventSet) nvml.Return {
				if events != nvml.EventTypeXidCriticalError {
					t.Errorf("device %d: registered for %b", i, events)
				}
				return nvml.SUCCESS
			}
			memory := dev.GetMemoryInfoFunc
			dev.GetMemoryInfoFunc = func() (nvml.Memory, nvml.Return) {
				if gone.Load() && i == 7 {
					return nvml.Memory{}, nvml.ERROR_GPU_IS_LOST
				}
				return memory()
			}
		}
		events := make(chan nvml.EventData)
		s.EventSetCreateFunc = func() (nvml.EventSet, nvml.Return) {
			return &mock.EventSet{FreeFunc: func() nvml.Return { return nvml.SUCCESS }, WaitFunc: func(ms uint32) (nvml.EventData, nvml.Return) {
				select {
				case e := <-events:
					return e, nvml.SUCCESS
				case <-time.After(time.Duration(ms) * time.Millisecond):
					return nvml.EventData{}, nvml.ERROR_TIMEOUT
				}
			}}, nvml.SUCCESS
		}
		d := opened(t, s)
		found := devices(t, d)
		ctx, stop := context.WithCancel(t.Context())
		var told []string
		done := make(chan error)
		go func() {
			done <- d.Watch(ctx, time.Second, func(uuid, why string) {
				i := slices.IndexFunc(found, func(d Device) bool { return d.UUID == uuid })
				told = append(told, fmt.Sprint(i, " ", why))
			})
		}()
		events <- nvml.EventData{Device: s.Devices[2], EventType: nvml.EventTypeXidCriticalError, EventData: 31} // a wrong access
		events <- nvml.EventData{Device: s.Devices[3], EventType: nvml.EventTypeXidCriticalError, EventData: 79}
		events <- nvml.EventData{Device: s.Devices[4], EventType: nvml.EventTypeDoubleBitEccError}
		time.Sleep(1500 * time.Millisecond)
		gone.Store(true)
		time.Sleep(time.Second)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if want := []string{"3 XID 79", "4 an uncorrectable error of its memory", "7 the GPU fell off the bus"}; !reflect.DeepEqual(told, want) {
			t.Errorf("told of %q, want %q", told, want)
		}
	})
}
