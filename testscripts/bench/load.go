package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// platform is the OCI platform of this machine.
func platform() string { return "linux/" + runtime.GOARCH }

// request is a POST.
type request struct {
	path, contentType string
	body              []byte
}

func jsonRequest(path string, body []byte) request {
	return request{path, "application/json", body}
}

// formRequest sends one file as the field of a form.
func formRequest(path, field, name string, content []byte) (request, error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	part, err := w.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	return request{path, w.FormDataContentType(), buf.Bytes()}, err
}

// raw is the request as it goes over the wire, so that the client costs as
// little as it can.
func (r request) raw() []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", r.path, r.contentType, len(r.body), r.body)
}

// source gives the next request as it goes over the wire, or nil at the end. It
// is called from many goroutines.
type source func() []byte

// forTime sends one request again and again.
func forTime(d time.Duration, req request) source {
	raw, end := req.raw(), time.Now().Add(d)
	return func() []byte {
		if time.Now().After(end) {
			return nil
		}
		return raw
	}
}

// rounds sends all requests, many times over.
func rounds(n int, reqs []request) source {
	raws := make([][]byte, len(reqs))
	for i, r := range reqs {
		raws[i] = r.raw()
	}
	var next atomic.Int64
	return func() []byte {
		i := int(next.Add(1)) - 1
		if i >= n*len(raws) {
			return nil
		}
		return raws[i%len(raws)]
	}
}

// conn is a kept connection to a server, which is opened when it is needed.
type conn struct {
	addr string
	c    net.Conn
	r    *bufio.Reader
}

// ask posts one request and reads the answer. After an error, and where the server says so, the
// next one has a connection of its own.
func (k *conn) ask(raw []byte) (status int, text []byte, err error) {
	if k.c == nil {
		if k.c, err = net.Dial("tcp", k.addr); err != nil {
			return 0, nil, err
		}
		k.r = bufio.NewReader(k.c)
	}
	last := true
	defer func() {
		if err != nil || last {
			k.close()
		}
	}()
	if _, err := k.c.Write(raw); err != nil {
		return 0, nil, err
	}
	resp, err := http.ReadResponse(k.r, nil)
	if err != nil {
		return 0, nil, err
	}
	text, err = io.ReadAll(resp.Body)
	resp.Body.Close()
	last = resp.Close
	return resp.StatusCode, text, err
}

func (k *conn) close() {
	if k.c != nil {
		k.c.Close()
		k.c = nil
	}
}

// answers is what became of the requests of a load.
type answers struct {
	took    time.Duration
	times   []time.Duration // of those answered with 200, from when each was to be sent; sorted
	sent    []time.Duration // the same from when each was sent, where that may be later
	refused int             // answered with something else
	failed  int             // not answered
}

// rate is the answers with 200 a second.
func (a answers) rate() float64 { return float64(len(a.times)) / a.took.Seconds() }

// at gives a percentile of the times, in microseconds.
func (a answers) at(percent float64) float64 { return percentile(a.times, percent) }

func percentile(sorted []time.Duration, percent float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(len(sorted)-1, int(float64(len(sorted))*percent/100))].Nanoseconds()) / 1000
}

// gather adds up what workers counted.
func gather(took time.Duration, parts []answers) answers {
	all := answers{took: took}
	for _, p := range parts {
		all.times, all.sent = append(all.times, p.times...), append(all.sent, p.sent...)
		all.refused += p.refused
		all.failed += p.failed
	}
	slices.Sort(all.times)
	slices.Sort(all.sent)
	return all
}

// load posts requests to a server on this machine over n kept connections, each when the one
// before is answered. Another answer than 200 is an error.
func load(ctx context.Context, addr string, n int, next source) (answers, error) {
	parts := make([]answers, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range n {
		wg.Go(func() {
			k := &conn{addr: addr}
			defer k.close()
			for raw := next(); raw != nil && errs[i] == nil; raw = next() {
				sent := time.Now()
				status, text, err := k.ask(raw)
				switch {
				case err != nil:
					errs[i] = err
				case status != http.StatusOK:
					errs[i] = fmt.Errorf("POST %s: status %d: %s", addr, status, text)
				}
				parts[i].times = append(parts[i].times, time.Since(sent))
			}
		})
	}
	wg.Wait()
	return gather(time.Since(start), parts), cmp.Or(append(errs, ctx.Err())...)
}
