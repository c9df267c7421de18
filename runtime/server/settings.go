package server

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"bentoc.dev/runtime/spec"
)

const usage = `usage: server [--port N] [--host ADDRESS]
       server --healthcheck | --print-spec | --version

Serves the bento that it was compiled from.

  --port N         port to listen on, 0 for any; default $PORT or 3000
  --host ADDRESS   address to listen on; default $HOST or all
  --healthcheck    ask the server on that port whether it is ready: exit 0 or 1
  --print-spec     print what is served, as JSON
  --version        print the bento's name and digest

Environment: PORT, HOST, BENTOC_LOG=text|json, BENTOC_LOG_LEVEL=debug|info|warn|error,
BENTOC_ACCESS_LOG=0|1|text|json, BENTOC_ACCESS_LOG_SAMPLE=1, BENTOC_SLOW_REQUEST=1s, BENTOC_GOLDEN=0|1, BENTOC_SHUTDOWN_DELAY=0s, BENTOC_GRACE_PERIOD=30s, BENTOC_DRAIN_TIMEOUT=27s,
BENTOC_MEMORY=2Gi, BENTOC_DEBUG_SOCKET=/run/bento.sock, GOMAXPROCS, GOGC, GOMEMLIMIT.
`

// mode is what the process is to do.
type mode int

const (
	modeServe mode = iota
	modeHealthcheck
	modePrintSpec
	modeVersion
)

// settings are what the operator decides.
type settings struct {
	mode     mode
	host     string
	port     int
	json     bool
	level    slog.Level
	access   accessLog
	slow     time.Duration // what a request takes that the log tells the story of; 0: of none
	noGolden bool          // golden cases are not asked before the server is ready
	debug    string        // the local socket, "" for none
	stopTimes
	// What the image says of the bento.
	digest string
	memory int64 // bytes, 0 for no limit
}

func (s *settings) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

func parseSettings(args []string, lookup func(string) (string, bool)) (*settings, error) {
	e := environment{lookup: lookup}
	s := &settings{
		host:      e.text("HOST", ""),
		port:      e.port("PORT", 3000),
		json:      e.oneOf("BENTOC_LOG", "text", "json") == "json",
		level:     e.level("BENTOC_LOG_LEVEL"),
		access:    e.accessLog(),
		slow:      e.duration("BENTOC_SLOW_REQUEST", 0),
		noGolden:  e.oneOf("BENTOC_GOLDEN", "1", "0") == "0",
		debug:     e.text("BENTOC_DEBUG_SOCKET", ""),
		stopTimes: e.stopTimes(),
		digest:    e.text(spec.EnvDigest, ""),
		memory:    e.size(spec.EnvMemory),
	}
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&s.host, "host", s.host, "")
	flags.Func("port", "", func(v string) (err error) {
		s.port, err = parsePort(v)
		return err
	})
	modes := []struct {
		name string
		mode mode
	}{{"healthcheck", modeHealthcheck}, {"print-spec", modePrintSpec}, {"version", modeVersion}}
	for _, m := range modes {
		flags.BoolFunc(m.name, "", func(string) error {
			s.mode = m.mode
			return nil
		})
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return s, e.err
}

// stopTimes are how long the server takes to stop.
type stopTimes struct {
	shutdownDelay time.Duration // it goes on serving
	drainTimeout  time.Duration // then requests may end
	gracePeriod   time.Duration // after which it is killed, both and [settleTime] within
}

// defaultGracePeriod is what Kubernetes gives a pod to stop that does not say.
const defaultGracePeriod = 30 * time.Second

