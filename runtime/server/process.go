package server

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
)

// checkEnv finds the required variables that are not set; an empty one is set.
func checkEnv(required []string, lookup func(string) (string, bool)) error {
	var missing []string
	for _, name := range required {
		if _, ok := lookup(name); !ok {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("environment variable %s is required but not set", missing[0])
	default:
		return fmt.Errorf("environment variables %s are required but not set", strings.Join(missing, ", "))
	}
}

// healthcheckTime is how long a health check waits for its answer.
const healthcheckTime = 3 * time.Second

// healthcheck asks the server on this machine whether it is ready. It speaks
// HTTP by hand, because a client would add a megabyte to the server.
func healthcheck(s *settings) error {
	host := s.host
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, strconv.Itoa(s.port)), healthcheckTime)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the answer was read, or there is none
	if err := conn.SetDeadline(time.Now().Add(healthcheckTime)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "GET /readyz HTTP/1.0\r\n\r\n"); err != nil {
		return err
	}
	answer, err := io.ReadAll(bufio.NewReader(io.LimitReader(conn, 4<<10)))
	if err != nil {
		return err
	}
	if head, body, ok := strings.Cut(string(answer), "\r\n\r\n"); !ok || !strings.Contains(strings.SplitN(head, "\r\n", 2)[0], " 200 ") {
		return errors.New("not ready: " + strings.TrimSpace(body))
	}
	return nil
}

// printSpec prints what a bento serves, to be read by people and by tests.
func printSpec(w io.Writer, b spec.Bento, runners []runner.Life) error {
	type endpoint struct {
		Name    string `json:"name"`
		Route   string `json:"route"`
		Timeout string `json:"timeout,omitempty"`
		MaxBody int64  `json:"maxBody,omitempty"`
		Strict  bool   `json:"strict,omitempty"`
	}
	type service struct {
		Name           string     `json:"name"`
		Timeout        string     `json:"timeout,omitempty"`
		MaxConcurrency int        `json:"maxConcurrency,omitempty"`
		MaxBody        int64      `json:"maxBody,omitempty"`
		Endpoints      []endpoint `json:"endpoints"`
	}
	type named struct {
		Name   string `json:"name"`
		Engine string `json:"engine"`
	}
	out := struct {
		Version     int       `json:"version"`
		Name        string    `json:"name"`
		Digest      string    `json:"digest"`
		Services    []service `json:"services"`
		Runners     []named   `json:"runners"`
		RequiredEnv []string  `json:"requiredEnv"`
	}{b.Version, b.Name, b.Digest, []service{}, []named{}, append([]string{}, b.RequiredEnv...)}
	for _, s := range b.Services {
		svc := service{s.Name, durationText(s.Timeout), s.MaxConcurrency, s.MaxBody, []endpoint{}}
		for _, e := range s.Endpoints {
			svc.Endpoints = append(svc.Endpoints, endpoint{e.Name, e.Route, durationText(e.Timeout), e.MaxBody, e.Strict})
		}
		out.Services = append(out.Services, svc)
	}
	for _, r := range runners {
		out.Runners = append(out.Runners, named{r.Name, r.Engine})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
