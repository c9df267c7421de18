package http1_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime/server/http1"
)

const (
	post  = "POST /a HTTP/1.1\r\nHost: h\r\n"
	coded = post + "Transfer-Encoding: chunked\r\n\r\n"
	// next is what a smuggled or a right request is followed by.
	next = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
)

// table is requests and what RFC 9112 says of them: the statuses of the answers, the
// second being that of next, and what of it is refused here rather than by net/http.
var table = []struct {
	name, raw, want string
	why             http1.Reason // 0: net/http's own
}{
	{"length", post + "Content-Length: 2\r\n\r\nab", "200 200", 0},
	{"no body", post + "\r\n", "200 200", 0},
	{"GET with a body", "GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab", "200 200", 0},
	{"zeros before a length", post + "Content-Length: 0002\r\n\r\nab", "200 200", 0},
	{"blanks around a length", post + "Content-Length: \t 2 \t\r\n\r\nab", "200 200", 0},
	{"no blank before a length", post + "cOnTENT-lENGTH:2\r\n\r\nab", "200 200", 0},
	{"HTTP/1.0", "POST /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nab", "200 200", 0},
	{"chunks", coded + "2\r\nab\r\n0\r\n\r\n", "200 200", 0},
	{"chunks, any case", post + "TRANSFER-ENCODING:\tChUnKeD \r\n\r\n2\r\nab\r\nA\r\n0123456789\r\n0\r\n\r\n", "200 200", 0},
	{"extensions", coded + "2;a=b ; c; d=\"x;\\\"y\"\r\nab\r\n0;e\r\n\r\n", "200 200", 0},
	{"trailers", coded + "2\r\nab\r\n0\r\nX-T: a\tb\r\nX-U:\r\n\r\n", "200 200", 0},
	{"an empty line behind a POST", post + "Content-Length: 2\r\n\r\nab\r\n", "200 200", 0},
	{"two empty lines behind a POST", post + "Content-Length: 2\r\n\r\nab\r\n\r\n", "200 200", 0},
	{"a name like a length's", post + "Content-Lengths: 3\r\nContent_Length: 4\r\nXContent-Length: 5\r\n\r\n", "200 200", 0},
	{"256 fields", "POST /a HTTP/1.1\r\n" + "Host: h\r\n" + strings.Repeat("A: b\r\n", 255) + "\r\n", "200 200", 0},

	{"length and coding", post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", http1.TwoFramings},
	{"coding and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", "400", http1.TwoFramings},
	{"coding and no length", post + "Transfer-Encoding: chunked\r\nContent-Length:\r\n\r\n0\r\n\r\n", "400", http1.TwoFramings},
	{"two lengths", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nab", "400", http1.TwoLengths},
	{"two equal lengths", post + "Content-Length: 2\r\nX: y\r\nCONTENT-LENGTH: 2\r\n\r\nab", "400", http1.TwoLengths},
	{"two lengths of nothing", post + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", "400", http1.TwoLengths},
	{"a list of lengths", post + "Content-Length: 2, 2\r\n\r\nab", "400", http1.BadLength},
	{"+2", post + "Content-Length: +2\r\n\r\nab", "400", http1.BadLength},
	{"-2", post + "Content-Length: -2\r\n\r\nab", "400", http1.BadLength},
	{"0x2", post + "Content-Length: 0x2\r\n\r\nab", "400", http1.BadLength},
	{"1_0", post + "Content-Length: 1_0\r\n\r\nab", "400", http1.BadLength},
	{"2.0", post + "Content-Length: 2.0\r\n\r\nab", "400", http1.BadLength},
	{"no length", post + "Content-Length:\r\n\r\nab", "400", http1.BadLength},
	{"a length past 64 bits", post + "Content-Length: 18446744073709551618\r\n\r\nab", "400", http1.BadLength},
	{"a length past 63 bits", post + "Content-Length: 9223372036854775808\r\n\r\nab", "400", http1.BadLength},
	{"a length of another alphabet", post + "Content-Length: \u0662\r\n\r\nab", "400", http1.BadLength},
	{"a vertical tab before a length", post + "Content-Length: \v2\r\n\r\nab", "400", http1.BadLength},
	{"a far length", post + "Content-Length: " + strings.Repeat(" ", 300) + "2\r\n\r\nab", "400", http1.BadLength},
	{"a coding in HTTP/1.0", "POST /a HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", http1.OldEncoding},
	{"a coding in HTTP/1.0 of a long target", "POST /" + strings.Repeat("a", 300) + " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", http1.OldEncoding},
	{"two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", http1.TwoFramings},
	{"identity behind chunked", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "400", http1.TwoFramings},
	{"a coding nobody knows", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501", 0},
	{"a list of codings", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501", 0},
	{"no coding", post + "Transfer-Encoding:\r\n\r\n0\r\n\r\n", "501", 0},
	{"a quoted coding", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "501", 0},
	{"a vertical tab before a coding", post + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", "400", 0},

	{"LF behind the request line", "POST /a HTTP/1.1\nHost: h\r\nContent-Length: 2\r\n\r\nab", "400", http1.LineEnd},
	{"LF behind a field", "POST /a HTTP/1.1\r\nHost: h\nContent-Length: 2\r\n\r\nab", "400", http1.LineEnd},
	{"LF behind a coding", post + "Transfer-Encoding: chunked\n\r\n0\r\n\r\n", "400", http1.LineEnd},
	{"LF behind the head", post + "Content-Length: 2\r\n\nab", "400", http1.LineEnd},
	{"LF alone", "POST /a HTTP/1.1\nHost: h\nContent-Length: 2\n\nab", "400", http1.LineEnd},
	{"LF first", "\nPOST /a HTTP/1.1\r\nHost: h\r\n\r\n", "400", http1.LineEnd},
	{"CRLF first", "\r\nPOST /a HTTP/1.1\r\nHost: h\r\n\r\n", "400", 0},
	{"LF behind a POST", post + "Content-Length: 2\r\n\r\nab\n", "200 400", http1.LineEnd},
	{"CR behind a POST", post + "Content-Length: 2\r\n\r\nab\r", "200 400", http1.LineEnd},
	{"CR CRLF behind a POST", post + "Content-Length: 2\r\n\r\nab\r\r\n", "200 400", http1.LineEnd},
	{"three empty lines behind a POST", post + "Content-Length: 2\r\n\r\nab\r\n\r\n\r\n", "200 400", 0},
	{"CR within a value", post + "X: a\rb\r\n\r\n", "400", 0},
	{"CR CRLF", post + "X: a\r\r\n\r\n", "400", 0},
	{"CR CRLF behind the head", post + "\r\r\n", "400", 0},
	{"CR within the request line", "POST /a\r HTTP/1.1\r\nHost: h\r\n\r\n", "400", 0},

	{"folded", post + "X: a\r\n b\r\n\r\n", "400", http1.Folded},
	{"folded by a tab", post + "X: a\r\n\tb\r\n\r\n", "400", http1.Folded},
	{"a folded length", post + "Content-Length:\r\n 2\r\n\r\nab", "400", http1.BadLength},
	{"a length that is folded", post + "X: a\r\n Content-Length: 2\r\n\r\nab", "400", http1.Folded},
	{"a blank before the first field", "POST /a HTTP/1.1\r\n Host: h\r\n\r\n", "400", http1.Folded},
	{"folded by blanks alone", post + "X: a\r\n \r\n\r\n", "400", http1.Folded},

	{"a blank before a colon", post + "Content-Length : 2\r\n\r\nab", "400", 0},
	{"a tab before a colon", post + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", "400", 0},
	{"no colon", post + "Content-Length\r\n\r\n", "400", 0},
	{"no name", post + ": 2\r\n\r\n", "400", 0},
	{"a blank within a name", post + "A B: 2\r\n\r\n", "400", 0},
	{"NUL within a name", post + "A\x00B: 2\r\n\r\n", "400", 0},
	{"NUL within a value", post + "X: a\x00b\r\n\r\n", "400", 0},
	{"a control byte within a value", post + "X: a\x01b\r\n\r\n", "400", 0},
	{"DEL within a value", post + "X: a\x7fb\r\n\r\n", "400", 0},
	{"NUL within the target", "POST /a\x00 HTTP/1.1\r\nHost: h\r\n\r\n", "400", 0},
	{"NUL within the method", "PO\x00ST /a HTTP/1.1\r\nHost: h\r\n\r\n", "400", 0},
	{"two blanks in the request line", "POST  /a HTTP/1.1\r\nHost: h\r\n\r\n", "400", 0},
	{"tabs in the request line", "POST\t/a\tHTTP/1.1\r\nHost: h\r\n\r\n", "400", 0},
	{"a blank behind the version", "POST /a HTTP/1.1 \r\nHost: h\r\n\r\n", "400", 0},
	{"a blank within the target", "POST /a b HTTP/1.1\r\nHost: h\r\n\r\n", "400", 0},
	{"HTTP/0.9", "GET /a\r\n\r\n", "400", 0},
	{"HTTP/2.0", "POST /a HTTP/2.0\r\nHost: h\r\n\r\n", "505", 0},
	{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400", http1.Preface},
	{"no host", "POST /a HTTP/1.1\r\n\r\n", "400", 0},
	{"two hosts", "POST /a HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n", "400", 0},
	{"257 fields", "POST /a HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", 256) + "\r\n", "431", http1.TooManyFields},
	{"10,000 fields", "POST /a HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", 10000) + "\r\n", "431", http1.TooManyFields},
	{"a head of a megabyte", post + "A: " + strings.Repeat("b", 1<<20) + "\r\n\r\n", "431", 0},

	{"LF behind a chunk's size", coded + "2\nab\r\n0\r\n\r\n", "400", http1.LineEnd},
	{"LF behind an extension", coded + "2;a\nab\r\n0\r\n\r\n", "400", http1.LineEnd},
	{"LF behind a chunk", coded + "2\r\nab\n0\r\n\r\n", "400", http1.LineEnd},
	{"LF behind the last size", coded + "2\r\nab\r\n0\n\r\n", "400", http1.LineEnd},
	{"LF behind the last chunk", coded + "0\r\n\n", "400", http1.LineEnd},
	{"LF behind a trailer", coded + "0\r\nX: a\n\r\n", "400", http1.LineEnd},
	{"a folded trailer", coded + "0\r\nX: a\r\n b\r\n\r\n", "400", http1.Folded},
	{"CR within a trailer", coded + "0\r\nX: a\rb\r\n\r\n", "400", http1.BadTrailer},
	{"NUL within a trailer", coded + "0\r\nX: a\x00b\r\n\r\n", "400", http1.BadTrailer},
	{"a trailer without a colon", coded + "0\r\nX\r\n\r\n", "400", 0},
	{"10,000 trailers", coded + "0\r\n" + strings.Repeat("A: b\r\n", 10000) + "\r\n", "400", http1.BadTrailer},
	{"no size", coded + "\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"a size of 0x2", coded + "0x2\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"a size of +2", coded + "+2\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"a size of -2", coded + "-2\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"a blank before a size", coded + " 2\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"a blank behind a size", coded + "2 \r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"a size past 64 bits", coded + "10000000000000002\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"zeros before a size", coded + "00000000000000002\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"a chunk without an end", coded + "2\r\nab0\r\n\r\n", "400", http1.BadChunk},
	{"a short chunk", coded + "5\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"NUL within an extension", coded + "2;a\x00\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"CR within an extension", coded + "2;a\rb\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"an open quotation mark", coded + "2;a=\"\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"an extension without a name", coded + "2;\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
	{"a long extension", coded + "2;" + strings.Repeat("a", 300) + "\r\nab\r\n0\r\n\r\n", "400", http1.BadChunk},
}

// What RFC 9112 lets pass is answered, and the request behind it; what it does not is
// refused and ends the connection, in whatever pieces it comes.
func TestTable(t *testing.T) {
	for _, tc := range table {
		r := rand.New(rand.NewPCG(1, 2))
		for name, sizes := range map[string]func() int{"at once": atOnce, "by byte": byByte, "in pieces": func() int { return 1 + r.IntN(20) }} {
			if name == "by byte" && len(tc.raw) > 100_000 {
				continue
			}
			got := ask(t, tc.raw+next, sizes, true)
			if status := strings.Join(got.status, " "); status != tc.want {
				t.Errorf("%s, %s: answered %q, want %q", tc.name, name, status, tc.want)
			}
			why := slices.Concat(got.why, []http1.Reason{0})[0]
			if why != tc.why || len(got.why) > 1 {
				t.Errorf("%s, %s: refused for %v, want %v", tc.name, name, got.why, tc.why)
			}
		}
	}
}

// The table's own right and wrong are those of the judge.
func TestTableIsRight(t *testing.T) {
	for _, tc := range table {
		if longLine(tc.raw) {
			continue
		}
		all, end := judge(tc.raw + next)
		ok := tc.want == "200 200"
		if ok != (end == whole && len(all) == 2) {
			t.Errorf("%s: judged %q, %d", tc.name, all, end)
		}
	}
}

// longLine tells whether a line is longer than what is taken of the lines that frame a
// message: the judge knows of no such limit.
func longLine(stream string) bool {
	for line := range strings.Lines(stream) {
		if len(line) > 256 {
			return true
		}
	}
	return false
}

// Requests that follow each other are each looked at, and those before the wrong one
// are answered.
func TestPipelines(t *testing.T) {
	var right, bad []string
	for _, tc := range table {
		switch {
		case len(tc.raw) > 5000 || tc.raw[0] == '\r': // which may stand behind a POST
		case tc.want == "200 200":
			right = append(right, tc.raw)
		case strings.HasPrefix(tc.want, "4"):
			bad = append(bad, tc.raw)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var stream strings.Builder
		n := r.IntN(8)
		for range n {
			stream.WriteString(right[r.IntN(len(right))])
		}
		good := stream.Len()
		stream.WriteString(bad[r.IntN(len(bad))] + next)
		want, _ := judge(stream.String()[:good])
		got := ask(t, stream.String(), func() int { return 1 + r.IntN(60) }, true)
		if len(want) != n || !slices.Equal(got.asked, want) || len(got.status) != n+1 || got.status[n][0] != '4' {
			t.Fatalf("of %q\ngot %q %q, want %q", stream.String(), got.asked, got.status, want)
		}
	}
}

// FuzzStreams holds what passes against the judge: right requests pass as they are,
// and a handler gets nothing else.
func FuzzStreams(f *testing.F) {
	for _, tc := range table {
		if len(tc.raw) < 1000 {
			f.Add(tc.raw+next, uint64(7))
		}
	}
	f.Fuzz(func(t *testing.T, stream string, seed uint64) {
		if len(stream) > 10_000 || longLine(stream) {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		sizes := func() int { return 1 + r.IntN(1+int(seed%97)) }
		want, end := judge(stream)
		got := ask(t, stream, sizes, true)
		if len(got.asked) > len(want) || !slices.Equal(got.asked, want[:len(got.asked)]) {
			t.Fatalf("of %q\ngot  %q\nwant %q, %d", stream, got.asked, want, end)
		}
		if end == whole {
			begun := ask(t, stream[:r.IntN(len(stream)+1)], sizes, true)
			if why := slices.Concat(got.why, begun.why); len(why) > 0 {
				t.Fatalf("of %q\nrefused for %v, and it is right", stream, why)
			}
		}
		if len(got.why) > 0 {
			return
		}
		if !strings.HasPrefix(stream, got.passed) {
			t.Fatalf("of %q\npassed %q", stream, got.passed)
		}
		bare := ask(t, stream, sizes, false)
		if !slices.Equal(bare.asked, got.asked) || !slices.Equal(bare.status, got.status) {
			t.Fatalf("of %q\ngot    %q %q\nwithout %q %q", stream, got.asked, got.status, bare.asked, bare.status)
		}
	})
}
