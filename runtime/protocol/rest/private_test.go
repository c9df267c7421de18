package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

const marker = "Marker4711"

// No line of the log quotes what a request has, at any level: not in what is wrong with its
// input; and of an endpoint that handles sensitive values not in errors of its steps either.
func TestLogsQuoteNoValues(t *testing.T) {
	t.Parallel()
	read := codec.JSONObject(codec.Refuse, readPerson).Decode
	fails := map[string]func(string) error{
		"error": func(s string) error { return errors.New("cannot greet " + s) },
		"status": func(s string) error {
			return &spec.InputError{Status: 422, Message: "no " + s, Problems: []spec.Problem{{Type: "union_tag_invalid", Loc: []any{"name"}, Msg: "not " + s}}}
		},
		"panic": func(s string) error { panic(s) },
		"exits": func(s string) error { return fmt.Errorf("wrapped: %w", errors.New(s)) },
	}
	for name, fail := range fails {
		for _, sensitive := range []bool{false, true} {
			g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{{Name: "n", Run: graph.Guarded(graph.Guard{Graph: "g", Node: "n", Fallback: func(_ context.Context, in any, _ []any) (any, error) {
				return nil, fail(in.(person).Name)
			}}, func(_ context.Context, in any, _ []any) (any, error) { return nil, fail(in.(person).Name) })}},
				Output: func(_ any, out []any) (any, error) { return out[0], nil }})
			e := endpoint{Decode: read, Run: g.Run, Timeout: time.Minute}.spec()
			e.Sensitive = sensitive
			h := serveSpec(t, spec.Service{}, e)
			bodies := []string{`{"name": "` + marker + `"}`, `{"name": "` + marker, `{"name": ` + marker + `}`, `"` + marker + `"`, `["` + marker + `"]`}
			for _, body := range bodies {
				if r := h.post(body); r.status < 400 {
					t.Fatalf("%s was answered %d", body, r.status)
				}
			}
			h.idle()
			h.access.Close()
			told := h.lines.String()
			if sensitive || name == "status" {
				told += h.log.String()
			}
			if strings.Contains(told, marker) {
				t.Errorf("%s, sensitive %t: the log has it:\n%s", name, sensitive, told)
			}
			if n := strings.Count(h.lines.String(), "\n"); n != len(bodies) {
				t.Errorf("%s: %d lines of %d requests", name, n, len(bodies))
			}
			if !sensitive && !strings.Contains(h.lines.String(), "refused=bad_input") {
				t.Errorf("%s: the lines do not say why requests were refused:\n%s", name, h.lines)
			}
		}
	}
}

// An answer has the client's name for the request, and else one of ours.
func TestRequestIDIsAnswered(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{})
	for sent, want := range map[string]string{"mine-1": "mine-1", "two words": "", "": ""} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://x/call", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if sent != "" {
			r.Header.Set("X-Request-Id", sent)
		}
		resp, err := h.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if want == "" {
			want = resp.Header.Get("X-BentoML-Request-ID")
		}
		if got := resp.Header.Values("X-Request-Id"); len(got) != 1 || got[0] != want || want == "" {
			t.Errorf("%q was answered %q, want %q", sent, got, want)
		}
	}
	h.idle()
	h.access.Close()
	if got := h.lines.String(); strings.Count(got, " request=mine-1 ") != 1 || strings.Count(got, " request=") != 1 {
		t.Errorf("the log says %s", got)
	}
}
