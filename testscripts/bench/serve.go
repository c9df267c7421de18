package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// benchServe builds hello for this machine, starts the very binary that is in
// the image and compares it with a server written by hand on net/http and
// encoding/json that answers the same request.
func benchServe(b *bench) error {
	dir, state := filepath.Join(b.work, "serve"), envOr("BENTOC_STATE", filepath.Join(b.work, "state"))
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(b.repo, "examples/hello"))); err != nil {
		return err
	}
	tarball := filepath.Join(b.work, "serve.docker.tar")
	if _, _, err := b.bentoc(dir, state, "build", "--progress=quiet", "--platform="+platform(), "-o", "type=docker,dest="+tarball); err != nil {
		return err
	}
	server := filepath.Join(b.work, "server")
	if err := extractServer(tarball, server); err != nil {
		return err
	}
	ready, idle, err := b.startup(server)
	if err != nil {
		return err
	}
	b.add(figure{name: "ready after start", value: ready, unit: "ms", limit: 30})
	b.add(figure{name: "idle memory (RSS)", value: idle, unit: "MB", limit: 15})
	return b.throughput(server)
}

func envOr(key, def string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	return def
}

// extractServer takes /server out of a docker archive.
func extractServer(archive, dest string) error {
	out, err := exec.Command("tar", "-xOf", archive, "manifest.json").Output()
	if err != nil {
		return err
	}
	var manifest []struct{ Layers []string }
	if err := json.Unmarshal(out, &manifest); err != nil {
		return err
	}
	for _, layer := range manifest[0].Layers {
		unpack := exec.Command("sh", "-c", `tar -xOf "$1" "$2" | { gzip -dcf 2>/dev/null || cat; } | tar -xOf - server 2>/dev/null > "$3" && test -s "$3"`, "sh", archive, layer, dest)
		if unpack.Run() == nil {
			return os.Chmod(dest, 0o755)
		}
	}
	return fmt.Errorf("there is no /server in %s", archive)
}

// process is a started server.
type process struct {
	cmd  *exec.Cmd
	addr string
}

func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.cmd.Wait()
}

// start runs a server on a free port and returns when it is ready.
func (b *bench) start(path string, args ...string) (*process, time.Duration, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	if len(args) > 0 {
		args = append(args, addr) // the baseline takes its address as an argument
	}
	cmd := exec.CommandContext(b.ctx, path, args...)
	cmd.Env = append(os.Environ(), "PORT="+port, "BENTOC_ACCESS_LOG=0")
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	p := &process{cmd, addr}
	for time.Since(begin) < 10*time.Second {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			time.Sleep(200 * time.Microsecond)
			continue
		}
		c.Close()
		resp, err := http.Get("http://" + addr + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return p, time.Since(begin), nil
			}
		}
	}
	p.stop()
	return nil, 0, fmt.Errorf("%s is not ready after 10 s", filepath.Base(path))
}

// startup gives the median time to readiness in ms and the idle memory in MB.
func (b *bench) startup(server string) (readyMs, idleMB float64, err error) {
	var times []float64
	for range 7 {
		p, ready, err := b.start(server)
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
func (b *bench) throughput(server string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	body := []byte(`{"name": "Ada"}`)
	var ours, theirs, ratios []float64
	for range 5 {
		a, err := b.rate(server, nil, body)
		if err != nil {
			return err
		}
		c, err := b.rate(self, []string{"baseline"}, body)
		if err != nil {
			return err
		}
		ours, theirs, ratios = append(ours, a), append(theirs, c), append(ratios, a/c)
	}
	b.add(figure{name: "hello, c = 32", value: median(ours), unit: "req/s", note: spread(ours)})
	b.add(figure{name: "written by hand, c = 32", value: median(theirs), unit: "req/s", note: spread(theirs)})
	b.add(figure{name: "ratio", value: median(ratios), unit: "×", limit: 0.7, atMin: true, note: spread(ratios)})
	return nil
}

// rate gives the requests a second of a server at 32 connections.
func (b *bench) rate(path string, args []string, body []byte) (float64, error) {
	p, _, err := b.start(path, args...)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	if _, err := load(b.ctx, p.addr, "/greet", body, 32, 500*time.Millisecond); err != nil {
		return 0, err
	}
	return load(b.ctx, p.addr, "/greet", body, 32, 2*time.Second)
}

// baseline is the server written by hand.
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
		json.NewEncoder(w).Encode(out{Message: "hello, " + v.Name})
	})
	return http.ListenAndServe(addr, mux)
}
