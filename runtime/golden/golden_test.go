package golden_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/golden"
	"bentoc.dev/runtime/spec"
)

// echo is a bento that answers with its request, after a time.
func echo(takes time.Duration) *spec.Bento {
	format := spec.Format{
		Decode: func(s *spec.Source) (any, error) {
			if string(s.Body) == `"refuse"` {
				return nil, &spec.InputError{Status: 400, Message: "no"}
			}
			return string(s.Body), nil
		},
		Encode: func(v any) (spec.Payload, error) {
			return spec.Payload{ContentType: "application/json", Body: []byte(v.(string))}, nil
		},
	}
	return &spec.Bento{Services: []spec.Service{{Name: "s", Timeout: time.Second, Endpoints: []spec.Endpoint{{
		Name: "echo", In: spec.Type{JSON: format}, Out: spec.Type{JSON: format},
		Handle: spec.Once(func(ctx context.Context, in any) (any, error) {
			switch in {
			case `"panic"`:
				panic("on purpose")
			case `"fail"`:
				return nil, errors.New("failed on purpose")
			}
			select {
			case <-time.After(takes):
				return in, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}),
	}}}}}
}

// TestProve checks what a server makes of its golden cases: each failure is named.
func TestProve(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cases string
		takes time.Duration
		want  string // of the error; "" for none
	}{
		"right":           {cases: `[{"name":"a","service":"s","endpoint":"echo","request":{"x":1},"want":"eyJ4IjoxfQ=="}]`},
		"wrong":           {cases: `[{"name":"a","service":"s","endpoint":"echo","request":{"x":2},"want":"eyJ4IjoxfQ=="}]`, want: "golden case a: x: is 2, want 1"},
		"each is told":    {cases: `[{"name":"a","service":"s","endpoint":"echo","request":2,"want":"MQ=="},{"name":"b","service":"s","endpoint":"echo","request":3,"want":"MQ=="}]`, want: "golden case a: the answer: is 2, want 1\ngolden case b: the answer: is 3, want 1"},
		"refused":         {cases: `[{"name":"a","service":"s","endpoint":"echo","request":"refuse","want":"MQ=="}]`, want: "golden case a: its request: no"},
		"an error":        {cases: `[{"name":"a","service":"s","endpoint":"echo","request":"fail","want":"MQ=="}]`, want: "golden case a: failed on purpose"},
		"a panic":         {cases: `[{"name":"a","service":"s","endpoint":"echo","request":"panic","want":"MQ=="}]`, want: "golden case a: panic: on purpose"},
		"no endpoint":     {cases: `[{"name":"a","service":"s","endpoint":"gone","request":1,"want":"MQ=="}]`, want: "golden case a: there is no endpoint gone of s"},
		"in time":         {cases: `[{"name":"a","service":"s","endpoint":"echo","request":1,"want":"MQ==","maxLatency":50000000}]`, takes: 50 * time.Millisecond},
		"too late":        {cases: `[{"name":"a","service":"s","endpoint":"echo","request":1,"want":"MQ==","maxLatency":50000000}]`, takes: 60 * time.Millisecond, want: "golden case a: it took 60ms at best, allowed are 50ms"},
		"past a deadline": {cases: `[{"name":"a","service":"s","endpoint":"echo","request":1,"want":"MQ=="}]`, takes: 2 * time.Second, want: "golden case a: context deadline exceeded"},
		"no cases":        {cases: `oops`, want: "reading the golden cases: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := golden.Prove([]byte(c.cases))(t.Context(), echo(c.takes))
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
					t.Errorf("the error is %v, want %s", err, c.want)
				}
			})
		})
	}
}
