package cache

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bentoc.dev/runtime/spec"
)

// request is of a type of the server's own, as the inputs of endpoints are.
type request struct {
	Text string
	N    *float64
}

type answer struct{ Words []string }

// sent is a request's sender: what it asks for, and what it is told.
type sent struct {
	control string
	how     spec.CacheUse
	out     any
}

func (s *sent) Header(string) string     { return s.control }
func (s *sent) Cached(how spec.CacheUse) { s.how = how }
func (s *sent) Send(v any) error         { s.out = v; return nil }
func (s *sent) String() string           { return fmt.Sprint(s.how, " ", s.out) }
func pointer(n float64) *float64         { return &n }
func negativeZero(z float64) *float64    { z = -z; return &z }

// An endpoint gives what it kept for the same input; a client's Cache-Control is heeded.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	e := NewEndpoint(Config{Service: "s", Endpoint: "/e", MaxBytes: 1 << 20, TTL: time.Minute})
	if err := e.Life().Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs := 0
	handle := e.Handle(func(_ context.Context, in any) (any, error) {
		runs++
		return answer{Words: []string{in.(request).Text, fmt.Sprint(runs)}}, nil
	})
	for i, v := range []struct {
		in            request
		control, want string
	}{
		{request{"a", pointer(0)}, "", "miss {[a 1]}"},
		{request{"a", pointer(0)}, "max-age=0", "hit {[a 1]}"},
		{request{"a", negativeZero(0)}, "", "miss {[a 2]}"},
		{request{"a", nil}, "", "miss {[a 3]}"},
		{request{"a", nil}, "", "hit {[a 3]}"},
		{request{"", pointer(0)}, "", "miss {[ 4]}"},
		{request{"a", pointer(0)}, "max-age=0, No-Cache", "miss {[a 5]}"},
		{request{"a", pointer(0)}, "", "hit {[a 5]}"},
		{request{"a", pointer(0)}, "no-cache,no-store", "bypass {[a 6]}"},
		{request{"a", pointer(0)}, "private", "hit {[a 5]}"},
	} {
		s := &sent{control: v.control}
		if err := handle(t.Context(), v.in, s); err != nil || s.String() != v.want {
			t.Errorf("%d: %v, %v; want %s", i, s, err, v.want)
		}
	}
	if err := e.Life().Close(t.Context()); err != nil {
		t.Error(err)
	}
}
