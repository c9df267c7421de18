//go:build unix

package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"bentoc.dev/runtime/engine/gostep"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/server"
	"bentoc.dev/runtime/spec"
)

// serveEnv makes the test binary a server of the bento of that name: the tests
// of this file are about a whole process.
const serveEnv = "BENTOC_TEST_SERVE"

func TestMain(m *testing.M) {
	if name := os.Getenv(serveEnv); name != "" {
		os.Exit(server.Main(bentos[name]().build, rest.Routes))
	}
	os.Exit(m.Run())
}

// made is a bento and what it runs on.
type made struct {
	spec.Bento
	Runners []runner.Life
}

func (m made) build(set *runner.Set) spec.Bento {
	for _, r := range m.Runners {
		set.Add(r)
	}
	return m.Bento
}

// bentos are written by hand as the compiler generates them.
var bentos = map[string]func() made{
	"hello":    hello,
	"broken":   broken,
	"batched":  batched,
	"learning": learning,
	"pictures": pictures,
	"takesAll": takesAll,
	"strict": func() made {
		b := hello()
		b.RequiredEnv = []string{"PATH_TO_NOWHERE", "PATH", "TOKEN_OF_NOBODY"}
		return b
	},
	"slow": func() made {
		b := hello()
		b.Runners = append(b.Runners, runner.Life{Name: "slow", Open: func(ctx context.Context) error {
			fmt.Fprintln(os.Stderr, "runner slow opens")
			<-ctx.Done()
			return context.Cause(ctx)
		}})
		return b
	},
	"panicky": func() made {
		b := hello()
		b.Runners[1].Open = func(context.Context) error { panic("no weights") }
		b.Runners[0].Close = func(context.Context) error { panic("cannot close") }
		return b
	},
	"leaving": func() made {
		b := hello()
		b.Runners[0].Close = func(context.Context) error { runtime.Goexit(); return nil }
		b.Runners[1].Open = func(context.Context) error { runtime.Goexit(); return nil }
		return b
	},
	"nil": func() made {
		b := hello()
		b.Runners[1].Open = gostep.Hook(func(context.Context) error { return (*noWeights)(nil) })
		return b
	},
	"future": func() made { return made{Bento: spec.Bento{Version: spec.Version + 1}} },
}

type greeting struct {
	Name string `json:"name"`
	// Wait is how long the step takes; Deaf is whether it ignores its context.
	Wait time.Duration `json:"wait"`
	// Until is a file that the step waits for before.
	Until string `json:"until"`
	Deaf  bool   `json:"deaf"`
}

// hello greets by a graph of one node.
// noWeights is an error whose method does not heed nil.
type noWeights struct{ name string }

func (e *noWeights) Error() string { return e.name }

func hello() made {
	g := graph.New(spec.Graph{
		Name: "greet",
		Nodes: []spec.Node{{Name: "greet", Kind: "call", Run: func(ctx context.Context, in any, _ []any) (any, error) {
			return greet(ctx, in.(greeting))
		}}},
		Output: func(_ any, out []any) (any, error) { return out[0], nil },
	})
	return made{Bento: spec.Bento{
		Version: spec.Version, Name: "hello", Digest: "sha256:0123",
		Services: []spec.Service{{Name: "hello", Timeout: 20 * time.Second, MaxConcurrency: 64, Endpoints: []spec.Endpoint{{
			Name: "greet", Route: "/greet", In: greetingType, Out: textType, Handle: spec.Once(g.Run),
		}}}},
		Documents: []spec.Document{
			{Path: "/schema.json", ContentType: "application/json", Data: []byte(`{"name":"hello","type":"service","routes":[]}`)},
			{Path: "/docs.json", ContentType: "application/json", Data: []byte(`{"openapi":"3.1.0"}`)},
		},
	}, Runners: []runner.Life{traceRunner("first"), traceRunner("second")}}
}

// traceRunner says on standard error what is done with it.
func traceRunner(name string) runner.Life {
	say := func(what string) func(context.Context) error {
		return func(context.Context) error {
			_, err := fmt.Fprintln(os.Stderr, "runner", name, what)
			return err
		}
	}
	return runner.Life{Name: name, Engine: "go", Open: say("opened"), Close: say("closed")}
}

func broken() made {
	b := hello()
	b.Runners = append(b.Runners, runner.Life{Name: "det", Model: "lines", Engine: "onnx",
		Open: func(context.Context) error { return errors.New("the model is cut short") }}, traceRunner("third"))
	return b
}

