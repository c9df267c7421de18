//go:build unix

package server_test

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
)

// raw sends bytes on a connection of its own and gives the statuses of the answers when
// the server has closed it, and all that came.
func (c *child) raw(stream string) (statuses, all string) {
	c.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, stream) }() // the server may close first
	b, _ := io.ReadAll(conn)                            // to the end, or a reset behind it
	var codes []string
	for _, m := range regexp.MustCompile(`HTTP/1\.[01] (\d\d\d) `).FindAllStringSubmatch(string(b), -1) {
		codes = append(codes, m[1])
	}
	return strings.Join(codes, " "), string(b)
}

// What could be read as two requests is answered with 400 by a real server, which
// counts it, ends the connection and answers the next one.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	c := serve(t, "hello")
	c.waitFor(regexp.MustCompile(`\] ready `))
	const (
		post  = "POST /greet HTTP/1.1\r\nHost: h\r\n"
		right = post + "Content-Length: 14\r\n\r\n{\"name\":\"Ada\"}"
		last  = post + "Connection: close\r\nContent-Length: 14\r\n\r\n{\"name\":\"Ada\"}"
		coded = post + "Transfer-Encoding: chunked\r\n\r\n"
	)
	for _, tc := range []struct{ name, stream, want, metric string }{
		{"right", right + last, "200 200", ""},
		{"chunks", coded + "E;x=\"y\"\r\n{\"name\":\"Ada\"}\r\n0\r\nX: y\r\n\r\n" + last, "200 200", ""},
		{"length and coding", right + post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + last, "200 400", "two_framings"},
		{"two lengths", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + last, "400", "two_lengths"},
		{"LF", strings.Replace(right, "h\r\n", "h\n", 1) + last, "400", "line_end"},
		{"folded", post + "X: y\r\n Content-Length: 14\r\n\r\n" + last, "400", "folded_line"},
		{"blank before a colon", post + "Content-Length : 14\r\n\r\n{\"name\":\"Ada\"}" + last, "400", ""},
		{"NUL", post + "X: a\x00b\r\n\r\n" + last, "400", ""},
		{"old coding", "POST /greet HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + last, "400", "old_encoding"},
		{"LF in a chunk's line", coded + "2;\n{}\r\n0\r\n\r\n" + last, "400", "line_end"},
		{"LF behind the last chunk", coded + "2\r\n{}\r\n0\r\n\n" + last, "400", "line_end"},
		{"LF in chunks that nobody reads", "GET /livez HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n" + last, "200", "line_end"},
		{"10,000 fields", post + strings.Repeat("A: b\r\n", 10000) + "\r\n" + last, "431", "too_many_fields"},
	} {
		counter := fmt.Sprintf("bentoc_connection_refused_total{reason=%q}", tc.metric)
		before := 0.0
		if tc.metric != "" {
			before = c.metric(counter)
		}
		got, all := c.raw(tc.stream)
		if got != tc.want {
			t.Errorf("%s: answered %q, want %q\n%s", tc.name, got, tc.want, all)
		}
		if tc.metric != "" && c.metric(counter) != before+1 {
			t.Errorf("%s: %s is %v, was %v", tc.name, counter, c.metric(counter), before)
		}
		c.want(200, `{"text":"hello Ada"}`)(c.post("/greet", `{"name":"Ada"}`))
	}
}

// metric gives the value of the metric whose line begins so.
func (c *child) metric(line string) (v float64) {
	c.t.Helper()
	_, text, err := c.get("/metrics")
	if err != nil {
		c.t.Fatal(err)
	}
	for l := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(l, line+" "); ok {
			if _, err := fmt.Sscan(rest, &v); err != nil {
				c.t.Fatal(err)
			}
			return v
		}
	}
	c.t.Fatalf("there is no metric %s", line)
	return 0
}
