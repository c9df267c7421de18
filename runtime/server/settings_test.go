package server

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestDefaultSettings(t *testing.T) {
	t.Parallel()
	got, err := parseSettings(nil, env("HOST", "", "PORT", ""))
	want := settings{port: 3000, access: accessLog{on: true, sample: 1}, stopTimes: stopTimes{drainTimeout: 27 * time.Second, gracePeriod: 30 * time.Second}}
	if err != nil || *got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	got, err := parseSettings([]string{"--port", "0", "-host=::1", "--healthcheck"}, env("PORT", "8080", "HOST", "0.0.0.0",
		"BENTOC_LOG", "json", "BENTOC_LOG_LEVEL", "debug", "BENTOC_ACCESS_LOG", "0", "BENTOC_ACCESS_LOG_SAMPLE", "0.25", "BENTOC_SLOW_REQUEST", "2s", "BENTOC_SHUTDOWN_DELAY", "5s", "BENTOC_DRAIN_TIMEOUT", "1m"))
	want := settings{mode: modeHealthcheck, host: "::1", port: 0, json: true, level: slog.LevelDebug, access: accessLog{json: true, sample: 0.25}, slow: 2 * time.Second,
		stopTimes: stopTimes{shutdownDelay: 5 * time.Second, drainTimeout: time.Minute, gracePeriod: 68 * time.Second}}
	if err != nil || *got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if got.address() != "[::1]:0" {
		t.Errorf("address %s", got.address())
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		env  []string
		want string
	}{
		{[]string{"--port", "70000"}, nil, `"70000" is not a port`},
		{[]string{"--prot", "1"}, nil, "flag provided but not defined: -prot"},
		{[]string{"serve"}, nil, `unexpected argument "serve"`},
		{nil, []string{"PORT", "http"}, `environment variable PORT is "http": want a number from 0 to 65535`},
		{nil, []string{"BENTOC_LOG", "xml"}, `environment variable BENTOC_LOG is "xml": want text or json`},
		{nil, []string{"BENTOC_ACCESS_LOG", "no"}, `environment variable BENTOC_ACCESS_LOG is "no": want 1, 0, text or json`},
		{nil, []string{"BENTOC_ACCESS_LOG_SAMPLE", "1.5"}, `environment variable BENTOC_ACCESS_LOG_SAMPLE is "1.5": want a number from 0 to 1`},
		{nil, []string{"BENTOC_ACCESS_LOG_SAMPLE", "NaN"}, `want a number from 0 to 1`},
		{nil, []string{"BENTOC_LOG_LEVEL", "loud"}, `environment variable BENTOC_LOG_LEVEL is "loud": want debug, info, warn or error`},
		{nil, []string{"BENTOC_DRAIN_TIMEOUT", "30"}, `environment variable BENTOC_DRAIN_TIMEOUT is "30": want a duration such as 30s`},
		{nil, []string{"BENTOC_SHUTDOWN_DELAY", "-1s"}, `environment variable BENTOC_SHUTDOWN_DELAY is "-1s": want a duration such as 30s`},
		{nil, []string{"BENTOC_SHUTDOWN_DELAY", "28s"}, `environment variable BENTOC_SHUTDOWN_DELAY is "28s": want at most 27s, as the grace period is 30s (BENTOC_GRACE_PERIOD)`},
		{nil, []string{"BENTOC_GRACE_PERIOD", "1s"}, `environment variable BENTOC_SHUTDOWN_DELAY is "0s": want at most 0s, as the grace period is 1s`},
		{nil, []string{"BENTOC_GRACE_PERIOD", "30s", "BENTOC_DRAIN_TIMEOUT", "25s", "BENTOC_SHUTDOWN_DELAY", "5s"}, `environment variable BENTOC_GRACE_PERIOD is "30s": want at least 33s: BENTOC_SHUTDOWN_DELAY, BENTOC_DRAIN_TIMEOUT and 3s to end`},
	} {
		if _, err := parseSettings(tc.args, env(tc.env...)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v %v: %v", tc.args, tc.env, err)
		}
	}
}

// What a server takes to stop fits into what it is given, whichever of the times are said.
func TestStopTimes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		delay, drain, grace string
		want                stopTimes // in seconds
	}{
		{"", "", "", stopTimes{0, 27, 30}},
		{"10s", "", "", stopTimes{10, 17, 30}},
		{"27s", "", "", stopTimes{27, 0, 30}},
		{"5s", "", "1m", stopTimes{5, 52, 60}},
		{"", "0s", "", stopTimes{0, 0, 3}},
		{"5s", "40s", "", stopTimes{5, 40, 48}},
		{"5s", "10s", "30s", stopTimes{5, 10, 30}},
	} {
		s, err := parseSettings(nil, env("BENTOC_SHUTDOWN_DELAY", tc.delay, "BENTOC_DRAIN_TIMEOUT", tc.drain, "BENTOC_GRACE_PERIOD", tc.grace))
		if err != nil {
			t.Errorf("%+v: %v", tc, err)
			continue
		}
		tc.want.shutdownDelay, tc.want.drainTimeout, tc.want.gracePeriod = tc.want.shutdownDelay*time.Second, tc.want.drainTimeout*time.Second, tc.want.gracePeriod*time.Second
		if s.stopTimes != tc.want {
			t.Errorf("%+v: %+v", tc, s.stopTimes)
		}
	}
}

// What the image says of the bento.
func TestSettingsOfTheImage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": 0, "0": 0, "1000": 1000, "64Mi": 64 << 20, "2Gi": 2 << 30, "1Ti": 1 << 40} {
		s, err := parseSettings(nil, env("BENTOC_MEMORY", text, "BENTOC_DIGEST", "sha256:ab"))
		if err != nil || s.memory != want || s.digest != "sha256:ab" {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
	for _, text := range []string{"-1", "1.5Gi", "2G", "Gi", "9999999999999Ti", "0x10"} {
		if _, err := parseSettings(nil, env("BENTOC_MEMORY", text)); err == nil || !strings.Contains(err.Error(), "BENTOC_MEMORY") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
