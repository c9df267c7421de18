package metrics

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Runner counts what one runner does with its items.
type Runner struct {
	size, wait *Histogram // nil: see [Registry.Unlimited]
	run        *Histogram
	dropped    map[string]*Counter // by reason
	mismatched *Counter
	leave      func() // forgets the queue
}

// The reasons for which an item is dropped: the values of the label "reason".
const (
	DropQueueFull  = "queue_full"  // too many items waited already
	DropTimeout    = "timeout"     // the endpoint's time was over
	DropClientGone = "client_gone" // nobody waited any more: the client went away, or another node failed
	DropStopping   = "stopping"    // the server or the runner is stopping
)

var waitBounds = []float64{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

// Runner gives the counts of the runner called name, whose batches have at most
// maxBatch items. Queued tells how many items wait; it is asked when the metrics
// are read, until Close. Batch sizes bear the labels of BentoML, where a method is what
// bentoc calls a runner, and worker_index is always 1.
func (r *Registry) Runner(s Service, name string, maxBatch int, queued func() int) *Runner {
	m := r.runner(name, queued)
	m.size = r.Histogram(sizeName, sizeHelp, batchBounds(maxBatch), sizeLabels(s, name)...)
	m.wait = r.Histogram(waitName, waitHelp, waitBounds, "runner", name)
	return m
}

// Unlimited is Runner for one whose items all run at once and alone: they are batches of
// one of which none waits.
func (r *Registry) Unlimited(s Service, name string) *Runner {
	m := r.runner(name, func() int { return 0 })
	get(r, sizeName, "histogram", sizeHelp, sizeLabels(s, name), func() always { return always{1, batchBounds(1), m.run} })
	get(r, waitName, "histogram", waitHelp, []string{"runner", name}, func() always { return always{0, waitBounds, m.run} })
	return m
}

const (
	sizeName, sizeHelp = "bentoml_service_adaptive_batch_size", "Items of a batch."
	waitName, waitHelp = "bentoc_runner_wait_seconds", "Time that the first item of a batch had waited when the batch began."
)

func sizeLabels(s Service, name string) []string {
	return []string{"method_name", name, "runner_name", s.Name, "service_name", s.Bento, "service_version", s.Version, "worker_index", "1"}
}

func (r *Registry) runner(name string, queued func() int) *Runner {
	m := &Runner{
		run:     r.Histogram("bentoc_runner_run_seconds", "Time that a batch took to run.", nodeBounds, "runner", name),
		dropped: map[string]*Counter{},
		mismatched: r.Counter("bentoc_runner_mismatched_total",
			"Runs whose outputs had another size along the batch axis than there were items.", "runner", name),
	}
	for _, reason := range []string{DropQueueFull, DropTimeout, DropClientGone, DropStopping} {
		m.dropped[reason] = r.Counter("bentoc_runner_dropped_total", "Items that nobody got an answer to, by reason.", "reason", reason, "runner", name)
	}
	m.leave = r.queue(name, queued)
	return m
}

// Close says that the runner has no queue any more. Its counts stay.
func (m *Runner) Close() { m.leave() }

// queues are those of the runners of one name: while one generation of a server
// takes over from another there are two.
type queues struct {
	mu     sync.Mutex
	queued map[*func() int]struct{}
}

func (q *queues) length() (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for queued := range q.queued {
		n += (*queued)()
	}
	return n
}

// queue shows the length of a queue until leave is called.
func (r *Registry) queue(name string, queued func() int) (leave func()) {
	length := r.Gauge("bentoc_runner_queue_length", "Items that wait for a batch.", "runner", name)
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.queues[name]
	if q == nil {
		if q = (&queues{queued: map[*func() int]struct{}{}}); r.queues == nil {
			r.queues = map[string]*queues{}
		}
		r.queues[name] = q
		r.collect = append(r.collect, func() { length.Set(float64(q.length())) })
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queued[&queued] = struct{}{}
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.queued, &queued)
	}
}

// batchBounds are BentoML's buckets: 1, 2, 4 and so on, and the largest size.
func batchBounds(most int) []float64 {
	var bounds []float64
	for n := 1; n < most; n *= 2 {
		bounds = append(bounds, float64(n))
	}
	return append(bounds, float64(max(most, 1)))
}

// Batch counts a batch of size items, whose first had waited for wait, and which
// ran for run.
func (m *Runner) Batch(size int, wait, run time.Duration) {
	if m.size != nil {
		m.size.Observe(float64(size))
		m.wait.Observe(wait.Seconds())
	}
	m.run.Observe(run.Seconds())
}

// Drop counts items that were dropped because of cause. A cause with a method
// DropReason says which reason it is; else it is the end of a context.
func (m *Runner) Drop(items int, cause error) {
	reason := DropClientGone
	if e, ok := errors.AsType[interface {
		error
		DropReason() string
	}](cause); ok {
		reason = e.DropReason()
	} else if errors.Is(cause, context.DeadlineExceeded) {
		reason = DropTimeout
	}
	if c := m.dropped[reason]; c != nil {
		c.Add(uint64(items))
	}
}

// Mismatch counts a run whose outputs could not be dealt out to its items.
func (m *Runner) Mismatch() { m.mismatched.Add(1) }

type serviceKey struct{}

// WithService gives a context under which [ServiceOf] finds s. The server opens
// its runners under it.
func WithService(ctx context.Context, s Service) context.Context {
	return context.WithValue(ctx, serviceKey{}, s)
}

// ServiceOf gives the service of ctx, the zero Service where there is none.
func ServiceOf(ctx context.Context) Service {
	s, _ := ctx.Value(serviceKey{}).(Service)
	return s
}
