package logging

import (
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"
)

// lineOf is a line of the log in JSON, as encoding/json writes it.
type lineOf struct {
	Time           string  `json:"time"`
	Level          string  `json:"level"`
	Msg            string  `json:"msg"`
	Component      string  `json:"component"`
	Remote         string  `json:"remote"`
	Method         string  `json:"method"`
	Path           string  `json:"path"`
	RequestType    string  `json:"request_type,omitempty"`
	RequestLength  int64   `json:"request_length"`
	Status         int     `json:"status"`
	ResponseType   string  `json:"response_type,omitempty"`
	ResponseLength int64   `json:"response_length"`
	Milliseconds   float64 `json:"duration_ms"`
	Trace          string  `json:"trace"`
	Span           string  `json:"span"`
}

// FuzzLine compares the lines with encoding/json's, byte for byte.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "/call", "/<b>&", "a\"b\\c", "\x00\x1f\x7f", "é\u2028\xff", "text/plain; charset=utf-8"} {
		f.Add(s, s, int64(-1), int64(1234567890))
		f.Add("/call", s, int64(1<<40), int64(0))
	}
	f.Fuzz(func(t *testing.T, path, kind string, length, nanoseconds int64) {
		e := &Entry{Time: time.Unix(1, length), Duration: time.Duration(nanoseconds), Service: "svc", Remote: path, Method: kind, Path: path,
			RequestType: kind, RequestLength: length, Status: 200, ResponseType: path, ResponseLength: length, Trace: &Trace{TraceID: [16]byte{1, 0xfe}, SpanID: [8]byte{9}}}
		want, err := json.Marshal(lineOf{
			Time: e.Time.UTC().Format(timeFormat), Level: "INFO", Msg: "request", Component: e.Service,
			Remote: e.Remote, Method: e.Method, Path: e.Path, RequestType: e.RequestType, RequestLength: max(e.RequestLength, 0),
			Status: e.Status, ResponseType: e.ResponseType, ResponseLength: e.ResponseLength,
			Milliseconds: float64(e.Duration.Microseconds()) / 1e3,
			Trace:        hex.EncodeToString(e.Trace.TraceID[:]), Span: e.Trace.Span(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(appendJSON(nil, e)); got != string(want)+"\n" {
			t.Errorf("wrote\n%swant\n%s", got, want)
		}
	})
}

func TestLinesAllocateNothing(t *testing.T) {
	e := &Entry{Time: time.Unix(1, 0), Service: "svc", Remote: "127.0.0.1:1", Method: "POST", Path: "/call", RequestType: "application/json",
		Status: 200, ResponseType: "application/json", Trace: &Trace{}}
	b := make([]byte, 0, 1024)
	for name, line := range map[string]func([]byte, *Entry) []byte{"text": appendText, "json": appendJSON} {
		if n := testing.AllocsPerRun(100, func() { line(b, e) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
