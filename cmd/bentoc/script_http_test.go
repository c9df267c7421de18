package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptHTTP calls the server at $ADDR and wants a status; the answer's body goes
// to the file answer, its headers to headers. The answer to a mistake must be
// the JSON object of errors.
func scriptHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: http CODE METHOD PATH [BODY [CONTENT-TYPE [HEADER:VALUE]]]")
	}
	a := send(scriptRequest(context.Background(), ts, args[1:]))
	a.check(ts, strings.Join(args[1:3], " "), args[0], "answer")
}

// scriptLocal is scriptHTTP on the local socket that SOCKET names, as
// BENTOC_DEBUG_SOCKET does.
func scriptLocal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: local SOCKET CODE METHOD PATH [BODY]")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", args[0])
	}}}
	req, err := http.NewRequest(args[2], "http://local"+args[3], strings.NewReader(strings.Join(args[4:], "")))
	ts.Check(err)
	sendBy(client, req).check(ts, strings.Join(args[2:4], " "), args[1], "answer")
}

// scriptHold sets $HELD to an address. Who connects there and reads is held up until release.
func scriptHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hold")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	released := make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	ts.Defer(func() { release(); _ = l.Close() })
	stateOf(ts).release = release
	go func() {
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			return
		}
		<-released
		_ = conn.Close()
	}()
	ts.Setenv("HELD", l.Addr().String())
}

// scriptRelease lets go who was held up last.
func scriptRelease(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 || stateOf(ts).release == nil {
		ts.Fatalf("usage: release, after hold")
	}
	stateOf(ts).release()
}

// pendingCall is a request in the background.
type pendingCall struct {
	cancel context.CancelFunc
	done   chan httpAnswer
}

// scriptCall calls the server in the background.
func scriptCall(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: call NAME METHOD PATH [BODY [CONTENT-TYPE]]")
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &pendingCall{cancel, make(chan httpAnswer, 1)}
	req := scriptRequest(ctx, ts, args[1:])
	ts.Defer(cancel)
	stateOf(ts).calls[args[0]] = c
	go func() { c.done <- send(req) }()
}

func pending(ts *testscript.TestScript, name string) *pendingCall {
	c := stateOf(ts).calls[name]
	if c == nil {
		ts.Fatalf("there is no call %s", name)
	}
	return c
}

// scriptAnswer waits for the answer to a call.
func scriptAnswer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: answer NAME CODE")
	}
	a := <-pending(ts, args[0]).done
	a.check(ts, args[0], args[1], args[0]+".answer")
}

// scriptHangUp ends a call from the client's side.
func scriptHangUp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hangup NAME")
	}
	c := pending(ts, args[0])
	c.cancel()
	<-c.done
}

// scriptRequest makes a request of METHOD PATH [BODY [CONTENT-TYPE [HEADER:VALUE]]].
func scriptRequest(ctx context.Context, ts *testscript.TestScript, args []string) *http.Request {
	header, value := "", ""
	if len(args) == 5 && args[2] != "form" {
		header, value, _ = strings.Cut(args[4], ":")
		args = args[:4]
	}
	body, contentType := scriptBody(ts, args[2:])
	req, err := http.NewRequestWithContext(ctx, args[0], "http://"+ts.Getenv("ADDR")+args[1], body)
	ts.Check(err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if header != "" {
		req.Header.Set(header, value)
	}
	return req
}

// httpAnswer is what came back.
type httpAnswer struct {
	status  int
	headers string
	body    []byte
	err     error
}

// scriptClient keeps no connections, as a server may end one while a request begins, and
// sends a large body only when the server has let it: where it refuses the body, it may
// otherwise end the connection before its answer has been read.
var scriptClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, ExpectContinueTimeout: limit}}

func send(req *http.Request) (a httpAnswer) { return sendBy(scriptClient, req) }

func sendBy(client *http.Client, req *http.Request) (a httpAnswer) {
	if req.ContentLength > 1<<20 {
		req.Header.Set("Expect", "100-continue")
	}
	resp, err := client.Do(req)
	if err != nil {
		return httpAnswer{err: err}
	}
	defer resp.Body.Close()
	a.status = resp.StatusCode
	a.body, a.err = io.ReadAll(resp.Body)
	var headers strings.Builder
	_ = resp.Header.Write(&headers) // a Builder takes all
	a.headers = headers.String()
	return a
}

// check wants status code and keeps the answer in file and in headers.
func (a httpAnswer) check(ts *testscript.TestScript, what, code, file string) {
	ts.Check(a.err)
	ts.Check(os.WriteFile(ts.MkAbs(file), a.body, 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("headers"), []byte(a.headers), 0o644))
	if strconv.Itoa(a.status) != code {
		ts.Fatalf("%s: status %d, want %s\n%s", what, a.status, code, a.body)
	}
	var e struct{ Error string }
	if a.status < 400 || a.status == 503 && strings.Contains(what, " /readyz") {
		return
	}
	if err := json.Unmarshal(a.body, &e); err != nil || e.Error == "" {
		ts.Fatalf("%s: the answer is not an error's JSON object: %s", what, a.body)
	}
}
