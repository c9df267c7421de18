package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bentoc.dev/runtime/spec"
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{})
	for _, body := range []string{`{"a":1}`, strings.Repeat("x", 100_000)} {
		r := h.post(body)
		if r.status != 200 || r.body != body || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("got %d %.20q %v", r.status, r.body, r.header)
		}
		if r.header.Get("Content-Length") != fmt.Sprint(len(body)) {
			t.Errorf("header %v", r.header)
		}
		if id := r.header.Get("X-BentoML-Request-ID"); !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(id) {
			t.Errorf("request id %q", id)
		}
	}
	h.idle()
	if n := h.metric("bentoml_service_request_total", `endpoint="/call"`, `http_response_code="200"`, `runner_name="svc"`, `service_name="test"`, `service_version="v1"`); n != "2" {
		t.Errorf("%s requests were counted", n)
	}
	if n := h.metric("bentoml_service_request_in_progress"); n != "0" {
		t.Errorf("%s requests are in progress", n)
	}
}

// Every answer of an endpoint that will be taken away says so, an error too.
func TestDeprecated(t *testing.T) {
	t.Parallel()
	until := time.Date(2027, 3, 1, 23, 59, 59, 0, time.UTC)
	for _, tc := range []struct {
		deprecated          *spec.Deprecation
		sunset, deprecation string
	}{
		{nil, "", ""},
		{&spec.Deprecation{Until: until.In(time.FixedZone("", 3600))}, "Mon, 01 Mar 2027 23:59:59 GMT", ""},
		{&spec.Deprecation{Since: until.AddDate(0, -2, 0), Until: until}, "Mon, 01 Mar 2027 23:59:59 GMT", "@1798847999"},
	} {
		e := endpoint{Run: func(_ context.Context, in any) (any, error) {
			if in == "bad" {
				return nil, errors.New("no")
			}
			return in, nil
		}}.spec()
		e.Deprecated = tc.deprecated
		h := serveSpec(t, spec.Service{}, e)
		for _, r := range []reply{h.post("good"), h.post("bad"), h.do(h.request("GET", "", nil))} {
			if got := r.header.Get("Sunset"); got != tc.sunset {
				t.Errorf("%d: Sunset %q, want %q", r.status, got, tc.sunset)
			}
			if got := r.header.Get("Deprecation"); got != tc.deprecation {
				t.Errorf("%d: Deprecation %q, want %q", r.status, got, tc.deprecation)
			}
		}
	}
}

func TestRequestThatDecodeSees(t *testing.T) {
	t.Parallel()
	var got spec.Source
	h := start(t, spec.Service{}, endpoint{Strict: true, Decode: func(r *spec.Source) (any, error) {
		got = *r
		got.Body = bytes.Clone(r.Body)
		return "ok", nil
	}})
	for _, tc := range []struct{ header, body, want string }{
		{"application/json", `{"a":1}`, "application/json"},
		{"Application/JSON; charset=UTF-8", `{"a":1}`, "application/json"},
		{"application/x-whatever", `{"a":1}`, "application/x-whatever"},
		{"text/plain; =;", `{"a":1}`, "text/plain"},
		{"", `{"a":1}`, ""},
		{"", ``, ""},
		{"application/json", ``, "application/json"},
	} {
		r := h.do(h.request(http.MethodPost, tc.header, strings.NewReader(tc.body)))
		if r.status != 200 || got.ContentType != tc.want || string(got.Body) != tc.body || got.Parts != nil || !got.Strict {
			t.Errorf("%q %q: %d, %+v", tc.header, tc.body, r.status, got)
		}
	}
}

// Unpickling runs code, whatever the endpoint takes.
func TestPickleIsRefused(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{})
	const label = "application/vnd.bentoml+pickle"
	r := h.do(h.request(http.MethodPost, label, strings.NewReader("x")))
	h.wantError(r, 415, label+" is not accepted: unpickling runs code")
	if !strings.Contains(r.body, `"detail":[{"type":"media_type","loc":[],"msg":`) {
		t.Errorf("got %s", r.body)
	}
}

