// Package logging writes what a server has to say: its log, and a line for each
// request. Both come as text, in the shape that BentoML's users know, or as one
// JSON object a line.
//
//	2026-01-02T15:04:05.678Z [INFO] [hello] listening addr=[::]:3000
//	2026-01-02T15:04:05.789Z [INFO] [hello] 10.0.0.7:5312 (scheme=http,method=POST,path=/greet,type=application/json,length=15) (status=200,type=application/json,length=29) 0.092ms (trace=…,span=…,sampled=0,service.name=hello)
//
// The log of a step joins them: what it writes with slog under its own context
// bears the trace of the request.
package logging

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// New makes a logger that writes to w, as JSON or as text that names component.
func New(w io.Writer, json bool, component string, level slog.Leveler) *slog.Logger {
	if json {
		return slog.New(&traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}).
			WithAttrs([]slog.Attr{slog.String("component", component)})})
	}
	return slog.New(&textHandler{out: &output{w: w}, component: component, level: level})
}

// traced adds the trace of the context to what a handler writes.
type traced struct{ slog.Handler }

// Handle writes the record with its trace.
func (h *traced) Handle(ctx context.Context, r slog.Record) error {
	if t := TraceOf(ctx); t != nil {
		r = r.Clone()
		r.AddAttrs(slog.String("trace", hex.EncodeToString(t.TraceID[:])), slog.String("span", t.Span()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the trace over a derived handler.
func (h *traced) WithAttrs(a []slog.Attr) slog.Handler { return &traced{h.Handler.WithAttrs(a)} }

// WithGroup keeps the trace over a derived handler.
func (h *traced) WithGroup(name string) slog.Handler { return &traced{h.Handler.WithGroup(name)} }

type output struct {
	mu sync.Mutex
	w  io.Writer
}

// textHandler writes one line a record: time, level, component, message and
// attributes. A value of several lines, such as a stack, follows the line as it
// is, indented.
type textHandler struct {
	out       *output
	component string
	level     slog.Leveler
	prefix    string // of attributes' names, from groups
	attrs     []byte // already written, from WithAttrs
	blocks    []byte // values of several lines, from WithAttrs
}

// Enabled reports whether the level is logged.
func (h *textHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level.Level() }

// WithAttrs gives a handler that writes attrs too.
func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs, c.blocks = bytes.Clone(h.attrs), bytes.Clone(h.blocks)
	for _, a := range attrs {
		c.attrs, c.blocks = appendAttr(c.attrs, c.blocks, h.prefix, a)
	}
	return &c
}

// WithGroup gives a handler that writes name before the names of attributes.
func (h *textHandler) WithGroup(name string) slog.Handler {
	c := *h
	if name != "" {
		c.prefix = h.prefix + name + "."
	}
	return &c
}

// Handle writes one record.
func (h *textHandler) Handle(ctx context.Context, r slog.Record) error {
	line := make([]byte, 0, 256)
	line = appendHead(line, r.Time, r.Level.String(), h.component)
	line = appendSafe(line, r.Message)
	line = append(line, h.attrs...)
	blocks := bytes.Clone(h.blocks)
	r.Attrs(func(a slog.Attr) bool {
		line, blocks = appendAttr(line, blocks, h.prefix, a)
		return true
	})
	if t := TraceOf(ctx); t != nil {
		line = append(line, " (trace="...)
		line = hex.AppendEncode(line, t.TraceID[:])
		line = append(line, ",span="...)
		line = append(hex.AppendEncode(line, t.SpanID[:]), ')')
	}
	line = append(append(line, '\n'), blocks...)
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	_, err := h.out.w.Write(line)
	return err
}

func appendHead(b []byte, t time.Time, level, component string) []byte {
	b = t.UTC().AppendFormat(b, timeFormat)
	b = append(b, " ["...)
	b = append(b, level...)
	b = append(b, "] ["...)
	b = append(b, component...)
	return append(b, "] "...)
}

// appendAttr appends a to line, or to blocks if it has several lines.
func appendAttr(line, blocks []byte, prefix string, a slog.Attr) (_, _ []byte) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, g := range v.Group() {
			line, blocks = appendAttr(line, blocks, prefix, g)
		}
		return line, blocks
	}
	s := v.String()
	if strings.Contains(s, "\n") {
		blocks = append(appendSafe(appendSafe(append(blocks, "  "...), prefix), a.Key), ":\n"...)
		for text := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
			blocks = append(appendSafe(append(blocks, "    "...), text), '\n')
		}
		return line, blocks
	}
	line = append(line, ' ')
	line = appendSafe(appendSafe(line, prefix), a.Key)
	line = append(line, '=')
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || r == '"' || r == '=' }) || !isPrintable(s) {
		return strconv.AppendQuote(line, s), blocks
	}
	return append(line, s...), blocks
}

// isPrintable tells whether a terminal shows s as it is: valid UTF-8 without
// characters that control it, end lines or turn the direction of text.
func isPrintable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) })
}

// appendSafe appends s with what a terminal would not show as it is written as
// escapes of Go. Tabs are left, as stacks have them.
func appendSafe(b []byte, s string) []byte {
	if isPrintable(s) {
		return append(b, s...)
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == '\t' || strconv.IsPrint(r) && (r != utf8.RuneError || n > 1) {
			b = append(b, s[:n]...)
		} else {
			quoted := strconv.Quote(s[:n])
			b = append(b, quoted[1:len(quoted)-1]...)
		}
		s = s[n:]
	}
	return b
}