func greet(ctx context.Context, in greeting) (string, error) {
	done := ctx.Done()
	if in.Deaf {
		done = nil
	}
	for in.Until != "" && ctx.Err() == nil {
		if _, err := os.Stat(in.Until); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	select {
	case <-time.After(in.Wait):
		return "hello " + in.Name, nil
	case <-done:
		return "", context.Cause(ctx)
	}
}

var (
	greetingType = spec.Type{JSON: spec.Format{Decode: decodeGreeting}}
	textType     = spec.Type{JSON: spec.Format{Encode: encodeText}}
)

func decodeGreeting(r *spec.Source) (any, error) {
	var in greeting
	if len(r.Body) == 0 {
		return in, nil
	}
	if err := json.Unmarshal(r.Body, &in); err != nil {
		return nil, &spec.InputError{Status: 400, Message: "malformed JSON"}
	}
	return in, nil
}

func encodeText(out any) (spec.Payload, error) {
	b, err := json.Marshal(map[string]any{"text": out})
	return spec.Payload{ContentType: "application/json", Body: b}, err
}

// long bounds waits for what happens at once on a machine that has nothing else to do.
const long = 2 * time.Minute

// child is a server in a process of its own.
type child struct {
	t     *testing.T
	cmd   *exec.Cmd
	base  string // URL
	start time.Time
	mu    sync.Mutex
	log   bytes.Buffer
	lines chan string
}

var listening = regexp.MustCompile(`listening\b.*\baddr(?:=|":")\S*?:(\d+)["\s]`)

// serve starts a server and waits until it listens.
func serve(t *testing.T, bento string, env ...string) *child {
	t.Helper()
	c := &child{t: t, lines: make(chan string, 1000)}
	c.cmd = exec.Command(os.Args[0], "--port", "0", "--host", "127.0.0.1")
	c.cmd.Env = append([]string{serveEnv + "=" + bento}, env...)
	stderr, err := c.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.start = time.Now()
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill(); _ = c.cmd.Wait() })
	go c.read(stderr)
	c.base = "http://127.0.0.1:" + c.waitFor(listening)[1]
	return c
}

func (c *child) read(r io.Reader) {
	defer close(c.lines)
	s := bufio.NewScanner(r)
	for s.Scan() {
		c.mu.Lock()
		c.log.WriteString(s.Text() + "\n")
		c.mu.Unlock()
		c.lines <- s.Text()
	}
}

func (c *child) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log.String()
}

// waitFor waits for a line of the log.
func (c *child) waitFor(re *regexp.Regexp) []string {
	c.t.Helper()
	late := time.After(long)
	for {
		select {
		case line, ok := <-c.lines:
			if m := re.FindStringSubmatch(line); m != nil {
				return m
			}
			if !ok {
				c.t.Fatalf("the server ended before it wrote %v:\n%s", re, c.text())
			}
		case <-late:
			c.t.Fatalf("the server did not write %v:\n%s", re, c.text())
		}
	}
}

// exit waits for the end and gives the exit code and the rest of the log.
func (c *child) exit() int {
	c.t.Helper()
	for range c.lines {
	}
	err := c.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return c.cmd.ProcessState.ExitCode()
}

func (c *child) signal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// client does not keep connections, so that no test serves another's.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func (c *child) get(path string) (int, string, error) {
	resp, err := client.Get(c.base + path)
	return answer(resp, err)
}

func (c *child) post(path, body string) (int, string, error) {
	resp, err := client.Post(c.base+path, "application/json", strings.NewReader(body))
	return answer(resp, err)
}

func answer(resp *http.Response, err error) (int, string, error) {
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// want checks an answer.
func (c *child) want(code int, body string) func(int, string, error) {
	return func(gotCode int, gotBody string, err error) {
		c.t.Helper()
		if err != nil || gotCode != code || gotBody != body {
			c.t.Errorf("got %d %q %v, want %d %q\nlog:\n%s", gotCode, gotBody, err, code, body, c.text())
		}
	}
}

// run runs a server to its end and gives its exit code and all it wrote.
func run(t *testing.T, bento string, args ...string) (int, string) {
	t.Helper()
	return runWith(t, bento, nil, args...)
}

func runWith(t *testing.T, bento string, env []string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append([]string{serveEnv + "=" + bento, "PATH=/bin"}, env...)
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// untilMetric waits until a metric has a value.
func (c *child) untilMetric(name, value string) {
	c.t.Helper()
	for end := time.Now().Add(long); time.Now().Before(end); {
		_, text, err := c.get("/metrics")
		if err != nil {
			c.t.Fatal(err)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, name) && strings.HasSuffix(line, " "+value+"\n") {
				return
			}
		}
	}
	c.t.Fatalf("%s does not become %s", name, value)
}
