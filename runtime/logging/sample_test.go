package logging_test

import (
	"io"
	"testing"
	"time"

	"bentoc.dev/runtime/logging"
)

// Of requests that are answered well and in time a part is logged, the same of a trace
// everywhere; of the others all are.
func TestSample(t *testing.T) {
	t.Parallel()
	const all = 20000
	for _, part := range []float64{0, 0.01, 0.3, 1} {
		a, b := logging.NewAccess(io.Discard, true), logging.NewAccess(io.Discard, false)
		a.Sample(part, 0)
		b.Sample(part, time.Second)
		n := 0.0
		for range all {
			tr := logging.NewTrace("")
			if a.Wants(200, time.Hour, &tr) {
				n++
			}
			if a.Wants(200, 0, &tr) != b.Wants(200, time.Second-1, &tr) {
				t.Fatal("a trace is logged by one and not by the other")
			}
			if !a.Wants(429, 0, &tr) || !a.Wants(499, 0, &tr) || !a.Wants(500, 0, &tr) || !b.Wants(200, time.Second, &tr) {
				t.Fatal("a request that was refused, failed or was slow is not logged")
			}
		}
		if got := n / all; got < part-0.02 || got > part+0.02 || part == 1 && got != 1 || part == 0 && got != 0 {
			t.Errorf("%g of the requests are logged, want %g", got, part)
		}
	}
}
