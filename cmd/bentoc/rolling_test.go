//go:build slow

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// balancer sends each request to the next of the servers that said, when they were last
// asked, that they may get some. As those of clusters it keeps connections, asks from time
// to time, and does not send a request again.
type balancer struct {
	proxy *httputil.ReverseProxy
	next  atomic.Uint64

	mu      sync.Mutex // guards what follows
	servers map[string]*url.URL
	ready   []*url.URL
}

// look is how often the balancer asks.
const look = 100 * time.Millisecond

func newBalancer() *balancer {
	b := &balancer{servers: map[string]*url.URL{}}
	b.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(b.pick()) },
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 100,
		},
	}
	return b
}

func (b *balancer) pick() *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		return &url.URL{Scheme: "http", Host: "nobody.invalid"}
	}
	return b.ready[b.next.Add(1)%uint64(len(b.ready))]
}

// look asks all servers, until ctx ends.
func (b *balancer) look(ctx context.Context) {
	for ctx.Err() == nil {
		b.ask(ctx)
		select {
		case <-time.After(look):
		case <-ctx.Done():
		}
	}
}

func (b *balancer) ask(ctx context.Context) {
	b.mu.Lock()
	all := make([]*url.URL, 0, len(b.servers))
	for _, u := range b.servers {
		all = append(all, u)
	}
	b.mu.Unlock()
	var ready []*url.URL
	for _, u := range all {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String()+"/readyz", nil)
		if err != nil {
			continue
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			ready = append(ready, u)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready = ready
}

func (b *balancer) add(t *testing.T, server string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.servers[server] = u
}

func (b *balancer) has(server string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.ready {
		if u.String() == server {
			return true
		}
	}
	return false
}

// TestRollingRestart restarts the servers behind a load balancer one after the other, ten
// times, while clients call: no request fails, and each server ends with 0.
func TestRollingRestart(t *testing.T) {
	const runs, servers, clients = 10, 2, 8
	tl, dir := newTool(t), copyExample(t, "hello", false)
	start := func() *serving {
		return tl.serve(t, &invocation{dir: dir, state: sharedState(t), args: []string{
			"-e", "BENTOC_SHUTDOWN_DELAY=1s", "-e", "BENTOC_ACCESS_LOG=0"}})
	}
	b := newBalancer()
	front := httptest.NewServer(b.proxy)
	defer front.Close()
	looking, stopLooking := context.WithCancel(t.Context())
	defer stopLooking()
	go b.look(looking)
	join := func(s *serving) {
		b.add(t, s.url)
		if !until(func() bool { return b.has(s.url) }) {
			t.Fatalf("%s is not found ready", s.url)
		}
	}
	var all []*serving
	for range servers {
		all = append(all, start())
		join(all[len(all)-1])
	}

	var done atomic.Bool
	var asked, failed atomic.Int64
	var load sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	for range clients {
		load.Go(func() {
			for !done.Load() {
				asked.Add(1)
				if err := greet(client, front.URL); err != nil {
					failed.Add(1)
					t.Errorf("a request: %v", err)
					return
				}
			}
		})
	}
	for range runs {
		for i, old := range all {
			all[i] = start()
			join(all[i])
			if err := old.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := old.wait(); err != nil {
				t.Errorf("a server ended with %v\n%s", err, old.story)
			}
		}
	}
	done.Store(true)
	load.Wait()
	t.Logf("%d of %d requests failed while %d servers were restarted %d times", failed.Load(), asked.Load(), servers, runs)
}

func greet(client *http.Client, base string) error {
	resp, err := client.Post(base+"/greet", "application/json", strings.NewReader(`{"name": "Ada"}`))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "hello, Ada") {
		return fmt.Errorf("%d %s", resp.StatusCode, body)
	}
	return nil
}
