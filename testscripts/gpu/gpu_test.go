//go:build gpu

// Package gpu builds a server that reaches GPUs, starts it with a libnvidia-ml of devices
// that are not there, and has them fail. It takes gcc, tar, and Debian packages, and no GPU:
// none was ever seen by it.
package gpu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long anything is waited for: machines are slow while others work.
const patience = 2 * time.Minute

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr, cmd.Env = dir, &stderr, os.Environ()
	if state := os.Getenv("BENTOC_TEST_STATE"); state != "" {
		cmd.Env = append(cmd.Env, "BENTOC_STATE="+state)
	}
	cmd.Env = append(cmd.Env, "CI=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return strings.TrimSpace(string(out))
}

// unpacked unpacks the layers of the one image of an OCI layout.
func unpacked(t *testing.T, layout string) (root string) {
	t.Helper()
	root = t.TempDir()
	blob := func(digest string) string {
		return filepath.Join(layout, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))
	}
	type index struct {
		Manifests, Layers []struct{ Digest string }
	}
	read := func(path string) (i index) {
		data, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(data, &i)
		}
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	i := read(filepath.Join(layout, "index.json"))
	for len(i.Manifests) > 0 {
		i = read(blob(i.Manifests[0].Digest))
	}
	for _, l := range i.Layers {
		run(t, root, "tar", "-xf", blob(l.Digest))
	}
	return root
}

// server is one that runs.
type server struct {
	t   *testing.T
	mu  sync.Mutex
	log bytes.Buffer
	url string
}

func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

var listening = regexp.MustCompile(`listening addr=\S*:(\d+)`)

// start starts the server of an image, with its own loader and C library, and with the
// folder of a libnvidia-ml.
func start(t *testing.T, root, nvml string, env ...string) *server {
	t.Helper()
	s := &server{t: t}
	lib := filepath.Join(root, "opt/gpu/lib")
	cmd := exec.Command(filepath.Join(lib, "ld-linux-x86-64.so.2"), "--library-path", lib, filepath.Join(root, "server"), "--port", "0", "--host", "127.0.0.1")
	cmd.Env, cmd.Stdout, cmd.Stderr = append([]string{"LD_LIBRARY_PATH=" + nvml, "NVIDIA_VISIBLE_DEVICES=all", "BENTOC_ACCESS_LOG=0"}, env...), s, s
	if nvml != "" { // the loader's own option stands in the place of the variable
		cmd.Args[2] += ":" + nvml
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s.until("it listens", func() bool {
		m := listening.FindStringSubmatch(s.text())
		if m != nil {
			s.url = "http://127.0.0.1:" + m[1]
		}
		return m != nil
	})
	return s
}

func (s *server) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("it never was that %s:\n%s", what, s.text())
		}
	}
}

func (s *server) get(path string) (int, string) {
	s.t.Helper()
	return s.do(http.Get(s.url + path))
}

func (s *server) do(resp *http.Response, err error) (int, string) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.text())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// says wants the message of a step.
func (s *server) says(step, message string) {
	s.t.Helper()
	got := ""
	s.until(fmt.Sprintf("%s said %q", step, message), func() bool {
		_, got = s.do(http.Post(s.url+"/"+step, "application/json", strings.NewReader(`{"name": ""}`)))
		return strings.Contains(got, `"`+message+`"`)
	})
}

func (s *server) ready(path string, status int, says string) {
	s.t.Helper()
	s.until(fmt.Sprintf("%s said %d and %q", path, status, says), func() bool {
		got, body := s.get(path)
		return got == status && strings.Contains(body, says)
	})
}

func (s *server) shows(line string) {
	s.t.Helper()
	s.until("the metrics have "+line, func() bool {
		_, text := s.get("/metrics")
		return strings.Contains(text, line+"\n")
	})
}

