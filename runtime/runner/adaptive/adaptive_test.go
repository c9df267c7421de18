package adaptive

import (
	"testing"
	"time"

	"bentoc.dev/runtime/runner/batch"
)

const ms = time.Millisecond

var start = time.Unix(1000, 0)

// learned is a scheduler that saw 20 runs of each size up to 32.
func learned(target time.Duration, cost func(n int) time.Duration) *Scheduler {
	s := Config{LatencyTarget: target}.New().(*Scheduler)
	for range 20 {
		for n := 1; n <= 32; n *= 2 {
			s.Ran(batch.Run{Items: n, Work: float64(n), Took: cost(n)})
		}
	}
	return s
}

func steep(n int) time.Duration { return 10*ms + time.Duration(n)*ms/10 }
func flat(n int) time.Duration  { return time.Duration(n) * ms }

// next asks for waiting items when one instance of two is idle.
func next(s *Scheduler, waiting int) int {
	n, _ := s.Next(start, batch.Queue{Waiting: waiting, Alike: waiting, Since: start, Work: 1, Idle: 1, Running: 1, Began: start, Max: 64})
	return n
}

func TestSizesFollowTheCost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what   string
		s      *Scheduler
		wait   int
		want   int
		atMost int
	}{
		{"nothing is known", Config{}.New().(*Scheduler), 40, 40, 40},
		{"batches are worth a lot", learned(0, steep), 40, 40, 40},
		{"and nothing", learned(0, flat), 40, 1, 1},
		{"a lone item", learned(0, steep), 1, 1, 1},
		{"a target", learned(24*ms, steep), 64, 16, 20},
		{"a target of one item and a half", learned(15*ms, steep), 64, 40, 50},
		{"a target that cannot be met", learned(5*ms, steep), 64, 64, 64},
		{"a target that cannot be met, of a model without batches", learned(ms/2, flat), 64, 1, 1},
	} {
		if got := next(c.s, c.wait); got < c.want || got > c.atMost {
			t.Errorf("%s: %d of %d items, want %d to %d", c.what, got, c.wait, c.want, c.atMost)
		}
	}
}

// TestOnePauseDoesNotStick makes the first runs of larger batches slow.
func TestOnePauseDoesNotStick(t *testing.T) {
	t.Parallel()
	s := learned(0, steep)
	for _, n := range []int{2, 4, 8, 16, 32} {
		s.Ran(batch.Run{Items: n, Work: float64(n), Took: time.Second})
	}
	if got := next(s, 40); got != 40 {
		t.Errorf("after a pause: %d of 40 items", got)
	}
	s = Config{}.New().(*Scheduler)
	for range 40 { // the first batches are warm-ups
		n := next(s, 40)
		took := steep(n)
		if s.model.Runs() < 3 {
			took *= 50
		}
		s.Ran(batch.Run{Items: n, Work: float64(n), Took: took})
	}
	if got := next(s, 40); got != 40 {
		t.Errorf("after a slow start: %d of 40 items", got)
	}
}

// TestABetterSizeIsFoundAgain has a model become one to which batches are worth a lot.
func TestABetterSizeIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := learned(0, flat)
	for range 20 * probe {
		n := next(s, 40)
		s.Ran(batch.Run{Items: n, Work: float64(n), Took: steep(n)})
	}
	if got := next(s, 40); got < 32 {
		t.Errorf("%d of 40 items after a thousand runs", got)
	}
}

func TestItemsAreSpreadOverIdleInstances(t *testing.T) {
	t.Parallel()
	ask := func(s *Scheduler, n, idle int) int {
		got, _ := s.Next(start, batch.Queue{Waiting: n, Alike: n, Since: start, Work: 1, Idle: idle, Max: 64})
		return got
	}
	rises := func(n int) time.Duration { return 10*ms + time.Duration(n)*2*ms }
	if got := ask(learned(0, rises), 32, 2); got != 16 {
		t.Errorf("%d of 32 items are for one of two instances", got)
	}
	if got := ask(learned(0, steep), 8, 2); got != 8 {
		t.Errorf("%d of 8 items, of which two halves take as long as the whole", got)
	}
}

func TestWorkCountsWhereItemsDiffer(t *testing.T) {
	t.Parallel()
	s := Config{LatencyTarget: 40 * ms}.New().(*Scheduler)
	for range 20 {
		for n := 1; n <= 16; n *= 2 {
			s.Ran(batch.Run{Items: n, Work: 100 * float64(n), Took: ms + time.Duration(n)*ms})
		}
	}
	ask := func(work float64) int {
		n, _ := s.Next(start, batch.Queue{Waiting: 64, Alike: 64, Since: start, Work: work, Idle: 1, Running: 1, Began: start, Max: 64})
		return n
	}
	if small, large := ask(50), ask(400); small < 6*large || large < 1 {
		t.Errorf("%d items of 50, %d of 400", small, large)
	}
}

// TestInstancesAreHeldBack only when there is more to do than items alone could, and
// what runs loses its cores to other work.
func TestInstancesAreHeldBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what     string
		cost     func(int) time.Duration
		rate     int  // items in 100 ms
		strained bool // every eighth run takes ten times as long
		held     bool
	}{
		{"much to do, and no core for it", steep, 200, true, true},
		{"much to do, and cores for it", steep, 200, false, false},
		{"little to do", steep, 1, true, false},
		{"batches are worth nothing", flat, 2000, true, false},
	} {
		s := learned(0, c.cost)
		now := start
		q := batch.Queue{Waiting: 2, Alike: 2, Work: 1, Idle: 1, Running: 1, Max: 64}
		var n int
		var again time.Duration
		for i := range 300 {
			now = now.Add(10 * ms)
			took := c.cost(8)
			if c.strained && i%8 == 0 {
				took *= 10
			}
			s.Ran(batch.Run{Items: 8, Work: 8, Took: took})
			q.Arrived, q.Since, q.Began = uint64(i*c.rate/10), now, now
			n, again = s.Next(now, q)
		}
		if held := n == 0; held != c.held || held != (again > 0) {
			t.Errorf("%s: %d items run, asked again after %v", c.what, n, again)
		}
		if !c.held {
			continue
		}
		q.Began = now.Add(-time.Second)
		if n, _ := s.Next(now, q); n != 2 {
			t.Errorf("%s: %d items run beside a run that takes much too long", c.what, n)
		}
		q.Running, q.Idle = 0, 2
		if n, _ := s.Next(now, q); n != 2 {
			t.Errorf("%s: %d items run where nothing else does", c.what, n)
		}
		q.Running, q.Idle, q.Waiting, q.Alike, q.Began = 1, 1, 64, 64, now
		if n, _ := s.Next(now, q); n != 64 {
			t.Errorf("%s: %d of 64 items run", c.what, n)
		}
	}
}

func TestTheClockMayJump(t *testing.T) {
	t.Parallel()
	s := learned(0, steep)
	for i := range 200 {
		now := start.Add(time.Duration(i%7-3) * 1000 * time.Hour)
		s.Ran(batch.Run{Items: 1, Work: 1, Took: time.Duration(i%5-2) * time.Hour})
		if n, again := s.Next(now, batch.Queue{Waiting: 3, Alike: 3, Since: start, Work: 1, Arrived: uint64(i), Idle: 2, Max: 64}); n < 1 || again != 0 {
			t.Fatalf("%d items, again after %v", n, again)
		}
	}
}
