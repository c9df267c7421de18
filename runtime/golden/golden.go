// Package golden judges golden cases: requests whose answers are known. A server that
// declares some asks itself before it is ready; the command line asks a built server by
// the same comparison.
package golden

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"bentoc.dev/runtime/spec"
)

// Case is one golden case that a server carries.
type Case struct {
	Name       string          `json:"name"`
	Service    string          `json:"service"`
	Endpoint   string          `json:"endpoint"`
	Request    json.RawMessage `json:"request"`
	Want       []byte          `json:"want"`
	Inline     bool            `json:"inline,omitempty"`
	Tolerance  float64         `json:"tolerance,omitempty"`
	MaxLatency time.Duration   `json:"maxLatency,omitempty"` // nanoseconds
}

// Prove makes the function of [spec.Bento] that asks the golden cases in data, JSON of
// a list of [Case]. Its error has what differs.
func Prove(data []byte) func(context.Context, *spec.Bento) error {
	return func(ctx context.Context, b *spec.Bento) error {
		var cases []Case
		if err := json.Unmarshal(data, &cases); err != nil {
			return fmt.Errorf("reading the golden cases: %w", err)
		}
		ctx = spec.WithoutCaches(ctx)
		var failed []error
		for i := range cases {
			if err := cases[i].prove(ctx, b); err != nil {
				failed = append(failed, fmt.Errorf("golden case %s: %w", cases[i].Name, err))
			}
		}
		return errors.Join(failed...)
	}
}

// attempts is how often a case that has to be fast is tried: what else a machine does
// while it starts is no fault of the server's.
const attempts = 3

func (c *Case) prove(ctx context.Context, b *spec.Bento) error {
	service, e := c.find(b)
	if e == nil {
		return fmt.Errorf("there is no endpoint %s of %s", c.Endpoint, c.Service)
	}
	best := time.Duration(-1)
	for i := 0; i == 0 || i < attempts && best > c.MaxLatency && c.MaxLatency > 0; i++ {
		start := time.Now()
		answer, err := c.ask(ctx, service, e)
		if took := time.Since(start); best < 0 || took < best {
			best = took
		}
		if err != nil {
			return err
		}
		found := Compare(Want{c.Want, c.Inline, c.Tolerance}, answer.ContentType, answer.Body)
		if answer.Release != nil {
			answer.Release()
		}
		if len(found) > 0 {
			return differences(found)
		}
	}
	if c.MaxLatency > 0 && best > c.MaxLatency {
		return fmt.Errorf("it took %s at best, allowed are %s", best, c.MaxLatency)
	}
	return nil
}

func differences(found []Difference) error {
	var lines []string
	for _, d := range found {
		lines = append(lines, d.String())
	}
	return errors.New(strings.Join(lines, "; "))
}

func (c *Case) find(b *spec.Bento) (*spec.Service, *spec.Endpoint) {
	for i := range b.Services {
		if b.Services[i].Name != c.Service {
			continue
		}
		for k := range b.Services[i].Endpoints {
			if e := &b.Services[i].Endpoints[k]; e.Name == c.Endpoint {
				return &b.Services[i], e
			}
		}
	}
	return nil, nil
}

// ask sends the request through the endpoint, as a protocol would.
func (c *Case) ask(ctx context.Context, s *spec.Service, e *spec.Endpoint) (answer spec.Payload, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	timeout := e.Timeout
	if timeout == 0 {
		timeout = s.Timeout
	}
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	in, err := e.In.JSON.Decode(&spec.Source{ContentType: "application/json", Body: c.Request, Strict: e.Strict})
	if err != nil {
		return answer, fmt.Errorf("its request: %w", err)
	}
	encode := e.Out.JSON.Encode
	if encode == nil {
		encode = e.Out.Raw.Encode
	}
	return answer, e.Handle(ctx, in, sender(func(v any) (err error) {
		answer, err = encode(v)
		return err
	}))
}

// sender is a spec.Sender for one output.
type sender func(any) error

// Send implements spec.Sender.
func (s sender) Send(v any) error { return s(v) }
