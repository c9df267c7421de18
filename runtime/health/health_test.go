package health_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/health"
)

func readyz(t *testing.T, s *health.State) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.Readyz(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	return w.Code, w.Body.String()
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := health.NewState("starting")
		s.Starting(`opening runner "det"`)
		if code, body := readyz(t, s); code != 503 || body != "opening runner \"det\"\n" {
			t.Errorf("starting: %d %q", code, body)
		}
		s.Ready()
		if code, body := readyz(t, s); code != 200 || body != "\n" {
			t.Errorf("ready: %d %q", code, body)
		}
		s.Stopping("stopping")
		s.Ready()
		if code, body := readyz(t, s); code != 503 || body != "stopping\n" {
			t.Errorf("stopping: %d %q", code, body)
		}
	})
}

func TestReadyzAnswersWhenItBecomesReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := health.NewState("starting")
		time.AfterFunc(7*time.Millisecond, s.Ready)
		start := time.Now()
		if code, _ := readyz(t, s); code != 200 || time.Since(start) != 7*time.Millisecond {
			t.Errorf("%d after %v", code, time.Since(start))
		}
	})
}

func TestFailedIsSaidAtOnceAndStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := health.NewState("starting")
		s.Failed(`runner "det" did not open`)
		s.Ready()
		start := time.Now()
		if code, body := readyz(t, s); code != 503 || body != "runner \"det\" did not open\n" || time.Since(start) != 0 {
			t.Errorf("%d %q after %v", code, body, time.Since(start))
		}
	})
}

func TestLivez(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	health.Livez(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/livez", nil))
	if w.Code != 200 || w.Body.String() != "\n" {
		t.Errorf("%d %q", w.Code, w.Body.String())
	}
}
