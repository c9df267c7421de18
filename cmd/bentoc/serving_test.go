package main

import (
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// serving is a server that bentoc serve runs.
type serving struct {
	cmd   *exec.Cmd
	url   string
	story *output
	ended chan struct{} // closed when it has, and all that holds its output
	err   error         // how it ended
}

// wait waits for the end.
func (s *serving) wait() error {
	<-s.ended
	return s.err
}

// output is what a program writes, to be read while it runs.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// serve starts bentoc serve and waits until its server is ready.
func (tl tool) serve(t *testing.T, r *invocation) *serving {
	t.Helper()
	r.args = append([]string{"serve", "--progress=plain", "--port", "0"}, r.args...)
	s := &serving{cmd: tl.command(r), story: &output{}, ended: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = s.story, s.story
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		s.err = s.cmd.Wait()
	}()
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); <-s.ended })
	ready := func() bool {
		listens := listeningLine.FindStringSubmatch(s.story.String())
		if listens == nil {
			return false
		}
		s.url = "http://127.0.0.1:" + listens[1]
		resp, err := http.Get(s.url + "/readyz")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}
	ended := false
	if until(func() bool {
		select {
		case <-s.ended:
			ended = true
		default:
		}
		return ended || ready()
	}) && !ended {
		return s
	}
	t.Fatalf("the server is not ready\n%s", s.story)
	return nil
}

// serveAs calls hello's server as the user r names, and ends it.
func (tl tool) serveAs(t *testing.T, r *invocation) {
	t.Helper()
	s := tl.serve(t, r)
	resp, err := http.Post(s.url+"/greet", "application/json", strings.NewReader(`{"name": "Ada"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != `{"message":"hello, Ada"}` {
		t.Errorf("answer %q, %v", body, err)
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	if err := s.wait(); err != nil {
		t.Errorf("%v\n%s", err, s.story)
	}
	nothingRuns(t, r.state)
}
