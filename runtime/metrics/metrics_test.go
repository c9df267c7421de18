package metrics_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

func text(t *testing.T, r *metrics.Registry) string {
	t.Helper()
	var b strings.Builder
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	r := metrics.NewRegistry()
	r.Counter("b_total", "Counts\nb.", "x", "2").Add(3)
	r.Counter("b_total", "Counts\nb.", "x", "1\"\\\n\xff").Inc()
	r.Counter("b_total", "Counts\nb.", "x", "2").Inc()
	r.Gauge("a", `Is \a.`).Set(math.Inf(1))
	h := r.Histogram("c_seconds", "Times.", []float64{0.005, 0.5, 1, 10}, "x", "1")
	for _, v := range []float64{0.001, 0.005, 0.0051, 1, 11} {
		h.Observe(v)
	}
	want := `# HELP a Is \\a.
# TYPE a gauge
a +Inf
# HELP b_total Counts\nb.
# TYPE b_total counter
b_total{x="1\"\\\n�"} 1
b_total{x="2"} 4
# HELP c_seconds Times.
# TYPE c_seconds histogram
c_seconds_bucket{x="1",le="0.005"} 2
c_seconds_bucket{x="1",le="0.5"} 3
c_seconds_bucket{x="1",le="1.0"} 4
c_seconds_bucket{x="1",le="10.0"} 4
c_seconds_bucket{x="1",le="+Inf"} 5
c_seconds_sum{x="1"} 12.0111
c_seconds_count{x="1"} 5
`
	if got := text(t, r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestOneNameHasOneKind(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a counter became a gauge")
		}
	}()
	r := metrics.NewRegistry()
	r.Counter("a", "")
	r.Gauge("a", "")
}

