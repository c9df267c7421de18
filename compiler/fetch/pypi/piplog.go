package pypi

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/fetch"
)

// pipStory is what pip's log says of the way to an answer.
type pipStory struct {
	failures []error  // of indexes and links that could not be asked
	wheels   []string // of the version that were passed over
	source   bool     // whether source was passed over
}

var (
	pipFetch   = regexp.MustCompile(`Could not fetch URL (\S+): (.*) - skipping$`)
	pipPage    = regexp.MustCompile(`Skipping page (\S+) because (.*)$`)
	pipSkipped = regexp.MustCompile(`Skipping link: .*: ((?:https?|file)://\S+)`)
	pipAnswer  = regexp.MustCompile(`^(\d{3}) (?:Client|Server) Error`)
	pipStatus  = regexp.MustCompile(`HTTP error (\d{3}) while getting (\S+)`)
	// pipReason is what a person wants to know of the chain of errors that pip prints.
	pipReason = regexp.MustCompile(`\[(?:SSL|Errno)[^\]]*\] ([^()']+)`)
)

// readPipLog reads a log that pip wrote while it looked for a wheel. An index
// that does not have the project is no failure.
func readPipLog(log string, w Wheel) (s pipStory) {
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		if m := pipFetch.FindStringSubmatch(line); m != nil {
			if err := pipFailure(m[1], m[2]); err != nil {
				s.failures = append(s.failures, err)
			}
		} else if m := pipPage.FindStringSubmatch(line); m != nil {
			s.failures = append(s.failures, fmt.Errorf("%s is no page of an index: %s", fetch.Redact(m[1]), m[2]))
		} else if m := pipSkipped.FindStringSubmatch(line); m != nil {
			file := wheelFile(m[1])
			name, ok := parseWheelName(file)
			if ok && name.project == w.Project && name.version == normalVersion(w.Version) && !slices.Contains(s.wheels, file) {
				s.wheels = append(s.wheels, file)
			}
			s.source = s.source || !ok && normalVersion(versionOf(file, w.Project)) == normalVersion(w.Version)
		}
	}
	slices.Sort(s.wheels)
	return s
}

// pipFailure is why pip passed over a URL, nil where there just is nothing.
func pipFailure(url, why string) error {
	url = fetch.Redact(url)
	if m := pipAnswer.FindStringSubmatch(why); m != nil {
		status, _ := strconv.Atoi(m[1])
		if err := (&fetch.StatusError{URL: url, Status: status}); !fetch.NotFound(err) {
			return err
		}
		return nil
	}
	short := why
	if m := pipReason.FindStringSubmatch(why); m != nil {
		short = strings.TrimSpace(m[1])
	}
	if err := fetch.TLSFailure(why, short); err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	if strings.Contains(why, "No such file or directory") { // a folder of file: without the project
		return nil
	}
	return fmt.Errorf("asking %s: %w", url, errors.New(short))
}
