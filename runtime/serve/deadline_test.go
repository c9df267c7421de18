package serve

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// asks are the ways in which a step may look at its context.
var asks = map[string]func(ctx context.Context) (context.Context, func()){
	"itself":  func(ctx context.Context) (context.Context, func()) { return ctx, func() {} },
	"a child": func(ctx context.Context) (context.Context, func()) { c, f := context.WithCancel(ctx); return c, f },
	"a deadline": func(ctx context.Context) (context.Context, func()) {
		c, f := context.WithTimeout(ctx, time.Hour)
		return c, f
	},
	"a value": func(ctx context.Context) (context.Context, func()) {
		return context.WithValue(ctx, key{}, 2), func() {}
	},
	"a grandchild": func(ctx context.Context) (context.Context, func()) {
		c, f := context.WithCancelCause(context.WithValue(ctx, key{}, 2))
		return c, func() { f(nil) }
	},
}

type key struct{}

// However a context is ended and asked, before or after, it says what one of the
// standard library would.
func TestDeadlineIsAContext(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	for name, end := range map[string]func(d *deadline, parent context.CancelCauseFunc){
		"time":           func(d *deadline, _ context.CancelCauseFunc) { d.teller().cancel(ErrTimeout) },
		"the client":     func(_ *deadline, parent context.CancelCauseFunc) { parent(gone) },
		"the call":       func(d *deadline, _ context.CancelCauseFunc) { d.end() },
		"call then time": func(d *deadline, _ context.CancelCauseFunc) { d.end(); d.teller().cancel(ErrTimeout) },
		"time then call": func(d *deadline, _ context.CancelCauseFunc) { d.teller().cancel(ErrTimeout); d.end() },
	} {
		want := map[string]error{"time": ErrTimeout, "time then call": ErrTimeout, "the client": gone}[name]
		if want == nil {
			want = context.Canceled
		}
		for how, ask := range asks {
			for _, early := range []bool{true, false} {
				synctest.Test(t, func(t *testing.T) {
					parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, 1))
					defer cancel(nil)
					d := &deadline{Context: parent, at: time.Now().Add(time.Minute)}
					var ctx context.Context
					told := make(chan struct{})
					look := func() {
						var stop func()
						ctx, stop = ask(d)
						t.Cleanup(stop)
						context.AfterFunc(ctx, func() { close(told) })
					}
					if early {
						look()
						if ctx.Err() != nil || context.Cause(ctx) != nil {
							t.Errorf("%s, %s: it has ended before its time: %v", name, how, ctx.Err())
						}
						if at, ok := ctx.Deadline(); !ok || !at.Equal(d.at) {
							t.Errorf("%s, %s: it ends at %v, %t", name, how, at, ok)
						}
					}
					if d.Err() != nil || d.Value(key{}) != 1 {
						t.Errorf("%s, %s: %v, %v", name, how, d.Err(), d.Value(key{}))
					}
					end(d, cancel)
					if d.Err() != context.Canceled || context.Cause(d) != want || d.Value(key{}) != 1 {
						t.Errorf("%s, %s: ended by %v, %v", name, how, d.Err(), context.Cause(d))
					}
					if !early {
						look()
					}
					<-ctx.Done()
					<-told
					if ctx.Err() != context.Canceled || context.Cause(ctx) != want {
						t.Errorf("%s, %s, early %t: %v, %v, want %v", name, how, early, ctx.Err(), context.Cause(ctx), want)
					}
				})
			}
		}
	}
}

func TestDeadlineOfManyGoroutines(t *testing.T) {
	t.Parallel()
	for i := range 200 {
		parent, cancel := context.WithCancelCause(t.Context())
		d := &deadline{Context: parent, at: time.Now().Add(time.Minute)}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { <-d.Done() })
			all.Go(func() {
				for d.Err() == nil {
					_ = d.Value(key{})
				}
			})
		}
		switch i % 3 {
		case 0:
			d.teller().cancel(ErrTimeout)
		case 1:
			d.end()
		default:
			cancel(nil)
		}
		all.Wait()
		cancel(nil)
	}
}