func TestEndpointBearsTheNamesOfBentoML(t *testing.T) {
	t.Parallel()
	r := metrics.NewRegistry()
	e := r.Endpoint(metrics.Service{Bento: "ocr", Version: "v1", Name: "svc"}, "/read")
	labels := `{endpoint="/read",http_response_code="500",runner_name="svc",service_name="ocr",service_version="v1"} `
	if !strings.Contains(text(t, r), "bentoml_service_request_total"+labels+"0\n") {
		t.Error("the code 500 is not there before the first request")
	}
	e.Begin(time.Unix(1_700_000_000, 500_000_000))
	if !strings.Contains(text(t, r), `bentoml_service_request_in_progress{endpoint="/read",runner_name="svc",service_name="ocr",service_version="v1"} 1`+"\n") {
		t.Errorf("no request is in progress:\n%s", text(t, r))
	}
	e.End(200, 7*time.Millisecond)
	e.Reject(metrics.Timeout)
	for _, line := range []string{
		"bentoml_service_request_total" + strings.ReplaceAll(labels, "500", "200") + "1",
		`bentoml_service_request_duration_seconds_bucket{endpoint="/read",http_response_code="200",runner_name="svc",service_name="ocr",service_version="v1",le="0.005"} 0`,
		`bentoml_service_request_duration_seconds_bucket{endpoint="/read",http_response_code="200",runner_name="svc",service_name="ocr",service_version="v1",le="0.01"} 1`,
		`bentoml_service_request_duration_seconds_bucket{endpoint="/read",http_response_code="200",runner_name="svc",service_name="ocr",service_version="v1",le="180.0"} 1`,
		`bentoml_service_request_in_progress{endpoint="/read",runner_name="svc",service_name="ocr",service_version="v1"} 0`,
		`bentoml_service_last_request_timestamp_seconds{runner_name="svc",service_name="ocr",service_version="v1"} 1.7000000005e+09`,
		`bentoc_request_rejected_total{endpoint="/read",reason="timeout",runner_name="svc",service_name="ocr",service_version="v1"} 1`,
		`bentoc_request_rejected_total{endpoint="/read",reason="bad_input",runner_name="svc",service_name="ocr",service_version="v1"} 0`,
	} {
		if !strings.Contains(text(t, r), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

func TestOddCodesDoNotPanic(t *testing.T) {
	t.Parallel()
	e := metrics.NewRegistry().Endpoint(metrics.Service{}, "/x")
	for _, code := range []int{-1, 0, 99, 600, 1 << 40} {
		e.End(code, 0)
	}
}

func TestNodes(t *testing.T) {
	t.Parallel()
	r := metrics.NewRegistry()
	g := graph.New(spec.Graph{Name: "read", Nodes: []spec.Node{{Name: "lines/rec", Kind: "call", Run: func(_ context.Context, in any, _ []any) (any, error) {
		if in == nil {
			return nil, errors.New("nothing")
		}
		return in, nil
	}}}, Output: func(_ any, out []any) (any, error) { return out[0], nil }})
	ctx := graph.WithObserver(t.Context(), r.Nodes())
	_, _ = g.Run(ctx, nil)
	_, _ = g.Run(ctx, 1)
	for _, line := range []string{
		`bentoc_node_duration_seconds_count{graph="read",kind="call",node="lines/rec"} 2`,
		`bentoc_node_errors_total{graph="read",kind="call",node="lines/rec"} 1`,
	} {
		if !strings.Contains(text(t, r), line+"\n") {
			t.Errorf("no line %s in\n%s", line, text(t, r))
		}
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	r := metrics.NewRegistry()
	r.Process(time.Now())
	var wg sync.WaitGroup
	for range 4 { // scrapes at the same time
		wg.Go(func() { text(t, r) })
	}
	wg.Wait()
	got := text(t, r)
	for _, name := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes", "go_gomaxprocs", "process_start_time_seconds"} {
		if !strings.Contains(got, "\n"+name+" ") || strings.Contains(got, "\n"+name+" 0\n") {
			t.Errorf("%s is not there or 0:\n%s", name, got)
		}
	}
}

func TestRegistryOfContext(t *testing.T) {
	t.Parallel()
	r := metrics.NewRegistry()
	metrics.From(metrics.WithRegistry(t.Context(), r)).Counter("a", "").Inc()
	metrics.From(t.Context()).Counter("b", "").Inc()
	if got := text(t, r); !strings.Contains(got, "a 1\n") || strings.Contains(got, "b 1\n") {
		t.Errorf("got %s", got)
	}
}

func TestManyGoroutines(t *testing.T) {
	t.Parallel()
	r := metrics.NewRegistry()
	e := r.Endpoint(metrics.Service{Name: "s"}, "/x")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 1000 {
				e.Begin(time.Now())
				e.End(400+i%4, time.Millisecond)
			}
		})
	}
	for range 5 {
		text(t, r)
	}
	wg.Wait()
	for _, code := range []string{"400", "401", "402", "403"} {
		if !strings.Contains(text(t, r), `http_response_code="`+code+`",runner_name="s",service_name="",service_version=""} 2000`) {
			t.Errorf("code %s was not counted 2000 times", code)
		}
	}
}

func BenchmarkEndpoint(b *testing.B) {
	e := metrics.NewRegistry().Endpoint(metrics.Service{}, "/x")
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		e.Begin(now)
		e.End(200, time.Millisecond)
	}
}

// A runner that never lets an item wait shows what one does that is told of each.
func TestUnlimitedRunnerShowsTheSame(t *testing.T) {
	t.Parallel()
	var shown [2]string
	for i := range shown {
		r, s := metrics.NewRegistry(), metrics.Service{Bento: "b", Version: "v", Name: "s"}
		m := r.Unlimited(s, "step")
		if i == 1 {
			m = r.Runner(s, "step", 1, func() int { return 0 })
		}
		for _, took := range []time.Duration{0, time.Microsecond, time.Second, time.Hour} {
			m.Batch(1, 0, took)
		}
		m.Drop(2, context.DeadlineExceeded)
		shown[i] = text(t, r)
	}
	if shown[0] != shown[1] || !strings.Contains(shown[0], "bentoc_runner_wait_seconds_count{runner=\"step\"} 4\n") {
		t.Errorf("got\n%swant\n%s", shown[0], shown[1])
	}
}
