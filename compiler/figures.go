package compiler

import (
	"bytes"
	"strings"

	"bentoc.dev/compiler/lock"
)

// Figure is how large, or how slow, what was built is.
type Figure = lock.Figure

// Figures are those of the last build that kept its budgets, as the lock has them: of
// the image of the service that the session serves.
func (s *Session) Figures() (own []Figure) {
	for _, f := range s.locked.Figures() {
		if what, ok := s.ownFigure(f.What); ok {
			own = append(own, Figure{What: what, Platform: f.Platform, Value: f.Value})
		}
	}
	return own
}

// serviceEnd ends the name of a service before what a figure is of, where a bento has
// several; no name of a service has it.
const serviceEnd = " / "

func (s *Session) ownFigure(what string) (string, bool) {
	if s.service == "" {
		return what, !strings.Contains(what, serviceEnd)
	}
	return strings.CutPrefix(what, s.service+serviceEnd)
}

// Record gives the text of the lock with the figures of a build, nil where it has them
// already. Those of the other services stay.
func (s *Session) Record(figures []Figure) []byte {
	var all []Figure
	for _, f := range s.locked.Figures() {
		service, _, several := strings.Cut(f.What, serviceEnd)
		if _, ok := s.ownFigure(f.What); !ok && several && s.IR.Services[service] != nil {
			all = append(all, f)
		}
	}
	for _, f := range figures {
		if s.service != "" {
			f.What = s.service + serviceEnd + f.What
		}
		all = append(all, f)
	}
	data := s.locked.WithFigures(all).Bytes()
	if bytes.Equal(data, s.locked.Bytes()) {
		return nil
	}
	return data
}