// A value's own bytes are read and written where it has them, JSON where the body is
// labelled so; what the endpoint has no format for is refused.
func TestFormatIsThatOfTheContentType(t *testing.T) {
	t.Parallel()
	says := func(what string) spec.Format {
		return spec.Format{
			Decode: func(s *spec.Source) (any, error) { return what, nil },
			Encode: func(v any) (spec.Payload, error) {
				return spec.Payload{ContentType: "text/plain", Body: []byte(what + " of " + v.(string))}, nil
			},
		}
	}
	same := spec.Once(func(_ context.Context, in any) (any, error) { return in, nil })
	for _, tc := range []struct {
		in, out           spec.Type
		contentType, want string
	}{
		{spec.Type{JSON: says("json"), Raw: says("raw")}, spec.Type{JSON: says("JSON")}, "", "JSON of raw"},
		{spec.Type{JSON: says("json"), Raw: says("raw")}, spec.Type{JSON: says("JSON"), Raw: says("RAW")}, "application/json", "RAW of json"},
		{spec.Type{JSON: says("json"), Raw: says("raw")}, spec.Type{JSON: says("JSON")}, "application/problem+json; x=y", "JSON of json"},
		{spec.Type{JSON: says("json")}, spec.Type{JSON: says("JSON")}, "image/png", "JSON of json"},
		{spec.Type{JSON: says("json")}, spec.Type{JSON: says("JSON")}, "application/x-www-form-urlencoded", ""},
		{spec.Type{Raw: says("raw")}, spec.Type{JSON: says("JSON")}, "application/json", ""},
		{spec.Type{JSON: says("json"), Arrow: says("arrow")}, spec.Type{JSON: says("JSON"), Arrow: says("ARROW")}, "application/vnd.apache.arrow.stream", "JSON of arrow"},
		{spec.Type{JSON: says("json"), Arrow: says("arrow")}, spec.Type{JSON: says("JSON")}, "application/json", "JSON of json"},
		{spec.Type{JSON: says("json"), Arrow: says("arrow")}, spec.Type{JSON: says("JSON")}, "application/vnd.apache.arrow.file", ""},
		{spec.Type{JSON: says("json")}, spec.Type{JSON: says("JSON")}, "application/vnd.apache.arrow.stream", ""},
	} {
		h := serveSpec(t, spec.Service{}, spec.Endpoint{Route: "/call", In: tc.in, Out: tc.out, Handle: same})
		r := h.do(h.request(http.MethodPost, tc.contentType, strings.NewReader("a=b")))
		if tc.want == "" {
			h.wantError(r, 415, fmt.Sprintf("%q is not supported by this endpoint", tc.contentType))
		} else if r.status != 200 || r.body != tc.want {
			t.Errorf("%q: %d %q, want %q", tc.contentType, r.status, r.body, tc.want)
		}
	}
}

