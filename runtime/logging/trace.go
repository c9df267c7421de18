package logging

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"
)

// Trace names a request in logs and to other systems, as W3C Trace Context has
// it: the trace that it is part of, and this server's span of it.
type Trace struct {
	TraceID  [16]byte
	SpanID   [8]byte
	ParentID [8]byte // the span that asked; zero: this one begins the trace
	Sampled  bool
	Private  bool // what the request has is not to be logged: see [Said]
}

// NewTrace continues the trace of a traceparent header, or begins one where the
// header is absent or not well-formed. The span is new.
func NewTrace(traceparent string) Trace {
	var t Trace
	if traceparent == "" || !t.parse(traceparent) {
		binary.BigEndian.PutUint64(t.TraceID[:8], rand.Uint64())
		binary.BigEndian.PutUint64(t.TraceID[8:], rand.Uint64()|1) // an id of zeros is none
	}
	binary.BigEndian.PutUint64(t.SpanID[:], rand.Uint64()|1)
	return t
}

// parse reads version-traceid-parentid-flags; a later version may have more
// fields behind.
func (t *Trace) parse(s string) bool {
	if len(s) < 55 || s[2] != '-' || s[35] != '-' || s[52] != '-' || s != strings.ToLower(s) {
		return false
	}
	if s[:2] == "ff" || (s[:2] == "00" && len(s) != 55) || (len(s) > 55 && s[55] != '-') {
		return false
	}
	var id [16]byte
	var rest [10]byte
	if _, err := hex.Decode(id[:], []byte(s[3:35])); err != nil || id == [16]byte{} {
		return false
	}
	if _, err := hex.Decode(rest[:], []byte(s[:2]+s[36:52]+s[53:55])); err != nil || [8]byte(rest[1:9]) == [8]byte{} {
		return false
	}
	t.TraceID, t.ParentID, t.Sampled = id, [8]byte(rest[1:9]), rest[9]&1 == 1
	return true
}

// Span gives the span's id as 16 hexadecimal digits.
func (t *Trace) Span() string { return hex.EncodeToString(t.SpanID[:]) }

// Context is a context whose log lines bear a trace. It is a struct to be part
// of another one, so that a request needs no allocation for it.
type Context struct {
	context.Context
	Trace *Trace
}

type traceKey struct{}

// Private tells whether the request that ctx belongs to has what is not to be logged.
func Private(ctx context.Context) bool {
	t := TraceOf(ctx)
	return t != nil && t.Private
}

// withheld stands for the text of an error that may quote what is not to be logged.
const withheld = "withheld: the endpoint handles sensitive values"

// Said gives what is logged of an error under ctx: its text, unless that may quote what is
// not to be logged.
func Said(ctx context.Context, err error) any {
	if Private(ctx) {
		return withheld
	}
	return err
}

// Value gives the trace to [TraceOf], and else what the parent has.
func (c *Context) Value(key any) any {
	if _, ok := key.(traceKey); ok {
		return c.Trace
	}
	return c.Context.Value(key)
}

// TraceOf gives the trace of the request that ctx belongs to; nil for none.
func TraceOf(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}
