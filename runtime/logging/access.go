package logging

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	Cache          string // how the answer came about, such as hit; "" where there is no cache
	Trace          *Trace
	RequestID      string // the client's, "" for none
	Reason         string // why the request was turned away, "" where it was not
	Problems       string // what was wrong with its input, and where
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
	below uint64        // of 1<<63: traces whose requests are logged; all where it is that
	slow  time.Duration // requests that take as long are logged in any case; 0: none is

	writing sync.Mutex // held while spare is written to w
	w       io.Writer
	spare   []byte

	dropped atomic.Uint64
	full    atomic.Bool // pending is: no line need be formatted

	mu      sync.Mutex // guards what follows
	pending []byte
	armed   bool // a flush is on its way
}

// NewAccess makes a log of requests that writes to w. It is closed at the end.
func NewAccess(w io.Writer, json bool) *Access {
	a := &Access{w: w, json: json, below: 1 << 63}
	a.timer = time.AfterFunc(time.Hour, a.flush)
	a.timer.Stop()
	return a
}

// Sample has a part of the requests logged, from 0 to 1: those of the same traces on all
// servers. Requests that are refused or fail are logged all the same, and those that take
// as long as slow, which may be 0 for none.
func (a *Access) Sample(part float64, slow time.Duration) {
	a.below, a.slow = uint64(part*(1<<63)), slow
}

// Wants tells whether a request is logged; a nil Access wants none.
func (a *Access) Wants(status int, took time.Duration, t *Trace) bool {
	return a != nil && (binary.BigEndian.Uint64(t.TraceID[8:])>>1 < a.below || status >= 400 || a.slow > 0 && took >= a.slow)
}

// buffers are kept for lines between requests.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

// Log writes the line of one request.
func (a *Access) Log(e *Entry) {
	if a == nil {
		return
	}
	if a.full.Load() {
		a.dropped.Add(1)
		return
	}
	line := buffers.Get().(*[]byte)
	if a.json {
		*line = appendJSON((*line)[:0], e)
	} else {
		*line = appendText((*line)[:0], e)
	}
	a.add(*line)
	buffers.Put(line)
}

// add has a line written soon.
func (a *Access) add(line []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.full.Load() {
		a.dropped.Add(1)
		return
	}
	before := len(a.pending)
	a.pending = append(a.pending, line...)
	if len(a.pending) > maxPending {
		a.full.Store(true)
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
	return a.dropped.Load()
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
	a.full.Store(false)
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
	b = appendType(b, e.ResponseType)
	b = append(b, ",length="...)
	b = strconv.AppendInt(b, e.ResponseLength, 10)
	if e.Cache != "" {
		b = append(b, ",cache="...)
		b = append(b, e.Cache...)
	}
	b = append(b, ") "...)
	b = strconv.AppendFloat(b, float64(e.Duration.Microseconds())/1e3, 'f', 3, 64)
	b = append(b, "ms"...)
	for _, f := range [...]struct{ name, text string }{{" request=", e.RequestID}, {" refused=", e.Reason}, {" problems=", e.Problems}} {
		if f.text != "" {
			b = appendPlain(append(b, f.name...), f.text)
		}
	}
	b = append(b, " (trace="...)
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

// appendType appends the media type of an answer, which may be a file's: what a
// client sent.
func appendType(b []byte, s string) []byte {
	if isPrintable(s) && !strings.ContainsAny(s, `",()`) {
		return append(b, s...)
	}
	return appendPlain(b, s)
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

// appendJSON writes a line as encoding/json would, without allocating.
func appendJSON(b []byte, e *Entry) []byte {
	b = append(b, `{"time":"`...)
	b = e.Time.UTC().AppendFormat(b, timeFormat)
	b = append(b, `","level":"INFO","msg":"request","component":`...)
	b = appendQuoted(b, e.Service)
	b = append(b, `,"remote":`...)
	b = appendQuoted(b, e.Remote)
	b = append(b, `,"method":`...)
	b = appendQuoted(b, e.Method)
	b = append(b, `,"path":`...)
	b = appendQuoted(b, e.Path)
	if e.RequestType != "" {
		b = append(b, `,"request_type":`...)
		b = appendQuoted(b, e.RequestType)
	}
	b = append(b, `,"request_length":`...)
	b = strconv.AppendInt(b, max(e.RequestLength, 0), 10)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	if e.ResponseType != "" {
		b = append(b, `,"response_type":`...)
		b = appendQuoted(b, e.ResponseType)
	}
	b = append(b, `,"response_length":`...)
	b = strconv.AppendInt(b, e.ResponseLength, 10)
	if e.Cache != "" {
		b = append(b, `,"cache":"`...)
		b = append(b, e.Cache...)
		b = append(b, '"')
	}
	b = append(b, `,"duration_ms":`...)
	b = strconv.AppendFloat(b, float64(e.Duration.Microseconds())/1e3, 'f', -1, 64)
	b = append(b, `,"trace":"`...)
	b = hex.AppendEncode(b, e.Trace.TraceID[:])
	b = append(b, `","span":"`...)
	b = hex.AppendEncode(b, e.Trace.SpanID[:])
	b = append(b, '"')
	for _, f := range [...]struct{ name, text string }{{`,"request_id":`, e.RequestID}, {`,"refused":`, e.Reason}, {`,"problems":`, e.Problems}} {
		if f.text != "" {
			b = appendQuoted(append(b, f.name...), f.text)
		}
	}
	return append(b, "}\n"...)
}

// appendQuoted writes a text as encoding/json does.
func appendQuoted(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || strings.IndexByte("\"\\<>&\x7f", c) >= 0 {
			text, err := json.Marshal(s)
			if err != nil { // a string always has a form
				return append(b, `""`...)
			}
			return append(b, text...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
