package metrics

import (
	"strconv"
	"sync/atomic"
	"time"
)

// Unknown is the endpoint label of requests for paths that the server does not
// have: one label for all, whatever clients ask for.
const Unknown = "unknown"

// Reason is why a request was turned away.
type Reason int

// The reasons. Their names are the values of the label "reason".
const (
	Concurrency Reason = iota // the service has its maximum of requests in flight
	NotReady                  // the runners are not open yet, or did not open
	Stopping                  // the server is stopping
	BodyTooLarge
	BodyTooSlow
	MediaType // Content-Type or Content-Encoding is not supported
	BadInput  // the input does not fit
	Method
	Timeout // the endpoint's time, or the client's, was over
	ClientGone
	Path            // no such path
	MemoryFull      // other requests, or the process itself, hold the memory that it takes
	MemoryLimit     // it takes more memory than all requests may
	QueueFull       // too many requests wait for a place
	Shed            // it could not be done in its time
	MemoryShort     // the process is short of memory
	RateLimit       // more come than the rate limit lets begin
	TenantRateLimit // more come of its tenant
	reasons
)

// String gives the label's value.
func (r Reason) String() string {
	return [reasons]string{"concurrency", "not_ready", "stopping", "body_too_large", "body_too_slow", "media_type",
		"bad_input", "method", "timeout", "client_gone", "path", "memory_full", "memory_limit", "queue_full", "shed", "memory_short",
		"rate_limit", "tenant_rate_limit"}[r]
}

// Service is who is counted: the labels that all metrics of requests bear.
type Service struct {
	Bento   string // label service_name
	Version string // label service_version
	Name    string // label runner_name, as in BentoML, where a service is one
}

// requestBounds are BentoML's buckets of durations, in seconds.
var requestBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180}

// Waited is how long the requests of a route wait for a place of their service.
func (r *Registry) Waited(s Service, route string) *Histogram {
	return r.Histogram("bentoc_request_queue_seconds", "Time that requests waited for a place of their service.", requestBounds,
		"endpoint", route, "runner_name", s.Name, "service_name", s.Bento, "service_version", s.Version)
}

// Queue shows how many requests wait for a place of a service.
func (r *Registry) Queue(s Service) *Gauge {
	return r.Gauge("bentoc_request_queue_length", "Requests that wait for a place of their service.",
		"runner_name", s.Name, "service_name", s.Bento, "service_version", s.Version)
}

// Tenants shows how many tenants a rate limit remembers, of a service or, where there is
// a route, of an endpoint.
func (r *Registry) Tenants(s Service, route string) *Gauge {
	labels := []string{"runner_name", s.Name, "service_name", s.Bento, "service_version", s.Version}
	if route != "" {
		labels = append([]string{"endpoint", route}, labels...)
	}
	return r.Gauge("bentoc_rate_limit_tenants", "Tenants that a rate limit remembers, besides those with a rate of their own.", labels...)
}

const (
	minCode = 100
	maxCode = 599
)

// Endpoint counts the requests of one endpoint.
type Endpoint struct {
	registry   *Registry
	labels     []string // endpoint, runner_name, service_name, service_version
	inProgress *level
	overdue    *Gauge
	wasted     *Gauge
	last       *Gauge
	rejected   [reasons]*Counter
	outcomes   [maxCode - minCode + 1]atomic.Pointer[Histogram] // durations
}

// Endpoint gives what counts the requests of a route, or of [Unknown].
func (r *Registry) Endpoint(s Service, route string) *Endpoint {
	svc := []string{"runner_name", s.Name, "service_name", s.Bento, "service_version", s.Version}
	e := &Endpoint{registry: r, labels: append([]string{"endpoint", route}, svc...)}
	e.inProgress = get(r, "bentoml_service_request_in_progress", "gauge", "Requests that are being worked on.", e.labels, func() *level { return new(level) })
	e.overdue = r.Gauge("bentoc_request_overdue", "Requests that were answered at their deadline and whose step still runs.", e.labels...)
	if route != Unknown {
		e.wasted = r.Total("bentoc_request_wasted_seconds_total", "Seconds of work that ended in an output which nobody waited for any more.", e.labels...)
	}
	e.last = r.Gauge("bentoml_service_last_request_timestamp_seconds", "When the last request came, in Unix time.", svc...)
	for i := range reasons {
		if (route == Unknown) == (i == Path) || i == Method {
			e.rejected[i] = r.Counter("bentoc_request_rejected_total", "Requests that were turned away or given up, by reason.",
				append([]string{"endpoint", route, "reason", i.String()}, svc...)...)
		}
	}
	if route != Unknown { // BentoML's charts expect these from the start
		e.outcome(200)
		e.outcome(500)
	}
	return e
}

// Begin counts a request that came at now.
func (e *Endpoint) Begin(now time.Time) {
	e.inProgress.n.Add(1)
	if last := float64(now.UnixMilli()) / 1e3; last != e.last.Value() { // which others read
		e.last.Set(last)
	}
}

// End counts the answer with an HTTP status, d after the request came.
func (e *Endpoint) End(code int, d time.Duration) {
	e.inProgress.n.Add(-1)
	e.outcome(code).Observe(d.Seconds())
}

// Reject counts why a request was turned away. [Path] is for [Unknown] alone,
// which besides it has [Method] only.
func (e *Endpoint) Reject(r Reason) { e.rejected[r].Inc() }

// Overdue adds n, 1 or -1, to the requests that were answered but still run.
func (e *Endpoint) Overdue(n int) { e.overdue.Add(float64(n)) }

// Wasted counts work whose output nobody waits for.
func (e *Endpoint) Wasted(d time.Duration) { e.wasted.Add(d.Seconds()) }

// outcome gives the durations of the requests that were answered with a code, which also
// count them.
func (e *Endpoint) outcome(code int) *Histogram {
	place := &e.outcomes[min(max(code, minCode), maxCode)-minCode]
	if h := place.Load(); h != nil {
		return h
	}
	labels := append([]string{"endpoint", e.labels[1], "http_response_code", strconv.Itoa(code)}, e.labels[2:]...)
	h := e.registry.Histogram("bentoml_service_request_duration_seconds", "Time from a request to its answer.", requestBounds, labels...)
	get(e.registry, "bentoml_service_request_total", "counter", "Requests answered.", labels, func() countOf { return countOf{h} })
	place.Store(h) // whoever stores last stores the same one
	return h
}