// An answer is a stream of Arrow where the client would rather have that than JSON, and
// where the endpoint has it.
func TestAccept(t *testing.T) {
	t.Parallel()
	says := func(what string) spec.Format {
		return spec.Format{
			Decode: func(*spec.Source) (any, error) { return nil, nil },
			Encode: func(any) (spec.Payload, error) {
				return spec.Payload{ContentType: "text/plain", Body: []byte(what)}, nil
			},
		}
	}
	same := spec.Once(func(_ context.Context, in any) (any, error) { return in, nil })
	with := serveSpec(t, spec.Service{}, spec.Endpoint{Route: "/call", In: spec.Type{JSON: says("")}, Out: spec.Type{JSON: says("json"), Arrow: says("arrow")}, Handle: same})
	without := serveSpec(t, spec.Service{}, spec.Endpoint{Route: "/call", In: spec.Type{JSON: says("")}, Out: spec.Type{JSON: says("json")}, Handle: same})
	const arrow = "application/vnd.apache.arrow.stream"
	for _, c := range []struct {
		accept []string
		want   string
	}{
		{nil, "json"}, {[]string{""}, "json"}, {[]string{"*/*"}, "json"}, {[]string{"application/*"}, "json"}, {[]string{"application/json"}, "json"},
		{[]string{arrow}, "arrow"}, {[]string{"Application/VND.apache.arrow.stream; q=0.5"}, "arrow"},
		{[]string{arrow + ", */*"}, "arrow"}, {[]string{"*/*, " + arrow}, "arrow"}, {[]string{"application/json, " + arrow}, "json"}, {[]string{arrow + ", application/json"}, "arrow"},
		{[]string{arrow + ";q=0.9, application/json"}, "json"}, {[]string{"application/json;q=0.2, " + arrow + ";q=0.9"}, "arrow"}, {[]string{arrow + ";q=0.5, */*"}, "json"},
		{[]string{arrow + ";q=0"}, "json"}, {[]string{arrow + ";q=x"}, "json"}, {[]string{arrow + ";q=0, application/json;q=0"}, "json"}, {[]string{"text/html", arrow}, "arrow"},
	} {
		for _, h := range []*harness{with, without} {
			r := h.request(http.MethodPost, "", strings.NewReader("1"))
			r.Header["Accept"] = c.accept
			got, want, vary := h.do(r), "json", ""
			if h == with {
				want, vary = c.want, "Accept"
			}
			if got.status != 200 || got.body != want || got.header.Get("Vary") != vary {
				t.Errorf("%q: %d %q, Vary %q, want %q", c.accept, got.status, got.body, got.header.Get("Vary"), want)
			}
		}
	}
}

func TestChunkedBody(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{})
	body := strings.Repeat("0123456789", 5000)
	r := h.do(h.request(http.MethodPost, "", io.MultiReader(strings.NewReader(body))))
	if r.status != 200 || r.body != body {
		t.Errorf("%d, %d bytes", r.status, len(r.body))
	}
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{})
	for _, m := range []string{"GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"} {
		r := h.do(h.request(m, "", nil))
		h.wantError(r, 405, "method "+m+" is not allowed: call the endpoint with POST")
		if r.header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow is %q", m, r.header.Get("Allow"))
		}
	}
	if n := h.metric("bentoc_request_rejected_total", `reason="method"`); n != "6" {
		t.Errorf("%s were counted", n)
	}
}

func gzipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	const limit = 10_000
	h := start(t, spec.Service{MaxBody: 5}, endpoint{MaxBody: limit})
	for _, tc := range []struct {
		name   string
		size   int
		status int
	}{{"at the limit", limit, 200}, {"over the limit", limit + 1, 413}, {"far over the limit", 50 * limit, 413}} {
		body := strings.Repeat("x", tc.size)
		chunked := h.request(http.MethodPost, "", io.MultiReader(strings.NewReader(body)))
		packed := h.request(http.MethodPost, "", bytes.NewReader(gzipped(t, body)))
		packed.Header.Set("Content-Encoding", "gzip")
		for how, r := range map[string]*http.Request{
			"known length": h.request(http.MethodPost, "", strings.NewReader(body)), "chunked": chunked, "gzip": packed,
		} {
			got := h.do(r)
			if got.status != tc.status {
				t.Errorf("%s, %s: %d %s", tc.name, how, got.status, got.body)
			}
			if tc.status == 413 {
				h.wantError(got, 413, "the body is over the limit of 10000 bytes")
			}
		}
	}
	if n := h.metric("bentoc_request_rejected_total", `reason="body_too_large"`); n != "6" {
		t.Errorf("%s were counted", n)
	}
}

