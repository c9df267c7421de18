package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"runtime"
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

// load posts requests to a server on this machine over n kept connections and
// gives the answers a second.
func load(ctx context.Context, addr string, n int, next source) (float64, error) {
	var answers atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, n)
	start := time.Now()
	for range n {
		wg.Go(func() {
			if err := worker(ctx, addr, next, &answers); err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	took := time.Since(start).Seconds()
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(answers.Load()) / took, nil
	}
}

func worker(ctx context.Context, addr string, next source, answers *atomic.Int64) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for raw := next(); raw != nil && ctx.Err() == nil; raw = next() {
		if _, err := c.Write(raw); err != nil {
			return err
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("POST %s: %s: %s", addr, resp.Status, text)
		}
		answers.Add(1)
	}
	return ctx.Err()
}
