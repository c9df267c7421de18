package alloc_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime/gpu/alloc"
)

const gib = 1 << 30

// gpus are devices of 80 GiB.
func gpus(n int) []alloc.Device {
	out := make([]alloc.Device, n)
	for i := range out {
		out[i] = alloc.Device{UUID: fmt.Sprint(i), Memory: 80 * gib}
	}
	return out
}

func share(f float64) alloc.Request {
	return alloc.Request{Share: alloc.Share(f * float64(alloc.Whole))}
}

func whole(n int) alloc.Request { return alloc.Request{Devices: n} }

// named gives each request a runner of its own.
func named(requests ...alloc.Request) []alloc.Request {
	for i := range requests {
		if requests[i].Runner == "" {
			requests[i].Runner = string(rune('a' + i))
		}
	}
	return requests
}

// show writes who got which devices.
func show(parts [][]alloc.Part) string {
	var s []string
	for _, of := range parts {
		var at []string
		for _, p := range of {
			at = append(at, strings.TrimSuffix(p.Device+"/"+p.MIG, "/"))
		}
		s = append(s, strings.Join(at, "+"))
	}
	return strings.Join(s, " ")
}

func mig() []alloc.Device {
	d := gpus(3)
	for i := range 2 {
		d[i].MIG = []alloc.MIG{{UUID: fmt.Sprintf("m%d0", i), Profile: "3g.40gb", Memory: 40 * gib},
			{UUID: fmt.Sprintf("m%d1", i), Profile: "1g.10gb", Memory: 10 * gib}, {UUID: fmt.Sprintf("m%d2", i), Profile: "1g.10gb", Memory: 10 * gib}}
	}
	return d
}

// joined are devices of which NVLink joins the pairs.
func joined(n int, pairs ...[2]int) []alloc.Device {
	d := gpus(n)
	for _, p := range pairs {
		d[p[0]].Links = append(d[p[0]].Links, d[p[1]].UUID)
	}
	return d
}

