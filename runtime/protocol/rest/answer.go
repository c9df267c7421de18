package rest

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"time"

	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// answer is what an exchange knows of its answer.
type answer struct {
	allow          string    // header Allow of an error; "" for none
	acceptEncoding bool      // an error says which encodings are supported
	length         int64     // of what was sent
	contentType    [1]string // of it
}

// maxProblems bounds an answer, however many values of an input are wrong.
const maxProblems = 100

// ErrorBody gives the JSON object of an error answer.
func ErrorBody(message string, detail []spec.Problem) []byte {
	if len(detail) > maxProblems {
		detail = detail[:maxProblems]
	}
	b, err := json.Marshal(struct {
		Error  string         `json:"error"`
		Detail []spec.Problem `json:"detail,omitempty"`
	}{message, detail})
	if err != nil { // a Loc that is neither a name nor an index
		return ErrorBody(message, nil)
	}
	return append(b, '\n')
}

// Send sends p.
func (x *exchange) Send(p spec.Payload) error {
	if p.FileName != "" {
		if v := mime.FormatMediaType("attachment", map[string]string{"filename": p.FileName}); v != "" {
			x.w.Header().Set("Content-Disposition", v)
		}
	}
	x.write(http.StatusOK, p.ContentType, p.Body)
	return nil
}

// Fail sends an error.
func (x *exchange) Fail(s *serve.Status) {
	h := x.w.Header()
	if x.allow != "" {
		h.Set("Allow", x.allow)
	}
	if s.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(s.RetryAfter)))
	}
	if x.acceptEncoding {
		h.Set("Accept-Encoding", "gzip")
	}
	if s.Close {
		h.Set("Connection", "close")
	}
	x.write(s.Code, "application/json", ErrorBody(s.Message, s.Problems))
	if s.Flush {
		_ = http.NewResponseController(x.w).Flush() // the client may have gone away
	}
}

// seconds rounds up.
func seconds(d time.Duration) int { return int(d/time.Second) + min(1, int(d%time.Second)) }

const (
	buffered   = 2 << 10 // bytes of an answer that net/http takes without writing
	writeTime  = 30 * time.Second
	writeSpeed = 32 << 10 // bytes a second
)

func (x *exchange) write(status int, contentType string, body []byte) {
	x.length = int64(len(body))
	h := x.w.Header()
	if status != http.StatusOK || len(body) > buffered { // else net/http writes it for less
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	x.contentType[0] = contentType
	h["Content-Type"] = x.contentType[:]
	id := x.trace.Span()
	protocol.SetField(x.w, x.r, "X-BentoML-Request-ID", id)
	protocol.SetField(x.w, x.r, "X-Request-Id", cmp.Or(protocol.RequestID(x.r), id))
	if x.h.sunset != nil {
		h["Sunset"] = x.h.sunset
		if x.h.outdated != nil {
			h["Deprecation"] = x.h.outdated
		}
	}
	if len(body) > buffered || time.Since(x.call.Start()) > time.Second {
		x.extendWriteDeadline(len(body))
	}
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // the client may have gone away
}

// extendWriteDeadline gives a client its time to take an answer of n bytes:
// [WriteTimeout] counts from the request, which is not enough for a long step or
// a long answer.
func (x *exchange) extendWriteDeadline(n int) {
	deadline := time.Now().Add(writeTime + time.Duration(n/writeSpeed)*time.Second)
	_ = http.NewResponseController(x.w).SetWriteDeadline(deadline) // not in tests without a connection
}
