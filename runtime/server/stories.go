package server

import (
	"log/slog"
	"net/http"

	"bentoc.dev/runtime/story"
)

// recorder keeps what happens to requests where the operator wants to know: of slow ones, and
// of those that are there where there is a local socket to ask on. Nil: nobody does.
func (s *server) recorder() *story.Recorder {
	if s.settings.slow == 0 && s.settings.debug == "" {
		return nil
	}
	return &story.Recorder{Slow: s.settings.slow, All: s.settings.debug != "", Tell: s.tellSlow}
}

// tellSlow logs where the time of a request went.
func (s *server) tellSlow(r *story.Snapshot, missed int) {
	what := slog.String("story", r.Text())
	if s.settings.json {
		what = slog.Any("story", r)
	}
	s.log.LogAttrs(s.base, slog.LevelWarn, "slow request", slog.String("endpoint", r.Route), slog.Float64("took_ms", r.Took),
		slog.Int("status", r.Status), slog.String("request", r.RequestID), slog.String("trace", r.Trace), slog.String("span", r.Span), what, slog.Int("not_logged", missed))
}

// showRequests tells of the requests that are there, and of the last slow ones.
func (s *server) showRequests(w http.ResponseWriter, _ *http.Request) {
	live, slow := s.stories.Live()
	answerLocal(w, http.StatusOK, map[string]any{"live": append([]*story.Snapshot{}, live...), "slow": append([]*story.Snapshot{}, slow...)})
}
