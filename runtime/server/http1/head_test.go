package http1_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"bentoc.dev/runtime/server/http1"
)

type connKey struct{}

// Fields that a connection adds are in the head of the answer that they are of and nowhere
// else: not in a 100, not in a body that looks like a head, not in the next answer.
func TestFields(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const looks = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n"
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := r.URL.Query().Get("n")
		c := r.Context().Value(connKey{}).(*http1.Conn)
		c.AddField("X-Number", n)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		c.AddField("x-lower", string(body))
		switch r.URL.Path {
		case "/looks":
			_, _ = io.WriteString(w, looks)
		case "/stream": // each piece is written at once
			for range 3 {
				_, _ = io.WriteString(w, looks)
				_ = http.NewResponseController(w).Flush()
			}
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat(looks, 10_000))
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/silent":
		}
	}), ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }}
	defer srv.Close()
	go func() { _ = srv.Serve(&http1.Listener{Listener: l}) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	var n int
	for round := range 3 {
		var asked []*http.Request
		for _, path := range []string{"/looks", "/stream", "/large", "/204", "/silent", "/looks"} {
			for _, method := range []string{"POST", "HEAD", "GET"} {
				r, err := http.NewRequest(method, fmt.Sprintf("http://h%s?n=%d", path, n), nil)
				if err != nil {
					t.Fatal(err)
				}
				expect := ""
				if method == "POST" && round > 0 {
					expect = "Expect: 100-continue\r\n"
				}
				if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: h\r\n%sContent-Length: 2\r\n\r\nb%d", method, r.URL.RequestURI(), expect, n%10); err != nil {
					t.Fatal(err)
				}
				if asked = append(asked, r); round == 1 || len(asked) == 6 { // else pipelined
					checkFields(t, answers, asked, n+1-len(asked))
					asked = nil
				}
				n++
			}
		}
	}
	if answers.Buffered() > 0 {
		t.Errorf("%d bytes are left", answers.Buffered())
	}
}

func checkFields(t *testing.T, answers *bufio.Reader, asked []*http.Request, first int) {
	t.Helper()
	for i, r := range asked {
		resp, err := http.ReadResponse(answers, r)
		for err == nil && resp.StatusCode == http.StatusContinue {
			if len(resp.Header) > 0 {
				t.Errorf("a 100 has the fields %v", resp.Header)
			}
			resp, err = http.ReadResponse(answers, r)
		}
		if err != nil {
			t.Fatalf("%s %s: %v", r.Method, r.URL, err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "X-Number") {
			t.Errorf("%s %s: a field is in the body", r.Method, r.URL)
		}
		number, lower := resp.Header["X-Number"], resp.Header["X-Lower"]
		if fmt.Sprint(number) != fmt.Sprintf("[%d]", first+i) || fmt.Sprint(lower) != fmt.Sprintf("[b%d]", (first+i)%10) {
			t.Errorf("%s %s: the fields are %v", r.Method, r.URL, resp.Header)
		}
	}
}

// stingy is a connection that takes so many bytes.
type stingy struct {
	net.Conn
	left int
	took []byte
}

var errStingy = errors.New("no more is taken")

func (s *stingy) Write(p []byte) (int, error) {
	n := min(len(p), s.left)
	s.left -= n
	s.took = append(s.took, p[:n]...)
	if n < len(p) {
		return n, errStingy
	}
	return n, nil
}

// Who writes is told how much of its own bytes went out, wherever a write is cut.
func TestCutFields(t *testing.T) {
	t.Parallel()
	const (
		line   = "HTTP/1.1 200 OK\r\n"
		rest   = "Date: now\r\n\r\nbody"
		fields = "A: b\r\n"
		all    = line + fields + rest
	)
	for left := range len(all) + 1 {
		s := &stingy{left: left}
		c := http1.New(s, nil)
		c.AddField("A", "b")
		n, err := c.Write([]byte(line + rest))
		want := min(left, len(line)) + max(0, left-len(line)-len(fields))
		if n != want || (err == nil) != (left == len(all)) || string(s.took) != all[:left] {
			t.Errorf("after %d bytes: %d were written, want %d; %v; %q", left, n, want, err, s.took)
		}
	}
}
