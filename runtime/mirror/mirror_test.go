package mirror

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/tensor"
	"bentoc.dev/runtime/value"
)

// counter and observer count as the metrics do.
type counter struct{ n atomic.Int64 }

func (c *counter) Inc() { c.n.Add(1) }

type observer struct{ compared, differing, failed, dropped counter }

func (*observer) Node(string, *spec.Node) graph.NodeObserver { return nil }
func (o *observer) Mirror(string, string, string) graph.MirrorCounters {
	return graph.MirrorCounters{Compared: &o.compared, Differing: &o.differing, Failed: &o.failed, Dropped: &o.dropped}
}

func (o *observer) String() string {
	return fmt.Sprintf("%d compared, %d differing, %d failed, %d dropped", o.compared.n.Load(), o.differing.n.Load(), o.failed.n.Load(), o.dropped.n.Load())
}

type in struct {
	Text   string
	List   []int64
	Deep   map[string]*[]float64
	Tensor tensor.Tensor
	Any    any
}

type out struct {
	Sum    float64
	List   []int64
	Tensor tensor.Tensor
}

func sum(_ context.Context, v in) (out, error) {
	o := out{List: make([]int64, len(v.List))}
	for i, n := range v.List {
		o.Sum += float64(n)
		o.List[i] = 2 * n
	}
	for _, l := range v.Deep {
		for _, n := range *l {
			o.Sum += n
		}
	}
	floats, err := tensor.View[float32](v.Tensor)
	for _, n := range floats {
		o.Sum += float64(n)
	}
	for _, n := range v.Any.([]any) {
		o.Sum += n.(float64)
	}
	o.Tensor = tensor.Of([]float32{float32(o.Sum)}, 1)
	return o, err
}

// request makes an input of which every part can be written to, for a number.
func request(n int) in {
	return in{Text: fmt.Sprint(n), List: []int64{int64(n), 1}, Deep: map[string]*[]float64{"a": {float64(n)}}, Tensor: tensor.Of([]float32{float32(n), 2}, 2), Any: []any{float64(n)}}
}

// poison writes over all of what a request had.
func poison(v in, o out) {
	clear(v.List)
	for _, l := range v.Deep {
		clear(*l)
	}
	clear(v.Deep)
	clear(v.Tensor.Data)
	clear(v.Tensor.Shape)
	clear(v.Any.([]any))
	clear(o.List)
	clear(o.Tensor.Data)
	clear(o.Tensor.Shape)
}

// What a request has is used again as soon as it is answered, by others at the same time
// (the race detector looks on): the second runner sees what the first one was given.
func TestPoison(t *testing.T) {
	t.Parallel()
	const requests = 400
	o := &observer{}
	ctx := graph.WithObserver(t.Context(), o)
	var wrong atomic.Int64
	m := New(Config{Share: 1, MaxInFlight: requests}, func(ctx context.Context, v in) (out, error) {
		runtime.Gosched()
		var n int
		if _, err := fmt.Sscan(v.Text, &n); err != nil || Compare(request(n), v, 0) != "" {
			wrong.Add(1)
		}
		return sum(ctx, v)
	})
	var all sync.WaitGroup
	for range min(8, graph.MapLimit()) {
		all.Go(func() {
			for n := range requests / 8 {
				v := request(n)
				got, err := m.Run(ctx, sum, v)
				if want, _ := sum(ctx, request(n)); err != nil || Compare(want, got, 0) != "" {
					t.Errorf("%d: %v, %v", n, got, err)
				}
				poison(v, got)
			}
		})
	}
	all.Wait()
	m.running.Wait()
	if wrong.Load() != 0 || o.differing.n.Load() != 0 || o.failed.n.Load() != 0 || o.compared.n.Load() == 0 || o.compared.n.Load()+o.dropped.n.Load() != requests {
		t.Errorf("%d saw something else; %v", wrong.Load(), o)
	}
}

