package http1

import (
	"bytes"
	"iter"
)

// Reason is why a connection was ended.
type Reason int

// The reasons.
const (
	fine          Reason = iota
	LineEnd              // a line that CRLF does not end, or a CR elsewhere
	Folded               // a line that begins with a blank
	TwoLengths           // more than one Content-Length
	TwoFramings          // Content-Length and Transfer-Encoding, or two of the latter
	OldEncoding          // Transfer-Encoding in HTTP/1.0
	BadLength            // a Content-Length that is no number, or a framing field of great length
	BadChunk             // a chunk's line or end
	BadTrailer           // a line behind the last chunk
	TooManyFields        // more than [MaxFields]
	Preface              // of HTTP/2, which is not spoken here
	Reasons
)

// All gives every reason.
func All() iter.Seq[Reason] {
	return func(yield func(Reason) bool) {
		for r := fine + 1; r < Reasons && yield(r); r++ {
		}
	}
}

// String gives the value of the label "reason".
func (r Reason) String() string {
	return [Reasons]string{"", "line_end", "folded_line", "two_lengths", "two_framings", "old_encoding", "bad_length",
		"bad_chunk", "bad_trailer", "too_many_fields", "http2_preface"}[r]
}

// MaxFields is how many fields a head may have, and a trailer as many.
const MaxFields = 256

// maxLine is how much of a line is kept where reads divide it. A line that frames a
// message is no longer.
const maxLine = 256

// behind is of bytes behind a request that net/http does not take.
const behind Reason = -1

// state is where in a connection's requests the next byte is.
type state uint8

const (
	start   state = iota // a request's first line, or an empty one before it
	field                // the other lines of the head
	unknown              // behind a head that net/http refuses
	body
	chunk // the line before a chunk
	chunkData
	chunkEnd // the CRLF behind it
	trailer
)

// scanner finds the requests in what is read of a connection.
type scanner struct {
	state   state
	length  bool // a Content-Length came
	coded   bool // a Transfer-Encoding came
	refused bool // which net/http does not take
	old     bool // HTTP/1.0
	fields  int
	left    uint64 // bytes of the body, or of the chunk

	// The line that the last byte of what went on is in.
	inLine  bool
	last    byte
	begun   int // bytes of it that came with earlier reads
	partial [maxLine]byte
	tail    [len(oldVersion)]byte // the last of them
}

const (
	oldVersion       = " HTTP/1.0"
	contentLength    = "content-length"
	transferEncoding = "transfer-encoding"
)

// inHead tells whether the next byte is of a head.
func (s *scanner) inHead() bool { return s.state <= unknown }

// scan reads on. Where why is not fine, only the first good bytes of p may go on.
func (s *scanner) scan(p []byte) (good int, why Reason) {
	for good < len(p) {
		var n int
		switch rest := p[good:]; s.state {
		case body, chunkData:
			n = s.data(len(rest))
		case unknown:
			s.inLine, why = false, behind
		default:
			if s.state == field && s.begun == 0 {
				if n = s.others(rest); n > 0 {
					break
				}
			}
			n, why = s.nextLine(rest)
		}
		good += n
		if why != fine {
			return good, why
		}
	}
	return good, fine
}

// data takes up to n bytes of a body.
func (s *scanner) data(n int) int {
	n = int(min(s.left, uint64(n)))
	if s.left -= uint64(n); s.left == 0 {
		if s.state == body {
			s.state = start
		} else {
			s.state = chunkEnd
		}
	}
	return n
}

// others takes the lines of fields that p begins with, as long as they are whole and
// right and none that frames the message: nearly all of what comes.
func (s *scanner) others(p []byte) (good int) {
	for good < len(p) && s.fields < MaxFields {
		rest := p[good:]
		if rest[0] <= ' ' || mayBe(rest, contentLength) || mayBe(rest, transferEncoding) {
			break
		}
		n := bytes.IndexByte(rest, '\n')
		if n < 1 || rest[n-1] != '\r' {
			break
		}
		s.fields++
		good += n + 1
	}
	return good
}

// nextLine takes a line of p, or its beginning.
func (s *scanner) nextLine(p []byte) (good int, why Reason) {
	n := bytes.IndexByte(p, '\n')
	piece := p
	if n >= 0 {
		piece = p[:n]
	}
	if len(piece) > 0 {
		if why := s.piece(piece); why != fine {
			s.inLine = s.begun > 0
			return 0, why
		}
		s.last = piece[len(piece)-1]
	}
	s.inLine = s.begun > 0 || len(piece) > 0
	if n < 0 {
		s.keep(piece)
		return len(p), fine
	}
	if !s.inLine || s.last != '\r' {
		return n, LineEnd
	}
	line, size := piece, len(piece)-1
	if s.begun > 0 {
		s.keep(piece)
		line, size = s.partial[:min(s.begun, maxLine)], s.begun-1
	}
	s.begun = 0
	return s.ended(line[:min(len(line), size)], size, n)
}

// ended takes a whole line, whose LF is at n.
func (s *scanner) ended(line []byte, size, n int) (good int, why Reason) {
	if why := s.line(line, size); why != fine {
		return n, why
	}
	s.inLine = false
	return n + 1, fine
}

// piece looks at what is known of a line before it ends.
func (s *scanner) piece(b []byte) Reason {
	switch s.state {
	case start:
		if s.begun == 1 && s.last == '\r' || s.begun == 0 && b[0] == '\r' && len(b) > 1 {
			return LineEnd
		}
	case field:
		if s.begun == 0 && (b[0] == ' ' || b[0] == '\t') {
			return Folded
		}
	case chunkEnd:
		if s.begun == 0 && b[0] != '\r' {
			return BadChunk
		}
	case trailer:
		if s.begun == 0 && (b[0] == ' ' || b[0] == '\t') {
			return Folded
		}
		if s.begun > 0 && s.last == '\r' || !plain(b) {
			return BadTrailer
		}
	}
	return fine
}

// keep remembers the beginning of a line.
func (s *scanner) keep(piece []byte) {
	if s.begun < maxLine {
		copy(s.partial[s.begun:], piece)
	}
	s.begun += len(piece)
	if n := len(s.tail) - len(piece); n > 0 {
		copy(s.tail[:n], s.tail[len(piece):])
		copy(s.tail[n:], piece)
	} else {
		copy(s.tail[:], piece[-n:])
	}
}

// line takes a line of so many bytes, of which there may be only the first [maxLine].
func (s *scanner) line(line []byte, size int) Reason {
	switch s.state {
	case start:
		return s.request(line, size)
	case field:
		return s.field(line, size)
	case chunk:
		return s.chunk(line, size)
	case chunkEnd:
		if size != 0 {
			return BadChunk
		}
		s.state = chunk
	case trailer:
		if size == 0 {
			s.state = start
		} else if s.fields++; s.fields > MaxFields {
			return BadTrailer
		}
	}
	return fine
}
