package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// serving is a server that bentoc serve runs.
type serving struct {
	cmd   *exec.Cmd
	url   string
	story *output
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	r.args = append([]string{"serve", "--progress=plain", "--port", port}, r.args...)
	s := &serving{cmd: tl.command(r), url: "http://127.0.0.1:" + port, story: &output{}}
	s.cmd.Stdout, s.cmd.Stderr = s.story, s.story
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if resp, err := http.Get(s.url + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return s
			}
		}
		if s.cmd.Process.Signal(syscall.Signal(0)) != nil {
			break
		}
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
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, s.story)
	}
	nothingRuns(t, r.state)
}