// Whatever the second runner does, the request has its own answer, at once.
func TestRequestsAreLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second func(ctx context.Context, v int) (int, error)
		want   string
	}{
		"same":      {func(_ context.Context, v int) (int, error) { return v + 1, nil }, "1 compared, 0 differing, 0 failed, 0 dropped"},
		"other":     {func(_ context.Context, v int) (int, error) { return v, nil }, "1 compared, 1 differing, 0 failed, 0 dropped"},
		"fails":     {func(context.Context, int) (int, error) { return 0, errors.New("no") }, "0 compared, 0 differing, 1 failed, 0 dropped"},
		"panics":    {func(context.Context, int) (int, error) { panic("no") }, "0 compared, 0 differing, 1 failed, 0 dropped"},
		"ends":      {func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil }, "0 compared, 0 differing, 1 failed, 0 dropped"},
		"slow":      {func(ctx context.Context, v int) (int, error) { <-ctx.Done(); return v + 1, context.Cause(ctx) }, "0 compared, 0 differing, 1 failed, 0 dropped"},
		"deaf":      {func(_ context.Context, v int) (int, error) { time.Sleep(time.Hour); return v + 1, nil }, "0 compared, 0 differing, 1 failed, 0 dropped"},
		"cancelled": {func(ctx context.Context, v int) (int, error) { return v + 1, ctx.Err() }, "1 compared, 0 differing, 0 failed, 0 dropped"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := &observer{}
				ctx, cancel := context.WithTimeout(graph.WithObserver(t.Context(), o), time.Second)
				m := New(Config{Share: 1, MaxInFlight: 1, Timeout: time.Minute}, c.second)
				start := time.Now()
				got, err := m.Run(ctx, func(_ context.Context, v int) (int, error) { return v + 1, nil }, 1)
				cancel() // the request ends with its answer
				if got != 2 || err != nil || time.Since(start) > 0 {
					t.Errorf("%d, %v after %v", got, err, time.Since(start))
				}
				m.running.Wait()
				if o.String() != c.want {
					t.Errorf("%v, want %s", o, c.want)
				}
				if len(m.places) != 0 {
					t.Error("a place is still taken")
				}
			})
		})
	}
}

// A node's run that fails, panics or ends its goroutine is not mirrored, and holds no place.
func TestOwnFails(t *testing.T) {
	t.Parallel()
	o := &observer{}
	ctx := graph.WithObserver(t.Context(), o)
	m := New(Config{Share: 1, MaxInFlight: 1}, func(context.Context, int) (int, error) { t.Error("mirrored"); return 0, nil })
	for name, own := range map[string]func(context.Context, int) (int, error){
		"fails":  func(context.Context, int) (int, error) { return 0, errors.New("no") },
		"panics": func(context.Context, int) (int, error) { panic("no") },
		"ends":   func(context.Context, int) (int, error) { runtime.Goexit(); return 0, nil },
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { _ = recover() }()
			_, _ = m.Run(ctx, own, 1)
		}()
		<-done
		if len(m.places) != 0 || m.node.Load() != 0 {
			t.Errorf("%s: %d places, %d runs", name, len(m.places), m.node.Load())
		}
	}
	if o.String() != "0 compared, 0 differing, 0 failed, 0 dropped" {
		t.Error(o)
	}
}

// What is left out first: too many at a time, a node with more to do than there are CPUs,
// a server with nothing to spare, and one that has closed.
func TestDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, spare := &observer{}, true
		ctx := graph.WithObserver(graph.WithSpare(t.Context(), func() bool { return spare }), o)
		began, most := atomic.Int64{}, atomic.Int64{}
		m := New(Config{Share: 1, MaxInFlight: 3}, func(ctx context.Context, v int) (int, error) {
			most.Store(max(most.Load(), began.Add(1)))
			defer began.Add(-1)
			select {
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			case <-time.After(time.Second):
				return v, nil
			}
		})
		own := func(_ context.Context, v int) (int, error) { return v, nil }
		run := func(times int) {
			for range times {
				if got, err := m.Run(ctx, own, 1); got != 1 || err != nil {
					t.Error(got, err)
				}
			}
			synctest.Wait()
		}
		run(10)
		if o.dropped.n.Load() != 7 || most.Load() != 3 {
			t.Errorf("%v, at most %d at a time", o, most.Load())
		}
		time.Sleep(2 * time.Second)
		spare = false
		run(2)
		spare = true
		m.node.Add(int64(graph.MapLimit()))
		run(1)
		m.node.Add(-int64(graph.MapLimit()))
		if o.String() != "3 compared, 0 differing, 0 failed, 10 dropped" {
			t.Error(o)
		}
		run(2)
		if err := m.close(t.Context()); err != nil {
			t.Error(err)
		}
		if began.Load() != 0 || o.failed.n.Load() != 0 {
			t.Errorf("%d runs are left; %v", began.Load(), o)
		}
		run(1)
		if o.String() != "3 compared, 0 differing, 0 failed, 13 dropped" {
			t.Error(o)
		}
	})
}

// A run that does not heed that the server stops is waited for as long as that lasts.
func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := New(Config{Share: 1, MaxInFlight: 1}, func(context.Context, int) (int, error) { <-release; return 0, nil })
		if _, err := m.Run(t.Context(), func(context.Context, int) (int, error) { return 0, nil }, 1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := m.close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(release)
		m.running.Wait()
	})
}

