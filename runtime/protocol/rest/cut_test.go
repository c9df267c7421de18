package rest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bentoc.dev/runtime/spec"
)

// conn is a connection to the server as a client without HTTP has it.
type conn struct {
	*net.TCPConn
	t *testing.T
}

func (h *harness) connect(srv *httptest.Server) conn {
	h.t.Helper()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close() })
	return conn{c.(*net.TCPConn), h.t}
}

func (c conn) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Error(err)
	}
}

// answers reads all that comes until the server closes its side: the status of
// each answer, or what else came. After n answers the client has no more to send.
func (c conn) answers(n int) (out []string) {
	c.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		c.t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for {
		if len(out) == n {
			_ = c.CloseWrite()
		}
		if _, err := r.Peek(1); err != nil {
			return out
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return append(out, err.Error())
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			return append(out, err.Error())
		}
		out = append(out, fmt.Sprintf("%d %t %s", resp.StatusCode, resp.Close, strings.TrimSpace(string(b))))
	}
}

const cutShort = `400 true {"error":"the body could not be read to its end"}`

// A request that ends before its body does is no request, whoever cut it.
func TestCutRequests(t *testing.T) {
	t.Parallel()
	form := "--b\r\nContent-Disposition: form-data; name=x\r\n\r\nvalue"
	for _, tc := range []struct{ name, request, want string }{
		{"length", "Content-Length: 70\r\n\r\n{\"name\":\"A\"", cutShort},
		{"length, nothing came", "Content-Length: 70\r\n\r\n", cutShort},
		{"length, one byte less", "Content-Length: 3\r\n\r\n{}", cutShort},
		{"length, gzip", "Content-Length: 70\r\nContent-Encoding: gzip\r\n\r\n" + string(gzipped(t, `{}`)), cutShort},
		{"chunks, none", "Transfer-Encoding: chunked\r\n\r\n", cutShort},
		{"chunks, within one", "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"name\"", cutShort},
		{"chunks, without the last", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", cutShort},
		{"chunks, within the last", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", cutShort},
		{"chunks, bad size", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nxyz\r\n\r\n", cutShort},
		{"chunks, longer than said", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n", cutShort},
		{"form, length", "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 700\r\n\r\n" + form, cutShort},
		{"form, boundary", fmt.Sprintf("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s", len(form), form),
			`400 false {"error":"the multipart body ends before its last boundary"}`},
		{"form, chunks", "Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n--b--\r\n", cutShort},
		{"pairs", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 70\r\n\r\nname=Ada", cutShort},
		{"two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400 true 400 Bad Request"},
		{"negative length", "Content-Length: -2\r\n\r\n{}", "400 true 400 Bad Request"},
		{"whole", "Content-Length: 2\r\n\r\n{}", "200 false {}"},
		{"whole, chunks", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "200 false {}"},
	} {
		for _, expect := range []string{"", "Expect: 100-continue\r\n"} {
			t.Run(tc.name+expect, func(t *testing.T) {
				t.Parallel()
				var got []spec.Part
				e := endpoint{}
				if strings.HasPrefix(tc.name, "form") || tc.name == "pairs" {
					e.Decode = func(r *spec.Source) (any, error) { got = r.Parts; return "decoded", nil }
				}
				h := start(t, spec.Service{}, e)
				srv := httptest.NewServer(h.handler)
				defer srv.Close()
				c := h.connect(srv)
				c.send("POST /call HTTP/1.1\r\nHost: x\r\n" + expect + tc.request)
				if err := c.CloseWrite(); err != nil {
					t.Fatal(err)
				}
				answers := c.answers(-1)
				if len(answers) > 0 && strings.HasPrefix(answers[0], "100 ") {
					answers = answers[1:]
				}
				if len(answers) != 1 || answers[0] != tc.want {
					// The server may see that nobody is there before it writes.
					if !strings.HasPrefix(tc.name, "whole") || len(answers) != 0 {
						t.Errorf("got %q, want %q", answers, tc.want)
					}
				}
				if got != nil {
					t.Errorf("the form was read: %+v", got)
				}
			})
		}
	}
}

// A client that closes its side cannot be told from one that is gone: it gets no
// answer rather than one that looks like success.
func TestHalfClosedConnection(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{Timeout: time.Minute}, endpoint{Run: func(ctx context.Context, _ any) (any, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}})
	srv := httptest.NewServer(h.handler)
	defer srv.Close()
	c := h.connect(srv)
	c.send("POST /call HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got := c.answers(-1); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	h.idle()
	if n := h.metric("bentoc_request_rejected_total", `reason="client_gone"`); n != "1" {
		t.Errorf("%s clients counted as gone", n)
	}
	if strings.Contains(h.log.String(), "ERROR") {
		t.Errorf("log is %s", h.log)
	}
}

// What stands behind a body is another request, and a bad one is refused.
func TestBehindTheBody(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{})
	srv := httptest.NewServer(h.handler)
	defer srv.Close()
	const post = "POST /call HTTP/1.1\r\nHost: x\r\n"
	for _, tc := range []struct {
		sent string
		want []string
	}{
		{post + "Content-Length: 2\r\n\r\n{}" + post + "Content-Length: 3\r\n\r\n[1]", []string{"200 false {}", "200 false [1]"}},
		{post + "Content-Length: 2\r\n\r\n{}garbage\r\n\r\n", []string{"200 false {}", "400 true 400 Bad Request"}},
		{post + "Content-Length: 0\r\n\r\n{\"a\":1}\r\n\r\n", []string{"200 false ", "400 true 400 Bad Request"}},
		{post + "\r\n{\"a\":1}\r\n\r\n", []string{"200 false ", "400 true 400 Bad Request"}},
		// RFC 9112, 6.3: the chunks count, and the length is not heeded.
		{post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n0\r\n\r\n", []string{"200 false [1]"}},
		{"POST /call HTTP/1.0\r\nContent-Length: 0\r\n\r\n", []string{"200 true"}},
		{"POST /call HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}", []string{"200 true {}"}},
		{"OPTIONS /call HTTP/1.1\r\nHost: x\r\n\r\n", []string{"405"}},
	} {
		c := h.connect(srv)
		c.send(tc.sent)
		n := -1
		if !strings.HasPrefix(tc.want[len(tc.want)-1], "400") { // the connection stays open
			n = len(tc.want)
		}
		got := c.answers(n)
		ok := len(got) == len(tc.want)
		for i := range got {
			ok = ok && strings.HasPrefix(got[i], tc.want[i])
		}
		if !ok {
			t.Errorf("%q:\n got %q\nwant %q", tc.sent, got, tc.want)
		}
	}
}
