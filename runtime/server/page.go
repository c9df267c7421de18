package server

import (
	"cmp"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"time"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// logPage logs what is served, by what, and within which limits: on a page, or as an
// attribute for each line of it where the log is JSON.
func (s *server) logPage(g *generation) {
	lines := s.page(g)
	if s.settings.json {
		var attrs []slog.Attr
		for _, l := range lines {
			attrs = append(attrs, slog.String(l.what, l.text))
		}
		s.log.LogAttrs(s.base, slog.LevelInfo, "serving", attrs...)
		return
	}
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%-24s %s\n", l.what, l.text)
	}
	s.log.Info("serving", "page", b.String())
}

// pageLine is one line of the page.
type pageLine struct{ what, text string }

func (s *server) page(g *generation) (lines []pageLine) {
	add := func(what string, parts ...string) {
		var said []string
		for _, p := range parts {
			if p != "" {
				said = append(said, p)
			}
		}
		lines = append(lines, pageLine{what, strings.Join(said, ", ")})
	}
	for i := range g.bento.Services {
		svc := &g.bento.Services[i]
		for j := range svc.Endpoints {
			e := &svc.Endpoints[j]
			add("POST "+e.Route, timeText(cmp.Or(e.Timeout, svc.Timeout)), bodyText(cmp.Or(e.MaxBody, svc.MaxBody, serve.DefaultMaxBody)),
				placesText(e.MaxConcurrency), ratesText(e.Rates))
		}
	}
	for _, r := range g.runners.Runners() {
		add("runner "+r.Name, r.Engine, modelText(r.Model), instancesText(&r))
	}
	for i := range g.bento.Services {
		if svc := &g.bento.Services[i]; svc.MaxConcurrency > 0 || svc.Queue != nil || svc.Rates != nil {
			waits := ""
			if svc.Queue != nil {
				waits = "others wait"
			}
			add("service "+svc.Name, placesText(svc.MaxConcurrency), waits, ratesText(svc.Rates))
		}
	}
	memory := "as much memory as there is"
	if s.memory.total > 0 {
		memory = sizeText(s.memory.total) + " of memory"
	}
	add("process", strconv.Itoa(runtime.GOMAXPROCS(0))+" cores", memory)
	t := &s.settings.stopTimes
	add("stop", fmt.Sprintf("serves on for %v", t.shutdownDelay), fmt.Sprintf("then requests have %v", t.drainTimeout), fmt.Sprintf("all of it %v", t.gracePeriod))
	add("local socket", cmp.Or(s.settings.debug, "none (BENTOC_DEBUG_SOCKET)"))
	return lines
}

func timeText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return "timeout " + d.String()
}

func bodyText(n int64) string { return "body up to " + sizeText(n) }

func placesText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n) + " requests at a time"
}

func ratesText(r spec.Rates) string {
	if r == nil {
		return ""
	}
	return "rate limited"
}

func modelText(name string) string {
	if name == "" {
		return ""
	}
	return "model " + name
}

// instancesText says how many items a runner works on.
func instancesText(r *runner.Life) string {
	var state *runner.State
	if r.State != nil {
		state = r.State()
	}
	switch {
	case state == nil && r.Calls > 0:
		return strconv.Itoa(r.Calls) + " calls at a time"
	case state == nil:
		return ""
	case state.MaxSize > 1:
		return fmt.Sprintf("%s, batches of up to %d", plural(state.Instances, "instance"), state.MaxSize)
	}
	return plural(state.Instances, "instance")
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// sizeText is a number of bytes as bentos write it, in the largest unit that loses none.
func sizeText(n int64) string {
	unit := 0
	for n > 0 && n%1024 == 0 && unit < 4 {
		n, unit = n/1024, unit+1
	}
	return strconv.FormatInt(n, 10) + [...]string{" bytes", "Ki", "Mi", "Gi", "Ti"}[unit]
}
