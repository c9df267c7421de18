package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"bentoc.dev/buildkit/builder/sandbox"
)

// trial is the server of a built image that is run to be asked, on a port of its own
// of this machine's loopback.
type trial struct {
	addr  string        // host and port
	ready time.Duration // from its start until it was ready
	stop  func() error  // ends it, and says how that went
}

// errNotReady says that a server is not ready and will not be; its log has been told.
var errNotReady = errors.New("the server is not ready, and will not be")

// startTrial starts the server of c and waits until it is ready. What it logs goes to w where
// it ends instead.
func startTrial(ctx context.Context, c sandbox.Container, env []string, w io.Writer) (*trial, error) {
	c.Env = mergeEnv(c.Env, append([]string{"BENTOC_LOG=json", "BENTOC_LOG_LEVEL=info", "BENTOC_ACCESS_LOG=0", "BENTOC_GOLDEN=0", "HOST=127.0.0.1", "PORT=0"}, env...))
	read, write := io.Pipe()
	c.Stdout, c.Stderr = io.Discard, write
	ctx, cancel := context.WithCancel(ctx)
	start := time.Now()
	var code int
	var failed error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		code, failed = sandbox.Run(ctx, c)
		_ = write.Close() // which cannot fail
	}()
	story := &serverLog{events: make(chan event, 1)}
	go story.read(read, start)
	r := &trial{stop: func() error {
		cancel()
		<-ended
		if failed == nil && code != 0 {
			failed = fmt.Errorf("the server ended with exit code %d", code)
		}
		return failed
	}}
	select {
	case e := <-story.events:
		if r.addr, r.ready = e.addr, e.after; e.ready {
			return r, nil
		}
	case <-ended:
	case <-ctx.Done():
	}
	err := r.stop()
	if e := context.Cause(ctx); e != nil && !errors.Is(e, context.Canceled) {
		return nil, e
	}
	story.print(w)
	if err == nil {
		err = errNotReady
	}
	return nil, err
}

// event is the end of a server's start.
type event struct {
	addr  string
	ready bool
	after time.Duration
}

// serverLog reads the log of a server that starts.
type serverLog struct {
	events chan event
	mu     sync.Mutex
	lines  []string
}

// line is what is read of a line of the log.
type line struct {
	Level string `json:"level"`
	Msg   string `json:"msg"`
	Addr  string `json:"addr"`
	Err   string `json:"err"`
}

func (l *serverLog) read(r io.Reader, start time.Time) {
	var e event
	told := false
	for s := bufio.NewReader(r); ; {
		text, err := s.ReadString('\n')
		var got line
		if json.Unmarshal([]byte(text), &got) != nil {
			got.Msg = strings.TrimRight(text, "\n")
		}
		switch {
		case got.Msg == "listening":
			e.addr = got.Addr
		case got.Msg == "ready" || strings.HasPrefix(got.Msg, "not ready"):
			if e.ready, e.after = got.Msg == "ready", time.Since(start); !told {
				told = true
				l.events <- e
			}
		}
		l.keep(got)
		if err != nil {
			return
		}
	}
}

// keep keeps the last lines for people.
func (l *serverLog) keep(got line) {
	const most = 40
	if got.Msg == "" && got.Err == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, strings.TrimSpace(got.Level+" "+got.Msg+" "+got.Err))
	l.lines = l.lines[max(0, len(l.lines)-most):]
}

func (l *serverLog) print(w io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range l.lines {
		fmt.Fprintf(w, "server: %s\n", text)
	}
}

// resident gives the bytes that the server has in memory.
func (r *trial) resident(ctx context.Context) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.addr+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("reading the server's metrics: %w", err)
	}
	defer res.Body.Close()
	for s := bufio.NewScanner(res.Body); s.Scan(); {
		if text, ok := strings.CutPrefix(s.Text(), "process_resident_memory_bytes "); ok {
			n, err := strconv.ParseFloat(text, 64)
			return int64(n), err
		}
	}
	return 0, errors.New("the server's metrics do not say what it has in memory")
}
