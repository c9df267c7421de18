package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
)

// twoServices serves an endpoint at "/" and one at /b, of two services.
func twoServices() spec.Bento {
	endpoint := func(name, route string) spec.Endpoint {
		return spec.Endpoint{Name: name, Route: route,
			In: spec.Type{JSON: spec.Format{Decode: func(r *spec.Source) (any, error) { return string(r.Body), nil }}},
			Out: spec.Type{JSON: spec.Format{Encode: func(out any) (spec.Payload, error) {
				return spec.Payload{Body: []byte(out.(string))}, nil
			}}},
		}
	}
	return spec.Bento{
		Version: spec.Version, Name: "two", Digest: "sha256:0123",
		Services: []spec.Service{
			{Name: "a", Endpoints: []spec.Endpoint{endpoint("root", "/")}},
			{Name: "b", Endpoints: []spec.Endpoint{endpoint("b", "/b")}},
		},
		Documents: []spec.Document{
			{Path: "/schema.json", ContentType: "application/json", Data: []byte(`{"name":"two"}`)},
			{Path: "/docs.json", ContentType: "application/json", Data: []byte(`{"openapi":"3.1.0"}`)},
		},
	}
}

func newTest(t *testing.T, b spec.Bento) (*server, http.Handler) {
	t.Helper()
	s, err := newServer(b, runner.NewSet(nil), &settings{}, &process{protocols: []protocol.Protocol{rest.Routes}, stdout: io.Discard, stderr: io.Discard, lookup: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	return s, s.http.Handler
}

func ask(t *testing.T, h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatIsServed(t *testing.T) {
	t.Parallel()
	s, h := newTest(t, twoServices())
	s.health.Ready()
	for _, tc := range []struct{ path, contentType, begin string }{
		{"/", "text/html; charset=utf-8", "<!doctype html>"},
		{"/schema.json", "application/json", `{"name":"two"}`},
		{"/docs.json", "application/json", `{"openapi"`},
		{"/livez", "text/plain; charset=utf-8", "\n"},
		{"/healthz", "text/plain; charset=utf-8", "\n"},
		{"/readyz", "text/plain; charset=utf-8", "\n"},
		{"/metrics", "text/plain; version=0.0.4; charset=utf-8", "# HELP "},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			w := ask(t, h, method, tc.path)
			if w.Code != 200 || w.Header().Get("Content-Type") != tc.contentType || !strings.HasPrefix(w.Body.String(), tc.begin) || w.Header().Get("Server") != "bentoc/two" {
				t.Errorf("%s %s: %d %v %.80q", method, tc.path, w.Code, w.Header(), w.Body)
			}
		}
	}
}

func TestWhatIsNotServed(t *testing.T) {
	t.Parallel()
	s, h := newTest(t, twoServices())
	for _, tc := range []struct {
		method, path string
		status       int
		allow        string
		message      string
	}{
		{"POST", "/c", 404, "", "nothing is served at /c: see /schema.json"},
		{"POST", "/b/", 404, "", "nothing is served at /b/: did you mean /b"},
		{"GET", "/b/c/..", 404, "", "nothing is served at /b/c/..: see /schema.json"},
		{"GET", "/b", 405, "POST", "method GET is not allowed: call the endpoint with POST"},
		{"PUT", "/", 405, "GET, HEAD, POST", "method PUT is not allowed"},
		{"POST", "/livez", 405, "GET, HEAD", "method POST is not allowed"},
		{"GET", "/%ff%00", 404, "", "nothing is served at /�\x00: see /schema.json"},
		{"GET", "/" + strings.Repeat("x", 1000), 404, "", "nothing is served at /" + strings.Repeat("x", 199) + "…: see /schema.json"},
	} {
		w := ask(t, h, tc.method, tc.path)
		var got struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s %s: the body is no JSON object: %q", tc.method, tc.path, w.Body)
		}
		if w.Code != tc.status || w.Header().Get("Allow") != tc.allow || got.Error != tc.message || w.Header().Get("Server") != "bentoc/two" {
			t.Errorf("%s %.20s: %d %v %q", tc.method, tc.path, w.Code, w.Header(), got.Error)
		}
	}
	var text bytes.Buffer
	if _, err := s.registry.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "xxxx") {
		t.Error("a path that a client chose became a label")
	}
	want := `bentoml_service_request_total{endpoint="unknown",http_response_code="404",runner_name="a",service_name="two",service_version="sha256:0123"} 5` + "\n"
	if !strings.Contains(text.String(), want) {
		t.Errorf("metrics lack %s:\n%s", want, text.String())
	}
}

func TestPostBeforeReady(t *testing.T) {
	t.Parallel()
	_, h := newTest(t, twoServices())
	w := ask(t, h, "POST", "/")
	if w.Code != 503 || !strings.Contains(w.Body.String(), "not ready") || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	_, h := newTest(t, twoServices())
	tag := ask(t, h, "GET", "/schema.json").Header().Get("ETag")
	if tag == "" || tag == ask(t, h, "GET", "/docs.json").Header().Get("ETag") {
		t.Fatalf("ETag is %q", tag)
	}
	for header, code := range map[string]int{tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200} {
		w := ask(t, h, "GET", "/schema.json", "If-None-Match", header)
		if w.Code != code || (code == 304) != (w.Body.Len() == 0) {
			t.Errorf("If-None-Match %s: %d, %d bytes", header, w.Code, w.Body.Len())
		}
	}
}

func TestPageReachesNothingElse(t *testing.T) {
	t.Parallel()
	_, h := newTest(t, twoServices())
	w := ask(t, h, "GET", "/")
	if strings.Contains(w.Body.String(), "://") {
		t.Error("the page names another place")
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("policy is %q", csp)
	}
}

func TestRoutesThatClash(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"/b", "/metrics", "/schema.json"} {
		b := twoServices()
		b.Services[0].Endpoints[0].Route = route
		_, err := newServer(b, runner.NewSet(nil), &settings{}, &process{protocols: []protocol.Protocol{rest.Routes}, stdout: io.Discard, stderr: io.Discard, lookup: func(string) (string, bool) { return "", false }})
		if err == nil || !strings.Contains(err.Error(), "the route "+route+" is taken") {
			t.Errorf("%s: %v", route, err)
		}
	}
}

// Whatever is answered is what its Content-Type says.
func TestNosniff(t *testing.T) {
	t.Parallel()
	_, h := newTest(t, twoServices())
	for _, tc := range []struct{ method, path string }{
		{"GET", "/"}, {"POST", "/"}, {"POST", "/b"}, {"GET", "/b"}, {"GET", "/schema.json"}, {"GET", "/docs.json"}, {"HEAD", "/docs.json"},
		{"GET", "/livez"}, {"GET", "/readyz"}, {"GET", "/metrics"}, {"GET", "/nothing"}, {"PUT", "/metrics"}, {"OPTIONS", "/b"},
	} {
		if w := ask(t, h, tc.method, tc.path); len(w.Header()["X-Content-Type-Options"]) != 1 || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: %d, header %v", tc.method, tc.path, w.Code, w.Header())
		}
	}
}
