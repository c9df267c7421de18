package logging_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/logging"
)

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestTraceparent(t *testing.T) {
	t.Parallel()
	for _, header := range []string{parent, "01" + parent[2:], "cc" + parent[2:] + "-more"} {
		tr := logging.NewTrace(header)
		if hex.EncodeToString(tr.TraceID[:]) != "4bf92f3577b34da6a3ce929d0e0e4736" || !tr.Sampled || tr.Span() == "00f067aa0ba902b7" {
			t.Errorf("%s: %+v", header, tr)
		}
	}
	if logging.NewTrace(parent[:len(parent)-1] + "0").Sampled {
		t.Error("a trace that is not sampled became one that is")
	}
}

func TestTraceparentThatIsNone(t *testing.T) {
	t.Parallel()
	seen := map[[16]byte]bool{}
	for _, header := range []string{
		"", "00", strings.ToUpper(parent), "ff" + parent[2:], parent + "-more", parent + "0",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bz-01",
		"0x" + parent[2:], strings.ReplaceAll(parent, "-", "_"),
	} {
		tr := logging.NewTrace(header)
		if hex.EncodeToString(tr.TraceID[:]) == "4bf92f3577b34da6a3ce929d0e0e4736" || tr.Sampled || tr.TraceID == [16]byte{} || tr.SpanID == [8]byte{} {
			t.Errorf("%q: %+v", header, tr)
		}
		seen[tr.TraceID] = true
	}
	if len(seen) != 12 {
		t.Errorf("%d different traces of 12", len(seen))
	}
}

// stamp is the time of a line, which tests do not compare.
var stamp = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z `)

func TestText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	log := logging.New(&b, false, "hello", slog.LevelInfo)
	tr := logging.NewTrace(parent)
	ctx := &logging.Context{Context: t.Context(), Trace: &tr}
	log.Info("plain")
	log.Debug("not written")
	log.With("a", 1).WithGroup("g").With("b", "x y").Warn("attributes", "c", "", "d", slog.GroupValue(slog.Int("e", 2)), "f", `q"=`)
	log.ErrorContext(ctx, "two\nlines", "err", errors.New("bad"), "stack", "line 1\nline 2\n")
	want := `[INFO] [hello] plain
[WARN] [hello] attributes a=1 g.b="x y" g.c="" g.d.e=2 g.f="q\"="
[ERROR] [hello] two\nlines err=bad (trace=4bf92f3577b34da6a3ce929d0e0e4736,span=` + tr.Span() + `)
  stack:
    line 1
    line 2
`
	if got := stamp.ReplaceAllString(b.String(), ""); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	tr := logging.NewTrace(parent)
	logging.New(&b, true, "hello", slog.LevelInfo).With("a", 1).ErrorContext(&logging.Context{Context: t.Context(), Trace: &tr}, "bad", "stack", "x\ny")
	var got map[string]any
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "time")
	want := map[string]any{"level": "ERROR", "msg": "bad", "component": "hello", "a": 1.0, "stack": "x\ny",
		"trace": "4bf92f3577b34da6a3ce929d0e0e4736", "span": tr.Span()}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %v, want %v", k, got[k], v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

func TestTraceOfContext(t *testing.T) {
	t.Parallel()
	if logging.TraceOf(t.Context()) != nil {
		t.Error("a context without a trace has one")
	}
	tr := logging.NewTrace("")
	ctx, cancel := context.WithCancel(&logging.Context{Context: t.Context(), Trace: &tr})
	defer cancel()
	if logging.TraceOf(ctx) != &tr {
		t.Error("the trace is lost")
	}
}

// slow is a reader of a log that stands still until it is let go.
type slow struct {
	mu    sync.Mutex
	b     strings.Builder
	stood chan struct{}
}

func (s *slow) Write(p []byte) (int, error) {
	if s.stood != nil {
		<-s.stood
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *slow) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func entry(path string) *logging.Entry {
	tr := logging.NewTrace(parent)
	return &logging.Entry{Time: time.Now(), Duration: 1046 * time.Microsecond, Service: "Demo", Remote: "127.0.0.1:54772", Method: "GET",
		Path: path, RequestLength: -1, Status: 200, ResponseType: "application/json", ResponseLength: 145, Trace: &tr}
}

func TestAccessText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	a := logging.NewAccess(&b, false)
	e := entry("/job/status")
	a.Log(e)
	e2 := entry("/a b\n\"(,ä")
	e2.RequestType = strings.Repeat("x", 300)
	a.Log(e2)
	a.Close()
	tail := func(e *logging.Entry) string {
		return ` (status=200,type=application/json,length=145) 1.046ms (trace=4bf92f3577b34da6a3ce929d0e0e4736,span=` + e.Trace.Span() + ",sampled=1,service.name=Demo)\n"
	}
	want := `[INFO] [Demo] 127.0.0.1:54772 (scheme=http,method=GET,path=/job/status,type=,length=)` + tail(e) +
		`[INFO] [Demo] 127.0.0.1:54772 (scheme=http,method=GET,path="/a b\n\"(,ä",type="` + strings.Repeat("x", 256) + `…",length=)` + tail(e2)
	if got := stamp.ReplaceAllString(b.String(), ""); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAccessJSON(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	a := logging.NewAccess(&b, true)
	a.Log(entry("/a\n\xff"))
	a.Log(entry("/b"))
	a.Close()
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &got); err != nil || got["path"] != "/a\n\ufffd" || got["status"] != 200.0 || got["duration_ms"] != 1.046 || got["component"] != "Demo" {
		t.Errorf("%v %v", got, err)
	}
}

func TestAccessIsWrittenSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		a := logging.NewAccess(s, false)
		defer a.Close()
		for range 3 {
			a.Log(entry("/x"))
			time.Sleep(60 * time.Millisecond)
			synctest.Wait()
		}
		if n := strings.Count(s.String(), "\n"); n != 3 {
			t.Errorf("%d lines were written", n)
		}
	})
}

func TestAccessNeverWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slow{stood: make(chan struct{})}
		a := logging.NewAccess(s, false)
		const n = 40_000
		for range n {
			a.Log(entry("/x")) // would block the test if it waited
		}
		if a.Dropped() == 0 {
			t.Error("nothing was dropped of 10 MB that nobody reads")
		}
		time.AfterFunc(time.Second, func() { close(s.stood) })
		a.Close()
		synctest.Wait()
		if got := uint64(strings.Count(s.String(), "\n")) + a.Dropped(); got != n {
			t.Errorf("%d lines were written or counted as dropped, want %d", got, n)
		}
	})
}

func TestNoAccess(t *testing.T) {
	t.Parallel()
	var a *logging.Access
	a.Log(entry("/x"))
	a.Close()
	if a.Dropped() != 0 {
		t.Error("dropped")
	}
}

func BenchmarkAccess(b *testing.B) {
	a := logging.NewAccess(&strings.Builder{}, false)
	e := entry("/greet")
	b.ReportAllocs()
	for b.Loop() {
		a.Log(e)
	}
}
