// Package spectest calls endpoints in a test as a server without a protocol.
package spectest

import (
	"bytes"
	"context"
	"errors"

	"bentoc.dev/runtime/spec"
)

// Decode makes the input of e: out of a form where there are parts, of the value's
// own bytes where it has them and they are not labelled as JSON, else of JSON.
func Decode(e *spec.Endpoint, src *spec.Source) (any, error) {
	f := e.In.JSON
	switch {
	case src.Parts != nil:
		f = e.In.Form
	case src.ContentType == spec.ArrowStream:
		f = e.In.Arrow
	case e.In.Raw.Decode != nil && !spec.IsJSON(src.ContentType):
		f = e.In.Raw
	}
	src.Strict = e.Strict
	return f.Decode(src)
}

// Run runs e on an input and gives its one output, encoded.
func Run(ctx context.Context, e *spec.Endpoint, in any) (spec.Payload, error) {
	var out one
	if err := e.Handle(ctx, in, &out); err != nil {
		return spec.Payload{}, err
	}
	if out.n != 1 {
		return spec.Payload{}, errors.New("the endpoint did not send one output")
	}
	f := e.Out.JSON
	if e.Out.Raw.Encode != nil {
		f = e.Out.Raw
	}
	p, err := f.Encode(out.v)
	if err == nil && p.Release != nil {
		p.Body = bytes.Clone(p.Body)
		p.Release()
	}
	return p, err
}

// Call decodes src, runs e and gives its output.
func Call(e *spec.Endpoint, src *spec.Source) (spec.Payload, error) {
	in, err := Decode(e, src)
	if err != nil {
		return spec.Payload{}, err
	}
	return Run(context.Background(), e, in)
}

// one keeps the output of an endpoint that sends one.
type one struct {
	v any
	n int
}

var _ spec.Sender = (*one)(nil)

// Send keeps v.
func (o *one) Send(v any) error {
	o.v = v
	o.n++
	return nil
}