func TestContentEncoding(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{})
	send := func(encoding string, body []byte) reply {
		r := h.request(http.MethodPost, "", bytes.NewReader(body))
		r.Header.Set("Content-Encoding", encoding)
		return h.do(r)
	}
	if r := send("GZIP", gzipped(t, "hello")); r.status != 200 || r.body != "hello" {
		t.Errorf("gzip: %d %s", r.status, r.body)
	}
	if r := send("identity", []byte("hello")); r.status != 200 || r.body != "hello" {
		t.Errorf("identity: %d %s", r.status, r.body)
	}
	h.wantError(send("gzip", []byte("hello, this is plain")), 400, "the body is not valid gzip")
	h.wantError(send("gzip", gzipped(t, "hello")[:20]), 400, "the body could not be read to its end")
	r := send("br", []byte("hello"))
	h.wantError(r, 415, `content encoding "br" is not supported: send gzip or none`)
	if r.header.Get("Accept-Encoding") != "gzip" {
		t.Errorf("Accept-Encoding is %q", r.header.Get("Accept-Encoding"))
	}
}

// coded is an error of a user's step.
type coded struct {
	status int
	wait   time.Duration
}

func (e coded) Error() string             { return fmt.Sprintf("step says %d", e.status) }
func (e coded) StatusCode() int           { return e.status }
func (e coded) RetryAfter() time.Duration { return e.wait }

const internal = "An unexpected error has occurred, please check the server log."

func TestErrorsOfSteps(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err     error
		status  int
		message string
	}{
		{coded{status: 409}, 409, "step says 409"},
		{coded{status: 422}, 422, "step says 422"},
		{coded{status: 503}, 503, "step says 503"},
		{fmt.Errorf("secret path: %w", coded{status: 404}), 404, "step says 404"},
		{coded{status: 499}, 500, internal},
		{coded{status: 599}, 500, internal},
		{coded{status: 200}, 500, internal},
		{coded{status: 302}, 500, internal},
		{coded{status: -1}, 500, internal},
		{errors.New("secret password"), 500, internal},
		{context.DeadlineExceeded, 500, internal},
		{&spec.InputError{Status: 422, Message: "the picture does not decode"}, 422, "the picture does not decode"},
		{fmt.Errorf("node: %w", &spec.InputError{Status: 400, Message: "bad"}), 400, "bad"},
		{&spec.InputError{Status: 7, Message: "odd"}, 500, internal},
	} {
		t.Run(tc.err.Error(), func(t *testing.T) {
			t.Parallel()
			h := start(t, spec.Service{}, endpoint{Run: func(context.Context, any) (any, error) { return nil, tc.err }})
			r := h.post(`{}`)
			h.wantError(r, tc.status, tc.message)
			if logged := strings.Contains(h.log.String(), "[ERROR]") && strings.Contains(h.log.String(), tc.err.Error()); logged != (tc.status >= 500) {
				t.Errorf("log is %q", h.log)
			}
		})
	}
}

func TestRetryAfterOfAStep(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{Run: func(context.Context, any) (any, error) {
		return nil, fmt.Errorf("queue: %w", coded{status: 503, wait: 1200 * time.Millisecond})
	}})
	if r := h.post(`{}`); r.status != 503 || r.header.Get("Retry-After") != "2" {
		t.Errorf("%d, Retry-After %q", r.status, r.header.Get("Retry-After"))
	}
}

