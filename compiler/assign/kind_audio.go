package assign

import (
	"fmt"
	"time"

	"bentoc.dev/compiler/ir"
)

// audio compares what recordings may be. An edge resamples and mixes nothing: that is
// done once, when a recording comes in.
func (f *Fitter) audio(p, c *ir.Type) Result {
	a := f.media(p, c)
	p, c = f.limited(p), f.limited(c)
	if c.MaxDurationMs > 0 && (p.MaxDurationMs == 0 || p.MaxDurationMs > c.MaxDurationMs) {
		a = a.and(maybe("it may last longer than %s", milliseconds(c.MaxDurationMs)))
	}
	if f.omits() {
		return a // a server takes a request's recording at any rate, and resamples it
	}
	a = a.and(same(p.SampleRate, c.SampleRate, "samples a second"))
	return a.and(same(p.Channels, c.Channels, "channels"))
}

// same compares numbers of which 0 means any.
func same(p, c int64, what string) Result {
	switch {
	case c == 0 || p == c:
		return sure()
	case p == 0:
		return maybe("it may have other than %d %s", c, what)
	}
	return Never("it has %d %s, not %d", p, what, c)
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

func audioText(b *ir.Bento, t *ir.Type, depth int) string {
	s := mediaText(b, t, depth)
	if t.MaxDurationMs > 0 {
		s += fmt.Sprintf(" up to %s", milliseconds(t.MaxDurationMs))
	}
	if t.SampleRate > 0 {
		s += fmt.Sprintf(" at %d Hz", t.SampleRate)
	}
	if t.Channels > 0 {
		s += fmt.Sprintf(" of %d channels", t.Channels)
	}
	return s
}
