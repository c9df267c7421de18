package protocol

import (
	"context"
	"net"
	"net/http"
)

// Head takes fields of the answer that is sent next on a connection, in addition to
// those that net/http writes.
type Head interface {
	AddField(name, value string)
}

type headKey struct{}

// ConnContext is that of an [http.Server] whose connections may be a [Head].
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if h, ok := c.(Head); ok {
		return context.WithValue(ctx, headKey{}, h)
	}
	return ctx
}

// SetField sets a field that an answer always has. It goes by the connection where that
// takes fields: net/http copies, sorts and checks each one of every answer. The name is
// written as it is given; it and the value hold no line end. It is called once a name and
// request, by who answers, before anything is written.
func SetField(w http.ResponseWriter, r *http.Request, name, value string) {
	if h, ok := r.Context().Value(headKey{}).(Head); ok {
		h.AddField(name, value)
		return
	}
	w.Header()[name] = []string{value}
}
