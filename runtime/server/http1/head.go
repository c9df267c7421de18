package http1

import (
	"bytes"
	"sync"
)

// AddField adds a field to the head of the answer that is written next. Its name and value
// are written as they are. Who handles the request calls it, before it writes: what comes
// then is that answer's head, but for a 100 that asks for the body.
func (c *Conn) AddField(name, value string) {
	c.fields = append(append(append(append(c.fields, name...), ": "...), value...), "\r\n"...)
}

// heads are buffers for what is written with fields of its own. They are not kept by
// connections, most of which are idle.
var heads = sync.Pool{New: func() any { b := make([]byte, 0, 5<<10); return &b }}

// withFields gives p with the fields that were added behind its first line, which ends at
// line; they are then used up. Where p begins no answer it is left as it is.
func (c *Conn) withFields(p []byte, buf *[]byte) (all []byte, line int) {
	line = bytes.IndexByte(p, '\n') + 1
	if line < len("HTTP/1.1 200\r\n") || !bytes.HasPrefix(p, []byte("HTTP/1.")) || p[len("HTTP/1.1 ")] == '1' {
		return p, 0
	}
	*buf = append(append(append((*buf)[:0], p[:line]...), c.fields...), p[line:]...)
	c.fields = c.fields[:0]
	return *buf, line
}