func TestAllocate(t *testing.T) {
	t.Parallel()
	linked := alloc.Request{Devices: 2, Linked: true}
	lost := gpus(3)
	lost[0].Lost = "it fell off the bus"
	two := gpus(2)
	two[0].Memory = 10 * gib
	apart := func(r alloc.Request, runner string, from ...string) alloc.Request {
		r.Runner, r.Apart = runner, from
		return r
	}
	for _, tc := range []struct {
		name     string
		devices  []alloc.Device
		requests []alloc.Request
		spread   bool
		want     string // or what the error says
	}{
		// BentoML's, of four devices (tests/unit/bentoml_io/test_allocator.py).
		{"2 1 1", gpus(4), named(whole(2), whole(1), whole(1)), false, "0+1 2 3"},
		{"2 1 1 1, which there it invents", gpus(4), named(whole(2), whole(1), whole(1), whole(1)), false, "runner d, instance 0, asks for a GPU, which no GPU has left"},
		{"half, 1, half, half", gpus(4), named(share(.5), whole(1), share(.5), share(.5)), false, "0 1 0 2"},
		{"quarters beside a half, which there are kept apart", gpus(4), named(share(.5), whole(1), share(.5), share(.5), share(.25), share(.25), share(.25), share(.25)), false, "0 1 0 2 2 2 3 3"},
		{"1.5", gpus(4), named(share(1.5)), false, "there cannot be"},

		{"no device", nil, named(share(.5)), false, "asks for 0.5 of a GPU, and there is no GPU"},
		{"nothing asked for", gpus(1), nil, false, ""},
		{"a third is a third", gpus(1), named(share(1./3), share(1./3), share(1./3)), false, "0 0 0"},
		{"halves of sizes that do not halve", []alloc.Device{{UUID: "0", Memory: 7}}, named(share(.5), share(.5)), false, "0 0"},
		{"memory beside a share", gpus(1), named(share(.5), alloc.Request{Memory: 40 * gib}), false, "0 0"},
		{"too much memory beside a share", gpus(1), named(share(.5), alloc.Request{Memory: 40*gib + 1}), false, "which no GPU has left"},
		{"the order in which they come would not fit", gpus(2), named(share(.3), share(.3), share(.7), share(.7)), false, "0 1 0 1"},
		{"the large one has room", two, named(alloc.Request{Memory: 20 * gib}), false, "1"},
		{"a whole device leaves the large one", two, named(whole(1), alloc.Request{Memory: 20 * gib}), false, "0 1"},
		{"spread", gpus(3), named(share(.5), share(.2), share(.2), share(.2)), true, "0 1 2 1"},
		{"spread whole ones", gpus(3), named(share(.5), whole(1), share(.2)), true, "0 1 2"},
		{"apart", gpus(3), named(apart(share(.2), "a", "b"), apart(share(.2), "b"), apart(share(.2), "c")), false, "0 1 0"},
		{"apart from its own", gpus(3), named(apart(share(.2), "a", "a"), apart(share(.2), "a", "a"), apart(share(.2), "a", "a")), false, "0 1 2"},
		{"apart, and too few", gpus(2), named(apart(share(.2), "a", "a"), apart(share(.2), "a", "a"), apart(share(.2), "a", "a")), false, "0.2 of a GPU, apart from a, which no GPU has left"},
		{"by name", gpus(3), named(alloc.Request{UUID: "2"}, alloc.Request{UUID: "1", Share: 500_000}, whole(1), share(.5)), false, "2 1 0 1"},
		{"by name, of nothing", gpus(3), named(alloc.Request{UUID: "7"}), false, "asks for a GPU, 7, which no GPU has left"},
		{"lost", lost, named(whole(1), share(.5)), false, "1 2"},
		{"lost, by name", lost, named(alloc.Request{UUID: "0"}), false, "not used: it fell off the bus"},
		{"linked", joined(4, [2]int{1, 3}), named(linked), false, "1+3"},
		{"linked, of three", joined(4, [2]int{0, 1}, [2]int{1, 2}, [2]int{1, 3}, [2]int{2, 3}), named(alloc.Request{Devices: 3, Linked: true}), false, "1+2+3"},
		{"linked twice", joined(4, [2]int{0, 1}, [2]int{0, 2}, [2]int{1, 3}), named(linked, linked), false, "0+2 1+3"},
		{"linked, and none is", gpus(4), named(linked), false, "2 GPUs joined by NVLink, which no GPU has left"},
		{"MIG", mig(), named(alloc.Request{Profile: "1g.10gb"}, alloc.Request{Profile: "1g.10gb"}, alloc.Request{Profile: "1g.10gb"}, alloc.Request{Profile: "3g.40gb"}), false, "0/m01 0/m02 1/m11 0/m00"},
		{"MIG leaves whole devices", mig(), named(whole(1)), false, "2"},
		{"MIG is not divided", mig(), named(whole(1), share(.1)), false, "without a place\n    b, instance 0: 0.1 of a GPU"},
		{"MIG, spread", mig(), named(alloc.Request{Profile: "1g.10gb"}, alloc.Request{Profile: "1g.10gb"}, alloc.Request{Profile: "1g.10gb"}), true, "0/m01 1/m11 0/m02"},
		{"MIG by name", mig(), named(alloc.Request{UUID: "m12"}, alloc.Request{UUID: "m02", Profile: "1g.10gb"}), false, "1/m12 0/m02"},
		{"MIG of another profile", mig(), named(alloc.Request{Profile: "7g.80gb"}), false, "a MIG instance 7g.80gb, which no GPU has left"},
		{"two things", gpus(1), named(alloc.Request{Devices: 1, Share: 3}), false, "asks for 2 things"},
		{"nothing of a kind", gpus(1), named(alloc.Request{}), false, "asks for 0 things"},
		{"twice the same device", append(gpus(1), gpus(1)...), nil, false, "no UUID of its own"},
	} {
		got, err := alloc.Allocate(tc.devices, tc.requests, alloc.Options{Spread: tc.spread})
		switch {
		case err != nil && (tc.want == "" || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%s: %v\nwant %s", tc.name, err, tc.want)
		case err == nil && show(got) != tc.want:
			t.Errorf("%s: got %s, want %s", tc.name, show(got), tc.want)
		}
	}
}

// What does not fit is placed where the least is taken, if the operator says so, but never
// on a device that there is not.
func TestOvercommit(t *testing.T) {
	t.Parallel()
	o := alloc.Options{Overcommit: true}
	got, err := alloc.Allocate(gpus(2), named(whole(1), share(.5), share(.6), whole(2), alloc.Request{Memory: 200 * gib}), o)
	if err != nil || show(got) != "0 1 1 0+1 0" {
		t.Errorf("%s, %v", show(got), err)
	}
	for _, r := range []alloc.Request{{Devices: 3}, {UUID: "9"}, {Profile: "1g.10gb"}, {Devices: 2, Linked: true}} {
		if got, err := alloc.Allocate(gpus(2), named(r), o); err == nil {
			t.Errorf("%+v: got %s", r, show(got))
		}
	}
	if got, err := alloc.Allocate(nil, named(share(.1)), o); err == nil {
		t.Errorf("of no device: %s", show(got))
	}
}

// verify says what an allocation breaks.
func verify(devices []alloc.Device, requests []alloc.Request, got [][]alloc.Part) error {
	type use struct {
		memory int64
		shares alloc.Share
		by     []int
	}
	uses := map[string]*use{}
	for _, d := range devices {
		uses[d.UUID] = &use{}
		for _, m := range d.MIG {
			uses[m.UUID] = &use{}
		}
	}
	index := func(uuid string) int {
		return slices.IndexFunc(devices, func(d alloc.Device) bool { return d.UUID == uuid })
	}
	for i, r := range requests {
		n := r.Devices
		if n == 0 {
			n = 1
		}
		if len(got[i]) != n {
			return fmt.Errorf("request %d got %d parts, not %d", i, len(got[i]), n)
		}
		for j, p := range got[i] {
			d := devices[index(p.Device)]
			if d.Lost != "" || (len(d.MIG) > 0) != (p.MIG != "") || r.UUID != "" && r.UUID != p.Device && r.UUID != p.MIG {
				return fmt.Errorf("request %d got %v", i, p)
			}
			on := uses[p.Device]
			for _, other := range on.by {
				if slices.Contains(r.Apart, requests[other].Runner) || slices.Contains(requests[other].Apart, r.Runner) {
					return fmt.Errorf("requests %d and %d are not apart", i, other)
				}
			}
			on.by = append(on.by, i)
			if p.MIG != "" {
				if uses[p.MIG].shares++; uses[p.MIG].shares > 1 {
					return fmt.Errorf("the instance %s is given out twice", p.MIG)
				}
				continue
			}
			on.memory += p.Memory
			if r.Share > 0 {
				on.shares += r.Share
			} else if r.Memory == 0 {
				on.shares += alloc.Whole
			}
			if on.memory > d.Memory || on.shares > alloc.Whole {
				return fmt.Errorf("the device %s is over-committed", p.Device)
			}
			if r.Devices > 0 && p.Memory != d.Memory {
				return fmt.Errorf("request %d got %d bytes of a whole device", i, p.Memory)
			}
			for _, q := range got[i][:j] {
				if q.Device == p.Device || r.Linked && !slices.Contains(d.Links, q.Device) && !slices.Contains(devices[index(q.Device)].Links, p.Device) {
					return fmt.Errorf("request %d got %v and %v", i, q, p)
				}
			}
		}
	}
	return nil
}

// shortestRow tries everything: the shortest row of devices that holds the requests, or -1.
func shortestRow(devices []alloc.Device, requests []alloc.Request) int {
	for row := range len(devices) + 1 {
		if fits(devices, requests, row, nil) {
			return row
		}
	}
	return -1
}

func fits(devices []alloc.Device, requests []alloc.Request, row int, got [][]alloc.Part) bool {
	if verify(devices, requests[:len(got)], got) != nil {
		return false
	}
	if len(got) == len(requests) {
		return true
	}
	r := requests[len(got)]
	for set := range 1 << len(devices) {
		var parts []alloc.Part
		for i, d := range devices {
			if set&(1<<i) == 0 {
				continue
			}
			if i >= row && r.UUID == "" {
				parts = nil
				break
			}
			p := alloc.Part{Device: d.UUID, Memory: d.Memory}
			if r.Share > 0 {
				p.Memory = d.Memory * int64(r.Share) / int64(alloc.Whole)
			} else if r.Memory > 0 {
				p.Memory = r.Memory
			}
			parts = append(parts, p)
		}
		if len(parts) > 0 && fits(devices, requests, row, append(slices.Clone(got), parts)) {
			return true
		}
	}
	return false
}

// random makes devices and requests that hardly fit.
func random(rnd *rand.Rand, n, m int) ([]alloc.Device, []alloc.Request) {
	devices := make([]alloc.Device, n)
	sizes := []int64{10, 10, 20}
	for i := range devices {
		devices[i] = alloc.Device{UUID: fmt.Sprint(i), Memory: sizes[rnd.IntN(len(sizes))]}
		if rnd.IntN(8) == 0 {
			devices[i].Lost = "it is lost"
		}
		for j := range i {
			if rnd.IntN(3) == 0 {
				devices[i].Links = append(devices[i].Links, fmt.Sprint(j))
			}
		}
	}
	requests := make([]alloc.Request, m)
	for i := range requests {
		r := alloc.Request{Runner: string(rune('a' + rnd.IntN(3))), Instance: i}
		switch rnd.IntN(6) {
		case 0:
			r.Devices, r.Linked = 1+rnd.IntN(2), rnd.IntN(2) == 0
		case 1:
			r.Memory = 1 + rnd.Int64N(12)
		default:
			r.Share = alloc.Share(1+rnd.IntN(9)) * alloc.Whole / 10
		}
		if rnd.IntN(5) == 0 {
			r.Apart = []string{string(rune('a' + rnd.IntN(3)))}
		}
		if rnd.IntN(9) == 0 && r.Devices < 2 {
			r.UUID = fmt.Sprint(rnd.IntN(n + 1))
		}
		requests[i] = r
	}
	return devices, requests
}

// An allocation is right, found where there is one, packed on the shortest row, and
// stable.
func TestRandom(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(1500) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		devices, requests := random(rnd, 1+rnd.IntN(4), 1+rnd.IntN(5))
		want := shortestRow(devices, requests)
		got, err := alloc.Allocate(devices, requests, alloc.Options{})
		if (err == nil) != (want >= 0) {
			t.Fatalf("seed %d: %v, but a row of %d devices holds it\n%+v\n%+v", seed, err, want, devices, requests)
		}
		spread, spreadErr := alloc.Allocate(devices, requests, alloc.Options{Spread: true})
		if (spreadErr == nil) != (err == nil) {
			t.Fatalf("seed %d: packed %v, spread %v", seed, err, spreadErr)
		}
		if err != nil {
			if _, ok := errors.AsType[*alloc.Shortage](err); !ok {
				t.Fatalf("seed %d: %v", seed, err)
			}
			over, err := alloc.Allocate(devices, requests, alloc.Options{Overcommit: true})
			if err == nil && slices.ContainsFunc(over, func(parts []alloc.Part) bool { return len(parts) == 0 }) {
				t.Fatalf("seed %d: over-committed, a request got nothing: %s", seed, show(over))
			}
			continue
		}
		found++
		for _, a := range [][][]alloc.Part{got, spread} {
			if err := verify(devices, requests, a); err != nil {
				t.Fatalf("seed %d: %v: %s\n%+v\n%+v", seed, err, show(a), devices, requests)
			}
		}
		row := 0
		for i, parts := range got {
			for _, p := range parts {
				if requests[i].UUID == "" {
					row = max(row, 1+slices.IndexFunc(devices, func(d alloc.Device) bool { return d.UUID == p.Device }))
				}
			}
		}
		if row != want {
			t.Fatalf("seed %d: a row of %d devices, %d do: %s\n%+v\n%+v", seed, row, want, show(got), devices, requests)
		}
		more := append(slices.Clone(devices), alloc.Device{UUID: "new", Memory: 40})
		if after, err := alloc.Allocate(more, requests, alloc.Options{}); err != nil || show(after) != show(got) {
			t.Fatalf("seed %d: with a device more %s, %v; before %s", seed, show(after), err, show(got))
		}
	}
	if found < 500 {
		t.Errorf("only %d of the random requests fit", found)
	}
}

