package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bentoc.dev/runtime/admit/rate"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
)

// Who came too often before an exchange of the models did so after it, as long as the
// limits are the same.
func TestRatesOutliveAnExchange(t *testing.T) {
	t.Parallel()
	ev := &events{}
	limited := func(n, service, endpoint int) Build {
		return func(set *runner.Set) spec.Bento {
			b := swapped(t, ev, n)(set)
			hourly := func(n int) spec.Rates {
				return rate.New(rate.Config{All: rate.Rate{Requests: n, Per: time.Hour, Burst: n}})
			}
			b.Services[0].Rates = hourly(service)
			b.Services[0].Endpoints[0].Rates = hourly(endpoint)
			return b
		}
	}
	s := first(t, ev, time.Minute)
	defer s.drained()
	ask := func() int {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, s.current.Load().bento.Services[0].Endpoints[0].Route, strings.NewReader("0s"))
		s.ServeHTTP(w, r)
		return w.Code
	}
	for i, v := range []struct{ service, endpoint, let int }{
		{9, 2, 2}, // of the endpoint
		{9, 2, 0},
		{9, 5, 5},
		{9, 5, 0},
		{9, 9, 2}, // of the service, which let 7 come
		{10, 9, 7},
	} {
		if _, err := s.swap(limited(i+1, v.service, v.endpoint), "/models"); err != nil {
			t.Fatal(err)
		}
		let := 0
		for ask() == http.StatusOK {
			let++
		}
		if let != v.let {
			t.Errorf("%d: %d requests were let in, want %d", i, let, v.let)
		}
	}
}
