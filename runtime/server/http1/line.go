package http1

import (
	"bytes"
	"strconv"
	"strings"
)

// request takes a request's first line, which net/http looks at itself.
func (s *scanner) request(line []byte, size int) Reason {
	if size == 0 {
		return fine // net/http takes two empty ones behind a POST, and refuses others
	}
	s.state, s.fields, s.left = field, 0, 0
	s.length, s.coded, s.refused = false, false, false
	if bytes.HasPrefix(line, []byte("PRI ")) {
		return Preface
	}
	s.old = bytes.HasSuffix(line, []byte(oldVersion))
	if size > len(line) { // a CR is behind it
		s.old = string(s.tail[:len(s.tail)-1]) == oldVersion[1:]
	}
	return fine
}

// field takes a line of the head.
func (s *scanner) field(line []byte, size int) Reason {
	switch {
	case size == 0:
		s.headEnds()
		return fine
	case isField(line, contentLength):
		return s.contentLength(line, size)
	case isField(line, transferEncoding):
		return s.transferEncoding(line, size)
	}
	if s.fields++; s.fields > MaxFields {
		return TooManyFields
	}
	return fine
}

// isField tells whether a line is of a field. A name with a blank before its colon is
// refused by net/http.
func isField(line []byte, name string) bool {
	return mayBe(line, name) && strings.EqualFold(string(line[:len(name)]), name)
}

// mayBe tells, in no time, of most lines that they are not of a field.
func mayBe(line []byte, name string) bool {
	return len(line) > len(name) && line[len(name)] == ':' && line[0]|0x20 == name[0]
}

func (s *scanner) contentLength(line []byte, size int) Reason {
	switch {
	case size > maxLine:
		return BadLength
	case s.coded:
		return TwoFramings
	case s.length:
		return TwoLengths
	}
	n, err := strconv.ParseUint(value(line, contentLength), 10, 63)
	if err != nil {
		return BadLength
	}
	s.length, s.left = true, n
	return fine
}

func (s *scanner) transferEncoding(line []byte, size int) Reason {
	switch {
	case size > maxLine:
		return BadLength
	case s.coded, s.length:
		return TwoFramings
	case s.old:
		return OldEncoding
	}
	s.coded = true
	if !strings.EqualFold(value(line, transferEncoding), "chunked") {
		s.refused = true // with a 501
	}
	return fine
}

func value(line []byte, name string) string {
	return strings.Trim(string(line[len(name)+1:]), " \t")
}

func (s *scanner) headEnds() {
	switch {
	case s.refused:
		s.state = unknown
	case s.coded:
		s.state = chunk
	case s.left > 0:
		s.state = body
	default:
		s.state = start
	}
}

// chunk takes the line before a chunk: its size in hexadecimal digits, and extensions.
func (s *scanner) chunk(line []byte, size int) Reason {
	if size > maxLine {
		return BadChunk
	}
	digits := line
	if i := bytes.IndexAny(line, "; \t"); i >= 0 {
		digits = line[:i]
	}
	n, err := strconv.ParseUint(string(digits), 16, 64)
	if err != nil || len(digits) > 16 || !extensions(line[len(digits):]) {
		return BadChunk
	}
	s.left, s.state = n, chunkData
	if n == 0 {
		s.state, s.fields = trailer, 0
	}
	return fine
}

// extensions tells whether b is a chunk's extensions (RFC 9112, section 7.1.1).
func extensions(b []byte) bool {
	for len(b) > 0 {
		b = bytes.TrimLeft(b, " \t")
		if len(b) == 0 || b[0] != ';' {
			return false
		}
		n := token(bytes.TrimLeft(b[1:], " \t"))
		b = bytes.TrimLeft(b[1:], " \t")[n:]
		if n == 0 {
			return false
		}
		v, ok := bytes.CutPrefix(bytes.TrimLeft(b, " \t"), []byte("="))
		if !ok {
			continue
		}
		v = bytes.TrimLeft(v, " \t")
		if n = token(v); n == 0 {
			n = quoted(v)
		}
		if n == 0 {
			return false
		}
		b = v[n:]
	}
	return true
}

// token gives the length of the token that b begins with.
func token(b []byte) int {
	n := 0
	for n < len(b) && b[n] > ' ' && b[n] < 0x7f && strings.IndexByte(`"(),/:;<=>?@[\]{}`, b[n]) < 0 {
		n++
	}
	return n
}

// quoted gives the length of the quoted string that b begins with.
func quoted(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch {
		case b[i] == '"':
			return i + 1
		case b[i] < ' ' && b[i] != '\t' || b[i] == 0x7f:
			return 0
		case b[i] == '\\':
			if i++; i < len(b) && (b[i] < ' ' && b[i] != '\t' || b[i] == 0x7f) {
				return 0
			}
		}
	}
	return 0
}

// plain tells whether b has no control byte but tabs, and a CR at its end.
func plain(b []byte) bool {
	if b[len(b)-1] == '\r' {
		b = b[:len(b)-1]
	}
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