func TestShare(t *testing.T) {
	t.Parallel()
	o := &observer{}
	ctx := graph.WithObserver(t.Context(), o)
	m := New(Config{Share: 0.25, MaxInFlight: 10000}, func(_ context.Context, v int) (int, error) { return v, nil })
	for range 10000 {
		_, _ = m.Run(ctx, func(_ context.Context, v int) (int, error) { return v, nil }, 1)
	}
	m.running.Wait()
	if n := o.compared.n.Load(); n < 2100 || n > 2900 { // 9 standard deviations
		t.Errorf("%d of 10000 are mirrored", n)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	var l line
	now, logged, quiet := time.Unix(0, 0), 0, int64(0)
	for range 1000 { // a hundred a second
		if q, ok := l.next(now); ok {
			logged, quiet = logged+1, quiet+q
		}
		now = now.Add(10 * time.Millisecond)
	}
	if logged != 1 {
		t.Errorf("%d lines in ten seconds", logged)
	}
	if q, ok := l.next(now); !ok || q != 999 {
		t.Errorf("%v, %d not logged", ok, q)
	}
}

type nested struct {
	A     float64
	P     *float64
	L     []string
	M     map[string]float64
	Any   any
	T     tensor.Tensor
	Fixed [2]int64
}

func TestCompare(t *testing.T) {
	t.Parallel()
	nan, half := func() float64 { var z float64; return z / z }(), 0.5
	base := nested{A: 100, P: &half, L: []string{"a"}, M: map[string]float64{"secret": 1}, Any: map[string]any{"x": []any{1.0, nil, "t"}}, T: tensor.Of([]float32{1, 2, float32(nan)}, 3), Fixed: [2]int64{1, 2}}
	if at := Compare(base, copied(t, base), 0); at != "" {
		t.Errorf("a copy differs at %s", at)
	}
	for _, c := range []struct {
		change    func(n *nested)
		tolerance float64
		want      string
	}{
		{func(n *nested) { n.A = 100.5 }, 0.01, ""},
		{func(n *nested) { n.A = 102 }, 0.01, "A"},
		{func(n *nested) { n.A = nan }, 0.5, "A"},
		{func(n *nested) { *n.P = 0.509 }, 0.01, ""},
		{func(n *nested) { *n.P = 0.52 }, 0.01, "P"},
		{func(n *nested) { n.P = nil }, 0.9, "P"},
		{func(n *nested) { n.L = append(n.L, "b") }, 0.9, "L"},
		{func(n *nested) { n.L[0] = "b" }, 0.9, "L[0]"},
		{func(n *nested) { n.M["secret"] = 3 }, 0.1, "M[…]"},
		{func(n *nested) { n.M = map[string]float64{"other": 1} }, 0.1, "M"},
		{func(n *nested) { n.Any.(map[string]any)["x"].([]any)[0] = 1.05 }, 0.1, ""},
		{func(n *nested) { n.Any.(map[string]any)["x"].([]any)[0] = int64(1) }, 0, ""},
		{func(n *nested) { n.Any.(map[string]any)["x"].([]any)[1] = "t" }, 0.1, "Any[…][1]"},
		{func(n *nested) { n.Any.(map[string]any)["x"].([]any)[2] = 1.0 }, 0.1, "Any[…][2]"},
		{func(n *nested) { n.T = tensor.Of([]float32{1.05, 2, float32(nan)}, 3) }, 0.1, ""},
		{func(n *nested) { n.T = tensor.Of([]float32{1.05, 2, float32(nan)}, 3) }, 0, "T"},
		{func(n *nested) { n.T = tensor.Of([]float32{1, 2, 3}, 3) }, 0.9, "T"},
		{func(n *nested) { n.T = tensor.Of([]float32{1, 2, float32(nan)}, 1, 3) }, 0.9, "T"},
		{func(n *nested) { n.T = tensor.Of([]int32{1, 2, 3}, 3) }, 0.9, "T"},
		{func(n *nested) { n.Fixed[1] = 3 }, 0, "Fixed[1]"},
		{func(n *nested) { n.Fixed[1] = 3 }, 0.9, ""},
	} {
		other := copied(t, base)
		c.change(&other)
		if got := Compare(base, other, c.tolerance); got != c.want {
			t.Errorf("with %v: %q, want %q", c.tolerance, got, c.want)
		}
		if at := Compare(base, copied(t, base), 0); at != "" {
			t.Fatalf("the change of a copy is seen in %s", at)
		}
	}
	if at := Compare([]int64{1 << 60}, []int64{1<<60 + 1}, 0); at != "[0]" {
		t.Errorf("large integers: %q", at)
	}
	if strings.Contains(Compare(base, nested{}, 0), "100") {
		t.Error("a value is told")
	}
}

func copied[T any](t *testing.T, v T) T {
	t.Helper()
	c, ok := value.Copy(v)
	if !ok {
		t.Fatal("not copied")
	}
	return c
}
