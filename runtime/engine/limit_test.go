package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/engine"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := engine.NewLimiter(2)
		var running, most, done atomic.Int32
		for range 6 {
			go func() {
				if err := l.Acquire(context.Background()); err != nil {
					t.Error(err)
					return
				}
				defer l.Release()
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(time.Second) // the bubble's clock
				running.Add(-1)
				done.Add(1)
			}()
		}
		synctest.Wait()
		cause := errors.New("the client went away")
		ctx, cancel := context.WithCancelCause(context.Background())
		failed := make(chan error)
		go func() { failed <- l.Acquire(ctx) }()
		synctest.Wait()
		cancel(cause)
		if err := <-failed; !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if most.Load() != 2 || done.Load() != 6 {
			t.Errorf("at most %d ran, %d in all", most.Load(), done.Load())
		}
	})
}
