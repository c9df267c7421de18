package logging

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// Entry is one answered request.
type Entry struct {
	Time           time.Time // when it came
	Duration       time.Duration
	Service        string
	Remote         string // address of the client
	Method, Path   string
	RequestType    string // media type, "" for none
	RequestLength  int64  // -1 when not known
	Status         int
	ResponseType   string
	ResponseLength int64
	Trace          *Trace
}

const (
	flushEvery = 50 * time.Millisecond
	flushBytes = 64 << 10
	maxPending = 4 << 20
)

// Access writes a line for each request. Lines are gathered and written within
// 50 ms by another goroutine, so that a request never waits for a terminal or a
// pipe; where the reader of a pipe stands still, lines beyond 4 MB are dropped
// and counted. A nil Access writes nothing.
type Access struct {
	json  bool
	timer *time.Timer

	writing sync.Mutex // held while spare is written to w
	w       io.Writer
	spare   []byte

	mu      sync.Mutex // guards what follows
	pending []byte
	armed   bool // a flush is on its way
	dropped uint64
}

// NewAccess makes a log of requests that writes to w. It is closed at the end.
func NewAccess(w io.Writer, json bool) *Access {
	a := &Access{w: w, json: json}
	a.timer = time.AfterFunc(time.Hour, a.flush)
	a.timer.Stop()
	return a
}

// Log writes the line of one request.
func (a *Access) Log(e *Entry) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.pending) > maxPending {
		a.dropped++
		return
	}
	before := len(a.pending)
	if a.json {
		a.pending = appendJSON(a.pending, e)
	} else {
		a.pending = appendText(a.pending, e)
	}
	switch {
	case !a.armed:
		a.armed = true
		a.timer.Reset(flushEvery)
	case before < flushBytes && len(a.pending) >= flushBytes:
		a.timer.Reset(0)
	}
}

// Dropped is how many lines were dropped because nobody read them in time.
func (a *Access) Dropped() uint64 {
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.dropped
}

// Close writes what is still pending.
func (a *Access) Close() {
	if a == nil {
		return
	}
	a.timer.Stop()
	a.flush()
}

func (a *Access) flush() {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.mu.Lock()
	lines := a.pending
	a.pending, a.armed = a.spare[:0], false
	a.mu.Unlock()
	_, _ = a.w.Write(lines) // there is nobody to tell
	a.spare = lines
	if cap(lines) > 4*flushBytes {
		a.spare = nil // after a burst the memory goes back
	}
}

func appendText(b []byte, e *Entry) []byte {
	b = appendHead(b, e.Time, "INFO", e.Service)
	b = appendPlain(b, e.Remote)
	b = append(b, " (scheme=http,method="...)
	b = appendPlain(b, e.Method)
	b = append(b, ",path="...)
	b = appendPlain(b, e.Path)
	b = append(b, ",type="...)
	b = appendPlain(b, e.RequestType)
	b = append(b, ",length="...)
	if e.RequestLength >= 0 {
		b = strconv.AppendInt(b, e.RequestLength, 10)
	}
	b = append(b, ") (status="...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	b = append(b, ",type="...)
	b = append(b, e.ResponseType...)
	b = append(b, ",length="...)
	b = strconv.AppendInt(b, e.ResponseLength, 10)
	b = append(b, ") "...)
	b = strconv.AppendFloat(b, float64(e.Duration.Microseconds())/1e3, 'f', 3, 64)
	b = append(b, "ms (trace="...)
	b = hex.AppendEncode(b, e.Trace.TraceID[:])
	b = append(b, ",span="...)
	b = hex.AppendEncode(b, e.Trace.SpanID[:])
	b = append(b, ",sampled="...)
	if e.Trace.Sampled {
		b = append(b, '1')
	} else {
		b = append(b, '0')
	}
	b = append(b, ",service.name="...)
	b = append(b, e.Service...)
	return append(b, ")\n"...)
}

// appendPlain appends what a client sent: cut short, and quoted where it could
// be taken for something else than a value.
func appendPlain(b []byte, s string) []byte {
	const most = 256
	if len(s) > most {
		s = s[:most] + "…"
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= utf8.RuneSelf || c == '"' || c == ',' || c == '(' || c == ')' || c == 0x7f {
			return strconv.AppendQuote(b, s)
		}
	}
	return append(b, s...)
}

// entryJSON is a line of the log in JSON.
type entryJSON struct {
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

func appendJSON(b []byte, e *Entry) []byte {
	line, err := json.Marshal(entryJSON{
		Time: e.Time.UTC().Format(timeFormat), Level: "INFO", Msg: "request", Component: e.Service,
		Remote: e.Remote, Method: e.Method, Path: e.Path,
		RequestType: e.RequestType, RequestLength: max(e.RequestLength, 0),
		Status: e.Status, ResponseType: e.ResponseType, ResponseLength: e.ResponseLength,
		Milliseconds: float64(e.Duration.Microseconds()) / 1e3,
		Trace:        hex.EncodeToString(e.Trace.TraceID[:]), Span: e.Trace.Span(),
	})
	if err != nil { // strings and numbers always have a form
		return b
	}
	return append(append(b, line...), '\n')
}
