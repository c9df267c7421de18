package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// benchServe builds hello for this machine, starts the very binary that is in
// the image and compares it with a server written by hand on net/http and
// encoding/json that answers the same request.
func benchServe(b *bench) error {
	p, err := b.example("hello")
	if err != nil {
		return err
	}
	root, err := b.root(p)
	if err != nil {
		return err
	}
	ready, idle, err := b.startup(root)
	if err != nil {
		return err
	}
	b.add(figure{name: "ready after start", value: ready, unit: "ms", limit: 30})
	b.add(figure{name: "idle memory (RSS)", value: idle, unit: "MB", limit: 15})
	return b.throughput(root)
}

// startup gives the median time to readiness in ms and the idle memory in MB.
func (b *bench) startup(s server) (readyMs, idleMB float64, err error) {
	var times []float64
	for range 7 {
		p, ready, err := b.start(s)
		if err != nil {
			return 0, 0, err
		}
		times = append(times, float64(ready.Microseconds())/1000)
		time.Sleep(300 * time.Millisecond)
		idleMB = max(idleMB, float64(statusKB(p.cmd.Process.Pid, "VmRSS:"))/1024)
		p.stop()
	}
	return median(times), idleMB, nil
}

// throughput alternates between the two servers and compares their medians.
func (b *bench) throughput(root imageRoot) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	byHand := command(func(addr string) *exec.Cmd { return exec.CommandContext(b.ctx, self, "baseline", addr) })
	return b.against(root, byHand, 32, limits{rate: 0.7, cpu: 0.9}, jsonRequest("/greet", []byte(`{"name": "Ada"}`)))
}

// limits are what the ratios to a server written by hand should at least be.
type limits struct {
	rate float64 // of requests a second
	cpu  float64 // of requests a second of CPU, which other work on the machine disturbs less; 0: none
}

// against gives the requests a second of a server at c connections, those of one
// written by hand, and the ratios. The two are run in turns.
func (b *bench) against(s, byHand server, c int, limit limits, req request) error {
	var ours, theirs, rates, cpus, cpuRatios []float64
	for range 5 {
		x, err := b.rate(s, c, req)
		if err != nil {
			return err
		}
		y, err := b.rate(byHand, c, req)
		if err != nil {
			return err
		}
		ours, theirs, rates = append(ours, x.rate), append(theirs, y.rate), append(rates, x.rate/y.rate)
		cpus, cpuRatios = append(cpus, x.cpu), append(cpuRatios, y.cpu/x.cpu)
	}
	name := fmt.Sprintf("%s, c = %d", req.path, c)
	b.add(figure{name: name, value: median(ours), unit: "req/s", note: spread(ours)})
	b.add(figure{name: name + ", written by hand", value: median(theirs), unit: "req/s", note: spread(theirs)})
	b.add(figure{name: name + ", ratio", value: median(rates), unit: "×", limit: limit.rate, atMin: true, note: spread(rates)})
	b.add(figure{name: name + ", CPU", value: median(cpus), unit: "µs/req", note: spread(cpus)})
	b.add(figure{name: name + ", CPU, ratio", value: median(cpuRatios), unit: "×", limit: limit.cpu, atMin: true, note: spread(cpuRatios)})
	return nil
}

// speed is how a server does under load.
type speed struct {
	rate float64 // requests a second
	cpu  float64 // of the server, microseconds a request
}

// rate gives the speed of a server at c connections.
func (b *bench) rate(s server, c int, req request) (speed, error) {
	p, _, err := b.start(s)
	if err != nil {
		return speed{}, err
	}
	defer p.stop()
	if _, err := load(b.ctx, p.addr, c, forTime(500*time.Millisecond, req)); err != nil {
		return speed{}, err
	}
	const seconds = 2
	before := cpuTime(p.cmd.Process.Pid)
	rate, err := load(b.ctx, p.addr, c, forTime(seconds*time.Second, req))
	used := cpuTime(p.cmd.Process.Pid) - before
	return speed{rate, float64(used.Microseconds()) / (rate * seconds)}, err
}

// baseline is the server written by hand. It does what the step of hello does.
func baseline(addr string) error {
	type in struct {
		Name     string `json:"name"`
		Visit    *int64 `json:"visit"`
		Language string `json:"language"`
	}
	type out struct {
		Message string `json:"message"`
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "\n") })
	mux.HandleFunc("POST /greet", func(w http.ResponseWriter, r *http.Request) {
		var v in
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		hello := map[string]string{"en": "hello", "fr": "bonjour", "de": "hallo"}[cmp.Or(v.Language, "en")]
		json.NewEncoder(w).Encode(out{Message: fmt.Sprintf("%s, %s", hello, v.Name)})
	})
	return http.ListenAndServe(addr, mux)
}
