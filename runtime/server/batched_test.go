//go:build unix

package server_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/spec"
)

// batched has a runner that gathers items like an engine does. The item "hold"
// keeps the only instance busy until /release is asked.
func batched() made {
	b := hello()
	var items *batch.Batcher[string, string]
	released := make(chan struct{})
	hold := func(ctx context.Context, _ int, in, out []string) error {
		for i, name := range in {
			out[i] = "read " + name
			if name == "hold" {
				_, _ = fmt.Fprintln(os.Stderr, "holding")
				select {
				case <-released:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
		}
		return nil
	}
	b.Runners = []runner.Life{{Name: "rec", Open: func(ctx context.Context) error {
		m := metrics.From(ctx).Runner(metrics.ServiceOf(ctx), "rec", 5, func() int { return items.Queued() })
		items = batch.New(batch.Config[string, string]{Name: "rec", MaxSize: 5, MaxQueue: 3, Run: hold, Observe: m.Batch, Dropped: m.Drop})
		return nil
	}, Close: func(ctx context.Context) error { return items.Close(ctx) }}}
	read := func(ctx context.Context, in any) (any, error) { return items.Do(ctx, in.(greeting).Name) }
	b.Services[0].Endpoints = []spec.Endpoint{
		{Name: "read", Route: "/read", In: greetingType, Out: textType, Handle: spec.Once(read)},
		{Name: "release", Route: "/release", In: greetingType, Out: textType, Handle: spec.Once(func(context.Context, any) (any, error) {
			close(released)
			return "", nil
		})},
		{Name: "soon", Route: "/soon", Timeout: 50 * time.Millisecond, In: greetingType, Out: textType, Handle: spec.Once(read)},
	}
	return b
}

// TestRunnerMetrics: batches, and what was dropped and why, are in /metrics.
func TestRunnerMetrics(t *testing.T) {
	t.Parallel()
	c := serve(t, "batched")
	c.waitFor(regexp.MustCompile(`\] ready `))
	var wg sync.WaitGroup
	read := func(name string) {
		wg.Go(func() { c.want(200, `{"text":"read `+name+`"}`)(c.post("/read", `{"name":"`+name+`"}`)) })
	}
	queued := func(n string) { c.untilMetric(`bentoc_runner_queue_length{runner="rec"}`, n) }
	dropped := func(reason, n string) {
		c.untilMetric(`bentoc_runner_dropped_total{reason="`+reason+`",runner="rec"}`, n)
	}

	read("hold")
	c.waitFor(regexp.MustCompile(`^holding$`))
	queued("0")
	if code, _, err := c.post("/soon", `{"name":"late"}`); err != nil || code != http.StatusGatewayTimeout {
		t.Errorf("a request whose time is over got %d, %v", code, err)
	}
	dropped("timeout", "1")
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() { c.leave(ctx) })
	queued("1")
	cancel()
	dropped("client_gone", "1")

	for i, name := range []string{"a", "b", "c"} {
		read(name)
		queued(string(rune('1' + i)))
	}
	if code, body, err := c.post("/read", `{"name":"d"}`); err != nil || code != http.StatusServiceUnavailable || !strings.Contains(body, "runner rec is overloaded: 3 items are waiting") {
		t.Errorf("a request too many got %d %s, %v", code, body, err)
	}
	dropped("queue_full", "1")
	c.want(200, `{"text":""}`)(c.post("/release", `{}`))
	wg.Wait()

	_, text, err := c.get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	const labels = `method_name="rec",runner_name="hello",service_name="hello",service_version="sha256:0123",worker_index="1"`
	for _, line := range []string{
		"# TYPE bentoml_service_adaptive_batch_size histogram",
		`bentoml_service_adaptive_batch_size_bucket{` + labels + `,le="1.0"} 1`,
		`bentoml_service_adaptive_batch_size_bucket{` + labels + `,le="2.0"} 1`,
		`bentoml_service_adaptive_batch_size_bucket{` + labels + `,le="4.0"} 2`,
		`bentoml_service_adaptive_batch_size_bucket{` + labels + `,le="5.0"} 2`,
		`bentoml_service_adaptive_batch_size_bucket{` + labels + `,le="+Inf"} 2`,
		`bentoml_service_adaptive_batch_size_sum{` + labels + `} 4`,
		`bentoml_service_adaptive_batch_size_count{` + labels + `} 2`,
		`bentoc_runner_wait_seconds_count{runner="rec"} 2`,
		`bentoc_runner_run_seconds_count{runner="rec"} 2`,
		`bentoc_runner_queue_length{runner="rec"} 0`,
		`bentoc_runner_dropped_total{reason="stopping",runner="rec"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	c.signal(syscall.SIGTERM)
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, c.text())
	}
}

// leave sends an item and goes away when ctx ends.
func (c *child) leave(ctx context.Context) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/read", strings.NewReader(`{"name":"gone"}`))
	if err != nil {
		c.t.Error(err)
		return
	}
	if resp, err := client.Do(q); err == nil {
		_ = resp.Body.Close() // there should be none
		c.t.Error("a request that went away was answered")
	}
}