// stopTimes reads them. Requests may end as long as the grace period lasts, unless it is
// said how long: then that is what the grace period is, where it is not said as well.
func (e *environment) stopTimes() stopTimes {
	t := stopTimes{
		shutdownDelay: e.duration("BENTOC_SHUTDOWN_DELAY", 0), drainTimeout: e.duration("BENTOC_DRAIN_TIMEOUT", 0),
		gracePeriod: e.duration("BENTOC_GRACE_PERIOD", defaultGracePeriod),
	}
	drain, grace := e.text("BENTOC_DRAIN_TIMEOUT", ""), e.text("BENTOC_GRACE_PERIOD", "")
	switch least := t.shutdownDelay + t.drainTimeout + settleTime; {
	case drain == "":
		t.drainTimeout = t.gracePeriod - t.shutdownDelay - settleTime
	case grace == "":
		t.gracePeriod = least
	case t.gracePeriod < least:
		e.wrong("BENTOC_GRACE_PERIOD", grace, fmt.Sprintf("at least %v: BENTOC_SHUTDOWN_DELAY, BENTOC_DRAIN_TIMEOUT and %v to end", least, settleTime))
	}
	if t.drainTimeout < 0 {
		e.wrong("BENTOC_SHUTDOWN_DELAY", t.shutdownDelay.String(), fmt.Sprintf("at most %v, as the grace period is %v (BENTOC_GRACE_PERIOD)", max(t.gracePeriod-settleTime, 0), t.gracePeriod))
	}
	return t
}

// accessLog is how requests are logged.
type accessLog struct {
	on, json bool
	sample   float64 // of requests that are answered well and in time
}

func (e *environment) accessLog() accessLog {
	a := accessLog{json: e.text("BENTOC_LOG", "") == "json", sample: 1}
	switch v := e.text("BENTOC_ACCESS_LOG", "1"); v {
	case "0", "1":
		a.on = v == "1"
	case "text", "json":
		a.on, a.json = true, v == "json"
	default:
		e.wrong("BENTOC_ACCESS_LOG", v, "1, 0, text or json")
	}
	if v := e.text("BENTOC_ACCESS_LOG_SAMPLE", ""); v != "" {
		part, err := strconv.ParseFloat(v, 64)
		if err != nil || !(part >= 0 && part <= 1) {
			e.wrong("BENTOC_ACCESS_LOG_SAMPLE", v, "a number from 0 to 1")
		}
		a.sample = part
	}
	return a
}

// environment reads variables and keeps the first mistake.
type environment struct {
	lookup func(string) (string, bool)
	err    error
}

func (e *environment) wrong(name, value, want string) {
	if e.err == nil {
		e.err = fmt.Errorf("environment variable %s is %q: want %s", name, value, want)
	}
}

// text gives a variable; an empty one counts as not set.
func (e *environment) text(name, otherwise string) string {
	if v, ok := e.lookup(name); ok && v != "" {
		return v
	}
	return otherwise
}

func (e *environment) port(name string, otherwise int) int {
	v := e.text(name, strconv.Itoa(otherwise))
	n, err := parsePort(v)
	if err != nil {
		e.wrong(name, v, "a number from 0 to 65535")
	}
	return n
}

func parsePort(v string) (int, error) {
	n, err := strconv.ParseUint(v, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is not a port: want a number from 0 to 65535", v)
	}
	return int(n), nil
}

// oneOf gives one of two values, the first if the variable is not set.
func (e *environment) oneOf(name, first, second string) string {
	v := e.text(name, first)
	if v != first && v != second {
		e.wrong(name, v, first+" or "+second)
	}
	return v
}

func (e *environment) duration(name string, otherwise time.Duration) time.Duration {
	v := e.text(name, otherwise.String())
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		e.wrong(name, v, "a duration such as 30s")
	}
	return d
}

// size reads an amount of memory in bytes; 0 is none.
func (e *environment) size(name string) int64 {
	v := e.text(name, "0")
	number, unit := v, int64(1)
	for i, suffix := range []string{"Ki", "Mi", "Gi", "Ti"} {
		if n, ok := strings.CutSuffix(v, suffix); ok {
			number, unit = n, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil || int64(n) > math.MaxInt64/unit {
		e.wrong(name, v, "bytes, or a size such as 512Mi")
		return 0
	}
	return int64(n) * unit
}

func (e *environment) level(name string) slog.Level {
	v := e.text(name, "info")
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	l, ok := levels[v]
	if !ok {
		e.wrong(name, v, "debug, info, warn or error")
	}
	return l
}
