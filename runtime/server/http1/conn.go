// Package http1 holds the requests of HTTP/1.1 connections to the grammar of RFC 9112
// where net/http does not: what two programs in a row could read as two different
// requests is refused before a handler sees it.
//
// net/http (go1.26) refuses most of what is malformed. It takes, and keeps the
// connection:
//
//   - Content-Length with Transfer-Encoding, whose length it hides from the handler
//   - two Content-Length that say the same
//   - Transfer-Encoding in a request of HTTP/1.0, which it does not heed
//   - lines that a bare LF ends, in the head and in trailers
//   - folded lines
//   - a CR or two before the next request line, where a POST came before
//   - control bytes, open quotation marks and blanks in the lines of chunks
//   - control bytes in trailers
//   - more fields than anybody sends
//
// So a [Conn] looks at what is read from it. A connection's requests are found by their
// own framing, across pipelining, keep-alive and reads that end anywhere, and passed on
// byte for byte. The first byte of what is refused is not: in a head, net/http reads
// in its place what it answers with 400, or 431 for too many fields, behind the
// answers to the requests before, and in a body an error. In both cases the connection
// ends.
//
// A handler that takes the connection over reads from [Conn.NetConn].
package http1

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

// Listener holds the connections that it accepts to the grammar.
type Listener struct {
	net.Listener
	// Refused is told of every connection that ends because of what came; nil: nobody.
	Refused func(Reason)
}

var _ net.Listener = (*Listener)(nil)

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return New(c, l.Refused), nil
}

// Conn is the server's side of a connection, read by one goroutine at a time.
type Conn struct {
	net.Conn
	refused func(Reason)
	reads   deadline
	writes  deadline
	scanner scanner
	instead []byte // what is read in place of what was refused
	flood   bool   // and goes on for ever
	ended   bool   // something was refused
	fields  []byte // of the next answer's head, in lines
}

var _ net.Conn = (*Conn)(nil)

// New gives the connection that reads from c. Refused, which may be nil, is told when
// something is refused.
func New(c net.Conn, refused func(Reason)) *Conn {
	return &Conn{Conn: c, refused: refused, reads: deadline{tell: c.SetReadDeadline}, writes: deadline{tell: c.SetWriteDeadline, busy: true}}
}

// NetConn is the connection below, whose bytes are not looked at. It has the deadlines
// that were set up to now.
func (c *Conn) NetConn() net.Conn {
	c.reads.hand()
	c.writes.hand()
	return c.Conn
}

// SetReadDeadline sets the time after which reads fail; zero is never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.reads.set(t) }

// SetWriteDeadline sets the time after which writes fail; zero is never.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.writes.set(t) }

// SetDeadline sets both.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.reads.set(t), c.writes.set(t))
}

// CloseWrite tells the client that no more comes; net/http does so before it closes a
// connection whose client still sends, so that the client can read the answer.
func (c *Conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Close ends the connection. Where something was refused the client gets a moment to
// read why: bytes of it that nobody read would have the kernel tell it to forget the
// answer.
func (c *Conn) Close() error {
	c.reads.close()
	c.writes.close()
	if !c.ended || c.CloseWrite() != nil {
		return c.Conn.Close()
	}
	go func() {
		_ = c.Conn.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes) // until the client closes as well
		_ = c.Conn.Close()
	}()
	return nil
}

const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

// ErrRefused is what is read of a connection behind something that was refused.
var ErrRefused = errors.New("the request is malformed")

// malformed ends the line that was begun, and goes on with what is none. It must not
// begin with an empty line: that would end the head.
var malformed = []byte("\r\n\x00\r\n\r\n")

// filler is a piece of a line that never ends.
var filler = bytes.Repeat([]byte("x"), 512)

// Read reads what may go on.
func (c *Conn) Read(p []byte) (int, error) {
	if c.ended {
		return c.readInstead(p)
	}
	n, err := c.read(p)
	if n <= 0 {
		return n, err
	}
	good, why := c.scanner.scan(p[:n])
	if why == fine {
		return n, err
	}
	c.end(why)
	if good > 0 {
		return good, nil
	}
	return c.readInstead(p)
}

// read reads what came.
func (c *Conn) read(p []byte) (n int, err error) {
	if err := c.reads.begin(); err != nil {
		return 0, err
	}
	for again := true; again; again = c.reads.end(n, err) {
		n, err = c.Conn.Read(p)
	}
	return n, err
}

// Write sends p.
func (c *Conn) Write(p []byte) (int, error) {
	if len(c.fields) == 0 {
		return c.write(p)
	}
	buf := heads.Get().(*[]byte)
	defer heads.Put(buf)
	all, line := c.withFields(p, buf)
	n, err := c.write(all)
	return max(min(n, line), n-(len(all)-len(p))), err
}

// write sends p as it is.
func (c *Conn) write(p []byte) (n int, err error) {
	for again := true; again; again = err != nil && c.writes.again(err) {
		var more int
		more, err = c.Conn.Write(p[n:])
		n += more
	}
	return n, err
}

// end has nothing that follows go on.
func (c *Conn) end(why Reason) {
	c.ended = true
	if c.refused != nil && why != behind {
		c.refused(why)
	}
	switch {
	case why == TooManyFields:
		c.flood, c.instead = true, filler
	case !c.scanner.inHead():
	case !c.scanner.inLine:
		c.instead = malformed[2:]
	case c.scanner.last == '\r':
		c.instead = malformed[1:]
	default:
		c.instead = malformed
	}
}

func (c *Conn) readInstead(p []byte) (int, error) {
	if len(c.instead) == 0 {
		return 0, ErrRefused
	}
	n := copy(p, c.instead)
	if !c.flood {
		c.instead = c.instead[n:]
	}
	return n, nil
}
