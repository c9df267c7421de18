package alloc

import (
	"fmt"
	"strings"
)

// Shortage says that what is asked for is more than there is.
type Shortage struct {
	Devices  []Device
	Requests []Request
	Failed   int       // the first request that fits nowhere
	got      [][]place // the others, as far as they fit
}

func (e *Shortage) Error() string {
	r := &e.Requests[e.Failed]
	if len(e.Devices) == 0 {
		return fmt.Sprintf("%s asks for %s, and there is no GPU", r.name(), r.what())
	}
	return fmt.Sprintf("%s asks for %s, which no GPU has left\n%s", r.name(), r.what(), e.Table())
}

// what says what the request asks for.
func (r *Request) what() string {
	var s string
	switch {
	case r.Profile != "":
		s = "a MIG instance " + r.Profile
	case r.whole() == 1:
		s = "a GPU"
	case r.whole() > 1:
		s = fmt.Sprintf("%d GPUs", r.whole())
	case r.Share > 0:
		s = fmt.Sprintf("%.6g of a GPU", float64(r.Share)/float64(Whole))
	default:
		s = bytes(r.Memory) + " of a GPU"
	}
	if r.Linked {
		s += " joined by NVLink"
	}
	if r.UUID != "" {
		s += ", " + r.UUID
	}
	if len(r.Apart) > 0 {
		s += ", apart from " + strings.Join(r.Apart, " and ")
	}
	return s
}

// bytes writes a size with its binary unit.
func bytes(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// Table shows each device and who got what of it, and what nobody could give.
func (e *Shortage) Table() string {
	var b strings.Builder
	for d, dev := range e.Devices {
		fmt.Fprintf(&b, "  %s, %s", dev.UUID, bytes(dev.Memory))
		if dev.Lost != "" {
			fmt.Fprintf(&b, ", not used: %s", dev.Lost)
		}
		b.WriteString("\n")
		for _, m := range dev.MIG {
			fmt.Fprintf(&b, "    MIG instance %s, %s\n", m.Profile, m.UUID)
		}
		for i, places := range e.got {
			for _, at := range places {
				if at.device == d {
					fmt.Fprintf(&b, "    %s, instance %d: %s\n", e.Requests[i].Runner, e.Requests[i].Instance, e.Requests[i].what())
				}
			}
		}
	}
	b.WriteString("  without a place\n")
	for i, places := range e.got {
		if places == nil {
			fmt.Fprintf(&b, "    %s, instance %d: %s\n", e.Requests[i].Runner, e.Requests[i].Instance, e.Requests[i].what())
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