func TestProblemsOfInput(t *testing.T) {
	t.Parallel()
	problems := []spec.Problem{{Type: "missing", Loc: []any{"lines", 3, "name"}, Msg: "field required"}}
	h := start(t, spec.Service{}, endpoint{Decode: func(r *spec.Source) (any, error) {
		for string(r.Body) == "many" && len(problems) < 1000 {
			problems = append(problems, problems[0])
		}
		return nil, &spec.InputError{Status: 400, Message: "1 problem", Problems: problems}
	}})
	r := h.post(`{}`)
	if want := `{"error":"1 problem","detail":[{"type":"missing","loc":["lines",3,"name"],"msg":"field required"}]}` + "\n"; r.status != 400 || r.body != want {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := h.post(`many`); strings.Count(r.body, "missing") != 100 {
		t.Errorf("%d problems were sent, want at most 100", strings.Count(r.body, "missing"))
	}
}

func blowUp() { panic(coded{status: 404}) }

func TestPanicIsThatRequestsAlone(t *testing.T) {
	t.Parallel()
	var bad atomic.Bool
	maybe := func() {
		if bad.Load() {
			blowUp()
		}
	}
	for name, e := range map[string]endpoint{
		"decode": {Decode: func(*spec.Source) (any, error) { maybe(); return "fine", nil }},
		"run":    {Run: func(context.Context, any) (any, error) { maybe(); return "fine", nil }},
		"encode": {Encode: func(any) (spec.Payload, error) { maybe(); return spec.Payload{Body: []byte("fine")}, nil }},
	} {
		h := start(t, spec.Service{}, e)
		bad.Store(true)
		h.wantError(h.post(`{}`), 500, internal)
		if log := h.log.String(); !strings.Contains(log, "step panicked") || !strings.Contains(log, "rest_test.blowUp") {
			t.Errorf("%s: the log does not show the panic: %s", name, log)
		}
		bad.Store(false)
		if r := h.post(`{}`); r.status != 200 || r.body != "fine" {
			t.Errorf("%s: the next request got %d %s", name, r.status, r.body)
		}
		if h.gate.Inside() != 0 {
			t.Errorf("%s: %d requests are still inside", name, h.gate.Inside())
		}
	}
}

func TestPayload(t *testing.T) {
	t.Parallel()
	var released atomic.Int64
	h := start(t, spec.Service{}, endpoint{Encode: func(out any) (spec.Payload, error) {
		return spec.Payload{ContentType: "image/png", FileName: out.(string), Body: []byte("bytes"), Release: func() { released.Add(1) }}, nil
	}})
	for name, want := range map[string]string{
		"a.png":       `attachment; filename=a.png`,
		"a b.png":     `attachment; filename="a b.png"`,
		"bild-ä.png":  `attachment; filename*=utf-8''bild-%C3%A4.png`,
		"x\r\nY: z.p": `attachment; filename*=utf-8''x%0D%0AY%3A%20z.p`,
	} {
		r := h.post(name)
		if r.body != "bytes" || r.header.Get("Content-Type") != "image/png" || r.header.Get("Content-Disposition") != want {
			t.Errorf("%q: %q %v", name, r.body, r.header)
		}
	}
	if released.Load() != 4 {
		t.Errorf("released %d times, want 4", released.Load())
	}
}

func TestNotOpenAndClosed(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{})
	h.gate.Close()
	r := h.post(`{}`)
	h.wantError(r, 503, "the server is stopping")
	if r.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestTraceOfTheRequest(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{Run: func(context.Context, any) (any, error) { return nil, errors.New("bad") }})
	r := h.request(http.MethodPost, "text/plain", strings.NewReader("hi"))
	r.Header.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	got := h.do(r)
	span := got.header.Get("X-BentoML-Request-ID")
	if span == "00f067aa0ba902b7" {
		t.Error("the span is the caller's")
	}
	h.handling.Wait()
	if want := "(trace=4bf92f3577b34da6a3ce929d0e0e4736,span=" + span + ")"; !strings.Contains(h.log.String(), want) {
		t.Errorf("log %q lacks %s", h.log, want)
	}
	h.access.Close()
	want := regexp.MustCompile(`^\S+Z \[INFO\] \[svc\] pipe \(scheme=http,method=POST,path=/call,type=text/plain,length=2\) \(status=500,type=application/json,length=\d+\) \d+\.\d{3}ms \(trace=4bf92f3577b34da6a3ce929d0e0e4736,span=` + span + `,sampled=1,service.name=svc\)\n$`)
	if !want.MatchString(h.lines.String()) {
		t.Errorf("line is %s", h.lines)
	}
}
