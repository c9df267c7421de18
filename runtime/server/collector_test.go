package server

import (
	"runtime"
	"testing"
)

// A heap may grow by what is allowed, or by its own size where that is more.
func TestGrowth(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for _, tc := range []struct {
		allowance, live int64
		want            int
	}{
		{16 * mb, 0, 400}, // to 16 MiB, as the smallest heap grows in proportion
		{16 * mb, 1 * mb, 400},
		{16 * mb, 4 * mb, 400},
		{16 * mb, 8 * mb, 200},
		{16 * mb, 10 * mb, 160},
		{16 * mb, 16 * mb, 100},
		{16 * mb, 1 << 40, 100},
		{2 * mb, 1 * mb, 100}, // never less than Go would
		{0, 0, 100},
	} {
		if got := growth(tc.allowance, tc.live); got != tc.want {
			t.Errorf("growth(%d, %d) = %d, want %d", tc.allowance, tc.live, got, tc.want)
		}
	}
}

// Whoever sets GOGC rules.
func TestCollectorByHand(t *testing.T) {
	t.Parallel()
	if c := paceCollector(func(name string) (string, bool) { return "50", name == "GOGC" }, 0); c != nil {
		t.Error("the collector is paced although GOGC is set")
	}
}

// What is alive is looked at after each collection.
func TestCollectorWatches(t *testing.T) {
	told := make(chan int, 100)
	c := &collector{allowance: 64 << 20, tell: func(percent int) {
		select {
		case told <- percent:
		default: // the test is over
		}
	}}
	runtime.GC()
	c.adjust()
	if got := <-told; got < 400 {
		t.Errorf("a small heap may grow by %d percent", got)
	}
	c.watch()
	held := make([]byte, 64<<20)
	runtime.GC()
	if got := <-told; got > 100 {
		t.Errorf("a heap of 64 MiB may grow by %d percent", got)
	}
	runtime.KeepAlive(held)
	held = nil
	runtime.GC()
	if got := <-told; got < 400 {
		t.Errorf("when it is small again it may grow by %d percent", got)
	}
}