// FuzzAllocate holds large allocations to the same, where nobody can try everything.
func FuzzAllocate(f *testing.F) {
	f.Add(uint64(1), uint8(8), uint8(20))
	f.Add(uint64(2), uint8(64), uint8(200))
	f.Fuzz(func(t *testing.T, seed uint64, n, m uint8) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		devices, requests := random(rnd, 1+int(n%64), int(m))
		for _, o := range []alloc.Options{{}, {Spread: true}} {
			got, err := alloc.Allocate(devices, requests, o)
			if err != nil {
				continue
			}
			if err := verify(devices, requests, got); err != nil {
				t.Errorf("%v: %s", err, show(got))
			}
			again, err := alloc.Allocate(devices, requests, o)
			if err != nil || show(again) != show(got) {
				t.Errorf("again: %s, %v; before %s", show(again), err, show(got))
			}
		}
	})
}

// BenchmarkAllocate is 500 requests for 64 devices, which fit, and which do not.
func BenchmarkAllocate(b *testing.B) {
	for name, most := range map[string]int{"fits": 22, "tight": 24, "too much": 30} {
		rnd := rand.New(rand.NewPCG(1, 3))
		requests := make([]alloc.Request, 500)
		for i := range requests {
			requests[i] = alloc.Request{Runner: fmt.Sprint(i / 10), Instance: i % 10, Share: alloc.Share(1+rnd.IntN(most)) * alloc.Whole / 100}
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = alloc.Allocate(gpus(64), requests, alloc.Options{})
			}
		})
	}
}
