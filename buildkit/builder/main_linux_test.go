package builder_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/moby/buildkit/client"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/buildkittest"
	"bentoc.dev/buildkit/emit"
	"bentoc.dev/buildkit/export"
)

// jobEnv holds a job: then the test binary is a command that builds it.
const jobEnv = "BENTOC_TEST_JOB"

// TestMain lets the test binary play the builder process, process 1 of a step,
// and a command that builds.
func TestMain(m *testing.M) {
	if code, ok := builder.Dispatch(); ok {
		os.Exit(code)
	}
	if text := os.Getenv(jobEnv); text != "" {
		if err := doJob(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// job is a build that another process does.
type job struct {
	State, Store, Dest string
	Images             []emit.Image
	Umask              int // 0 leaves it
}

// doJob builds as `bentoc build` does. On stdout it tells "running" when a
// compiler runs, and at last the digest.
func doJob(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	if j.Umask != 0 {
		syscall.Umask(j.Umask)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b, err := builder.Open(ctx, builder.Options{State: j.State, Waiting: func(s string) { fmt.Println("waiting for", s) }})
	if err != nil {
		return err
	}
	defer b.Close()
	fmt.Println("open")
	var running sync.Once
	status := func(s *client.SolveStatus) {
		for _, v := range s.Vertexes {
			if strings.HasPrefix(v.Name, "compile ") && v.Started != nil && !v.Cached {
				running.Do(func() { fmt.Println("running") })
			}
		}
	}
	var res *builder.Result
	err = export.Write(ctx, []export.Output{{Type: export.OCI, Dest: j.Dest}}, "", func(open func() (io.WriteCloser, error)) (err error) {
		res, err = b.Solve(ctx, builder.Request{Images: j.Images, Store: j.Store, Output: open, Status: status})
		return err
	}, nil)
	if err != nil {
		return err
	}
	fmt.Println(res.Digest)
	return b.Close()
}

// process is a running job.
type process struct {
	*exec.Cmd
	lines *bufio.Scanner
	log   strings.Builder
	t     testing.TB
}

// start begins a job in a process of its own.
func start(t testing.TB, j job, env ...string) *process {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command("/proc/self/exe"), t: t}
	p.Env = append(append(os.Environ(), env...), jobEnv+"="+string(text))
	p.Stderr = &p.log
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// until reads what the process tells up to line.
func (p *process) until(line string) {
	p.t.Helper()
	for p.lines.Scan() {
		if p.lines.Text() == line {
			return
		}
	}
	p.Wait()
	p.t.Fatalf("the process ended before %q: %s", line, p.log.String())
}

// digest waits for the end of a job that must succeed.
func (p *process) digest() string {
	p.t.Helper()
	last := ""
	for p.lines.Scan() {
		last = p.lines.Text()
	}
	if err := p.Wait(); err != nil {
		p.t.Fatalf("building: %v\n%s", err, p.log.String())
	}
	if p.log.Len() > 0 {
		p.t.Errorf("messages on stderr: %s", p.log.String())
	}
	return last
}

// program is a package that no cache has seen when n is new. Compiling it takes a
// moment, in which others begin and end.
func program(n string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "package hello\n\nconst Name = %q\n", n)
	for i := range 600 {
		fmt.Fprintf(&text, "\nfunc F%d(list []int) (n int) {\n\tfor i, x := range list {\n\t\tn += x*i + len(Name)/(i+%d)\n\t}\n\treturn n\n}\n", i, i+1)
	}
	return text.String()
}

func newJob(t testing.TB, s *buildkittest.Store, state, text string) job {
	t.Helper()
	return job{State: state, Store: s.Dir, Dest: t.TempDir() + "/hello.oci.tar", Images: images(t, s.Hello(text))}
}
