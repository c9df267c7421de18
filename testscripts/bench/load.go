package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// platform is the OCI platform of this machine.
func platform() string { return "linux/" + runtime.GOARCH }

// load posts body to a server on this machine over n kept connections for d and
// gives the answers a second. It writes raw requests, so that the client costs
// as little as it can.
func load(ctx context.Context, addr, path string, body []byte, n int, d time.Duration) (float64, error) {
	request := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, addr, len(body), body)
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var answers atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, n)
	start := time.Now()
	for range n {
		wg.Go(func() {
			if err := worker(ctx, addr, request, &answers); err != nil {
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

func worker(ctx context.Context, addr string, request []byte, answers *atomic.Int64) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for ctx.Err() == nil {
		if _, err := c.Write(request); err != nil {
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
	return nil
}
