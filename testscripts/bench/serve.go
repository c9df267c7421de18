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
	byHand, err := b.byHand()
	if err != nil {
		return err
	}
	return b.against(contender{name: "bentoc", server: root, request: noOp}, byHand, noOps)
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

// noOps compares hello with the server written by hand.
var noOps = []row{
	{conns: 32, measures: []measure{rateRatio(0.92), cpuRatio(0.95)}},
	{conns: 256, measures: []measure{rateRatio(0.95)}},
	{conns: 1, measures: []measure{p50Ratio(1.1), p99Ratio(1.5)}},
}

// noOp is the request of noOps.
var noOp = jsonRequest("/greet", []byte(`{"name": "Ada"}`))

// byHand is the server written by hand that answers noOp.
func (b *bench) byHand() (contender, error) {
	self, err := os.Executable()
	byHand := command(func(addr string) *exec.Cmd { return exec.CommandContext(b.ctx, self, "baseline", addr) })
	return contender{name: "by hand", server: byHand, request: noOp}, err
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
