package server

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
)

// Models are opened anew out of the folder that was asked for last; one that has none
// leaves those that are there, and where they came from.
func TestReload(t *testing.T) {
	t.Parallel()
	ev := &events{}
	s := first(t, ev, time.Minute)
	n := 0
	s.build = func(set *runner.Set) spec.Bento {
		n++
		return swapped(t, ev, n)(set)
	}
	local := httptest.NewServer(s.local())
	defer local.Close()
	ask := func(method, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, local.URL+"/models", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := local.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	for i, c := range []struct {
		method, body string
		code         int
		says, folder string
	}{
		{"GET", "", 200, `"folder": "/models"`, "/models"},
		{"POST", "", 200, `"folder": "/models"`, "/models"},
		{"POST", `{"folder": "/new"}`, 200, `"folder": "/new"`, "/new"},
		{"POST", "", 200, `"folder": "/new"`, "/new"},
		{"POST", `{"folder": "/broken"}`, 409, `opening runner \"model\": runner model: no model`, "/new"},
		{"POST", `{"folder": "new"}`, 400, "no absolute path", "/new"},
		{"POST", `{"folder": ""}`, 400, "no absolute path", "/new"},
		{"POST", `{}`, 400, "no absolute path", "/new"},
		{"POST", `{"foldr": "/new"}`, 400, "unknown field", "/new"},
		{"POST", `{"folder": "/a"} {"folder": "/b"}`, 400, "follows", "/new"},
		{"POST", `{"folder": `, 400, "EOF", "/new"},
		{"PUT", `{"folder": "/a"}`, 405, "", "/new"},
		{"POST", `{"folder": "/models"}`, 200, `"folder": "/models"`, "/models"},
	} {
		code, text := ask(c.method, c.body)
		if code != c.code || !strings.Contains(text, c.says) {
			t.Errorf("%d: %s %s got %d %s", i, c.method, c.body, code, text)
		}
		if got := s.current.Load().folder(); got != c.folder {
			t.Errorf("%d: after %s %s the folder is %s", i, c.method, c.body, got)
		}
	}
	if err := s.reload(""); err != nil {
		t.Error(err)
	}
	text := metricsOf(t, s)
	for _, want := range []string{`bentoc_reload_total{result="done"} 5`, `bentoc_reload_total{result="refused"} 1`, `models="/new"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics have no %s:\n%s", want, text)
		}
	}
	const image, other = "/models/model/model.onnx", "/new/model/model.onnx"
	if want := []string{image, image, other, other, "/broken/model/model.onnx", image, image}; !slices.Equal(ev.paths, want) {
		t.Errorf("models were opened at %v", ev.paths)
	}
	s.drained()
	if err := s.reload(""); err == nil {
		t.Error("models were opened by a server that has stopped")
	}
	if got := ev.list(); fmt.Sprint(got[len(got)-2:]) != "[-6 -step]" {
		t.Errorf("opened and closed was %v", got)
	}
}