func TestServerOnDevicesThatAreNotThere(t *testing.T) {
	dir := t.TempDir()
	bentoc := filepath.Join(dir, "bentoc")
	run(t, ".", "go", "build", "-o", bentoc, "bentoc.dev/cmd/bentoc")
	header := run(t, ".", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/NVIDIA/go-nvml")
	nvml := filepath.Join(dir, "nvml")
	if err := os.Mkdir(nvml, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, ".", "gcc", "-shared", "-fPIC", "-w", "-I", filepath.Join(header, "pkg/nvml"), "-o", filepath.Join(nvml, "libnvidia-ml.so.1"), "testdata/nvml.c")
	bento := filepath.Join(dir, "bento")
	if err := os.CopyFS(bento, os.DirFS("testdata/bento")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": "module example.com/gpus\n\ngo 1.26\n", "cue.mod/module.cue": "module: \"example.com/gpus@v0\"\nlanguage: version: \"v0.15.0\"\n"} {
		path := filepath.Join(bento, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	layout := filepath.Join(dir, "layout")
	first := run(t, bento, bentoc, "build", "--progress=quiet", "-o", "type=dir,dest="+layout, ".")
	if second := run(t, bento, bentoc, "build", "--progress=quiet", "--no-cache", "-o", "type=dir,dest="+filepath.Join(dir, "again"), "."); first != second {
		t.Errorf("built twice it is %s and %s", first, second)
	}
	root := unpacked(t, layout)

	t.Run("failing devices", func(t *testing.T) {
		faults := filepath.Join(dir, "faults")
		fails := func(device, xid int) {
			f, err := os.OpenFile(faults, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
			if err == nil {
				_, err = fmt.Fprintln(f, device, xid)
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = f.Close()
		}
		s := start(t, root, nvml, "FAKE_NVML_FAULTS="+faults)
		s.ready("/readyz", 200, "")
		s.says("one", "GPU-4;")
		s.says("two", "GPU-0,GPU-1 GPU-2,GPU-3;GPU-0,GPU-1,GPU-2,GPU-3,GPU-4,GPU-5,GPU-6")
		s.shows(`bentoc_gpu_temperature_celsius{gpu="GPU-3",index="3",name="Fake"} 63`)
		s.shows(`bentoc_gpu_throttled{gpu="GPU-1",index="1",name="Fake",reason="power"} 1`)
		s.shows(`bentoc_runner_gpu_memory_bytes{runner="one",gpu="GPU-4"} 4.294967296e+10`)
		if _, text := s.get("/metrics"); strings.Contains(text, `bentoc_gpu_utilization_ratio{gpu="GPU-7"`) {
			t.Error("a divided device tells no utilisation, and it is shown")
		}
		fails(4, 13) // a program's own mistake
		fails(4, 79)
		s.says("one", "GPU-4;GPU-5;")
		s.ready("/readyz/one", 200, "")
		s.shows(`bentoc_gpu_lost{gpu="GPU-4",index="4",name="Fake"} 1`)
		s.shows(`bentoc_gpu_power_watts{gpu="GPU-4",index="4",name="Fake"} NaN`)
		fails(0, 79) // no other two are joined: one instance is left
		s.shows(`bentoc_runner_gpu_lost{runner="two"} 1`)
		s.ready("/readyz/two", 200, "")
		fails(3, 48)
		s.ready("/readyz/two", 503, "runner two has no GPU any more")
		s.ready("/readyz", 503, "runner two")
		s.ready("/readyz/one", 200, "")
	})
	t.Run("too few", func(t *testing.T) {
		s := start(t, root, nvml, "FAKE_NVML_COUNT=4")
		s.ready("/readyz", 503, "did not open")
		for _, part := range []string{"asks for 2 GPUs joined by NVLink", "GPU-3, 80 GiB", "without a place", "allowOvercommit"} {
			s.until("the log has "+part, func() bool { return strings.Contains(s.text(), part) })
		}
	})
	t.Run("no library", func(t *testing.T) {
		s := start(t, root, "")
		s.ready("/readyz", 503, "did not open")
		s.until("the log has the cure", func() bool { return strings.Contains(s.text(), "580 or newer for CUDA 13") })
	})
	t.Run("left to the environment", func(t *testing.T) {
		s := start(t, root, nvml, "CUDA_VISIBLE_DEVICES=6")
		s.ready("/readyz", 200, "")
		s.says("two", ";6")
	})
}
