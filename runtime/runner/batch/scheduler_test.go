package batch

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/runner/cores"
)

// patient is a scheduler that runs pairs, and what has waited for long.
type patient struct {
	long  time.Duration
	asked int
	ran   []Run
}

func (p *patient) Next(now time.Time, q Queue) (int, time.Duration) {
	if p.asked++; q.Alike >= 2 {
		return 2, 0
	}
	if left := p.long - now.Sub(q.Since); left > 0 {
		return 0, left
	}
	return q.Alike, 0
}

func (p *patient) Ran(r Run) { p.ran = append(p.ran, r) }

func TestASchedulerIsAskedAgainWhenItSaidSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p := &patient{long: 5 * time.Second}
		b := New(Config[int, int]{MaxSize: 8, Instances: 2, Scheduler: p, Run: f.run})
		start := time.Now()
		for i := range 3 { // an alarm that rang rings again
			expect(t, doing(t.Context(), b, i), -i)
			if took := time.Since(start); took != time.Duration(i+1)*6*time.Second {
				t.Errorf("item %d has its answer after %v", i, took)
			}
		}
		begin := time.Now()
		one, two := doing(t.Context(), b, 1), doing(t.Context(), b, 2)
		expect(t, one, -1)
		expect(t, two, -2)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("a pair took %v", took)
		}
		time.Sleep(time.Hour) // the alarm that was set for the first of the pair rings
		asked := p.asked
		time.Sleep(time.Hour)
		synctest.Wait()
		if p.asked != asked {
			t.Error("it is asked while nothing waits")
		}
		last := doing(t.Context(), b, 9)
		closed(t, b) // what waits runs at once
		expect(t, last, -9)
		if len(p.ran) != 5 || p.ran[3].Items != 2 || p.ran[3].Work != 2 || p.ran[3].Took != time.Second {
			t.Errorf("it was told of %+v", p.ran)
		}
	})
}

func TestNothingIsLearnedFromRunsThatAreUnlikeOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &patient{}
		var b *Batcher[int, int]
		b = New(Config[int, int]{MaxSize: 8, Scheduler: p, Run: func(_ context.Context, at int, items, out []int) error {
			if items[0] == 1 {
				b.Unlike(at)
			}
			if items[0] == 2 {
				return context.Canceled
			}
			return nil
		}})
		for i := range 4 {
			_, _ = b.Do(t.Context(), i)
		}
		closed(t, b)
		if len(p.ran) != 2 {
			t.Errorf("it was told of %d runs", len(p.ran))
		}
	})
}

func TestABatchIsBoundedByWhatItsItemsCost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fake
		b := New(Config[int, int]{MaxSize: 8, MaxCost: 10, Cost: func(i int) float64 { return float64(i) }, Run: f.run})
		first := doing(t.Context(), b, 1)
		if _, err := b.DoAll(t.Context(), []int{4, 5, 2, 99, 3, 3, 3, 3}); err != nil {
			t.Error(err)
		}
		expect(t, first, -1)
		if got, want := fmt.Sprint(f.batches), "[[1] [4 5] [2] [99] [3 3 3] [3]]"; got != want {
			t.Errorf("batches %v, want %v", got, want)
		}
		closed(t, b)
	})
}

func TestBatchersShareCores(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := cores.New(2)
		var f fake
		var all []*Batcher[int, int]
		for range 4 {
			all = append(all, New(Config[int, int]{MaxSize: 4, Instances: 3, Cores: shared, Width: 1, Run: f.run}))
		}
		start := time.Now()
		var waits []func() (int, error)
		for i := range 32 {
			waits = append(waits, doing(t.Context(), all[i%4], i))
		}
		for i, w := range waits {
			expect(t, w, -i)
		}
		// Two items run alone; the other 30 are eight batches of two or four, two at a time.
		if took := time.Since(start); f.most != 2 || took > 7*time.Second {
			t.Errorf("%d runs at a time, %v in all", f.most, took)
		}
		// After a burst each wakes again, and alone nobody waits.
		for i, b := range all {
			begin := time.Now()
			if got, err := b.Do(t.Context(), i); err != nil || got != -i || time.Since(begin) != time.Second {
				t.Errorf("a lone item: %d, %v after %v", got, err, time.Since(begin))
			}
		}
		for _, b := range all {
			closed(t, b)
		}
	})
}

func TestWhatWaitsForCoresMayBeGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := cores.New(1)
		var f fake
		one := New(Config[int, int]{Cores: shared, Run: f.run})
		two := New(Config[int, int]{Cores: shared, Run: f.run})
		three := New(Config[int, int]{Cores: shared, Run: f.run})
		first := doing(t.Context(), one, 1)
		ctx, cancel := context.WithCancel(t.Context())
		gone := doing(ctx, two, 2)
		other := doing(t.Context(), three, 3)
		cancel()
		if _, err := gone(); err == nil {
			t.Error("an item that was given up has an answer")
		}
		expect(t, first, -1)
		expect(t, other, -3)
		again := doing(t.Context(), two, 4)
		expect(t, again, -4)
		hold := doing(t.Context(), one, 5)
		last := doing(t.Context(), two, 6)
		ending, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		if err := two.Close(ending); err == nil {
			t.Error("closing did not wait")
		}
		if _, err := last(); !errors.Is(err, ErrClosed) {
			t.Errorf("an item of a batcher that was closed: %v", err)
		}
		expect(t, hold, -5)
		expect(t, doing(t.Context(), three, 7), -7)
		closed(t, one)
		closed(t, two)
		closed(t, three)
	})
}
