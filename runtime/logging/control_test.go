package logging_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"bentoc.dev/runtime/logging"
)

// hostile is what no terminal should see: a forged line, escape sequences of seven
// and eight bits, bells, separators of lines, text that runs backwards, bytes that
// are no text.
const hostile = "a\r2026-01-01T00:00:00.000Z [INFO] [x] forged\x1b[2J\x1b]0;t\x07\b\x00\x7f\u0085\u009b31m\u2028\u2029\u202e\u2066\ufeff\xff\xc3b"

func wantSafe(t *testing.T, where, log string) {
	t.Helper()
	if !utf8.ValidString(log) {
		t.Errorf("%s: no UTF-8: %q", where, log)
	}
	for _, r := range log {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			t.Errorf("%s: %U reached the log: %q", where, r, log)
		}
	}
	if strings.Count(log, "\n") != strings.Count(log, "\n20")+strings.Count(log, "\n  ")+1 {
		t.Errorf("%s: a line that is none of ours: %q", where, log)
	}
	if !strings.Contains(log, "forged") || !strings.Contains(log, `\x1b`) {
		t.Errorf("%s: the text is not there: %q", where, log)
	}
}

func TestControlCharactersNeverReachTheLog(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*slog.Logger){
		"message":         func(l *slog.Logger) { l.Info(hostile) },
		"value":           func(l *slog.Logger) { l.Info("m", "path", hostile) },
		"error":           func(l *slog.Logger) { l.Info("m", "err", errors.New(hostile)) },
		"several lines":   func(l *slog.Logger) { l.Info("m", "err", "first\n\tsecond "+hostile+"\nthird") },
		"name":            func(l *slog.Logger) { l.Info("m", hostile, 1) },
		"name of a block": func(l *slog.Logger) { l.Info("m", hostile, "a\nb") },
		"group":           func(l *slog.Logger) { l.WithGroup(hostile).Info("m", "n", 1) },
		"with":            func(l *slog.Logger) { l.With("x", hostile, "y", "a\n"+hostile).Info("m") },
		"bytes":           func(l *slog.Logger) { l.Info("m", "b", []string{hostile}) },
	} {
		var b strings.Builder
		write(logging.New(&b, false, "test", slog.LevelDebug))
		wantSafe(t, name, b.String())
	}
	for name, e := range map[string]logging.Entry{
		"path": {Path: hostile}, "method": {Method: hostile}, "request type": {RequestType: hostile},
		"response type": {ResponseType: hostile}, "address": {Remote: hostile}, "long": {Path: hostile + strings.Repeat("é", 300)},
	} {
		var b strings.Builder
		a := logging.NewAccess(&b, false)
		e.Time, e.Trace = time.Unix(0, 0), &logging.Trace{}
		a.Log(&e)
		a.Close()
		wantSafe(t, name, b.String())
	}
}
