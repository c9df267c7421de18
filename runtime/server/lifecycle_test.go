//go:build unix

package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReadyAndIdle(t *testing.T) {
	c := serve(t, "hello")
	for {
		code, _, err := c.get("/readyz")
		if err != nil {
			t.Fatal(err)
		}
		if code == 200 {
			break
		}
	}
	t.Logf("ready %v after exec", time.Since(c.start))
	c.want(200, `{"text":"hello Ada"}`)(c.post("/greet", `{"name":"Ada"}`))
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid)); err == nil { // on Linux
		t.Logf("idle %s", regexp.MustCompile(`VmRSS.*`).Find(status))
	}
	c.signal(syscall.SIGTERM)
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, c.text())
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	c := serve(t, "hello")
	c.waitFor(regexp.MustCompile(`\] ready `))
	answers, release := make(chan error, 4), filepath.Join(t.TempDir(), "release")
	for i := range 4 {
		go func() {
			code, body, err := c.post("/greet", fmt.Sprintf(`{"name":"n%d","until":%q}`, i, release))
			if err == nil && (code != 200 || body != fmt.Sprintf(`{"text":"hello n%d"}`, i)) {
				err = fmt.Errorf("%d %s", code, body)
			}
			answers <- err
		}()
	}
	c.untilMetric(`bentoml_service_request_in_progress{endpoint="/greet"`, "4")
	begin := time.Now()
	c.signal(syscall.SIGTERM)
	c.waitFor(regexp.MustCompile(`draining inflight=4`))
	c.want(503, "the server is stopping\n")(c.get("/readyz"))
	c.want(503, "the server is stopping\n")(c.get("/readyz/first"))
	c.want(404, "{\"error\":\"nothing is served at /readyz/: did you mean /readyz\"}\n")(c.get("/readyz/"))
	t.Logf("/readyz says 503 %v after SIGTERM", time.Since(begin))
	c.want(200, "\n")(c.get("/livez"))
	c.want(503, `{"error":"the server is stopping"}`+"\n")(c.post("/greet", `{}`))
	if err := os.WriteFile(release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if err := <-answers; err != nil {
			t.Errorf("a request in flight: %v", err)
		}
	}
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	t.Logf("ended %v after SIGTERM", time.Since(begin))
	if !strings.Contains(c.text(), "runner first opened\nrunner second opened\n") || !strings.Contains(c.text(), "runner second closed\nrunner first closed\n") {
		t.Errorf("runners were not opened in order and closed in reverse:\n%s", c.text())
	}
}

func TestDrainIsBounded(t *testing.T) {
	t.Parallel()
	c := serve(t, "hello", "BENTOC_DRAIN_TIMEOUT=100ms")
	c.waitFor(regexp.MustCompile(`\] ready `))
	answered := make(chan string, 1)
	go func() {
		code, body, err := c.post("/greet", fmt.Sprintf(`{"wait":%d}`, time.Minute))
		answered <- fmt.Sprint(code, " ", body, err)
	}()
	c.untilMetric(`bentoml_service_request_in_progress{endpoint="/greet"`, "1")
	begin := time.Now()
	c.signal(os.Interrupt)
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(begin); took > long/2 {
		t.Errorf("ended after %v", took)
	}
	if got := <-answered; got != "503 {\"error\":\"the server is stopping\"}\n<nil>" {
		t.Errorf("the request was told %s", got)
	}
}

func TestSecondSignal(t *testing.T) {
	t.Parallel()
	c := serve(t, "hello")
	c.waitFor(regexp.MustCompile(`\] ready `))
	go func() { _, _, _ = c.post("/greet", fmt.Sprintf(`{"wait":%d,"deaf":true}`, time.Minute)) }()
	c.untilMetric(`bentoml_service_request_in_progress{endpoint="/greet"`, "1")
	c.signal(syscall.SIGTERM)
	c.waitFor(regexp.MustCompile(`stopping signal=terminated`))
	c.signal(syscall.SIGTERM)
	if code := c.exit(); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

// A load balancer holds connections and learns by the next health check that the
// server leaves: till then what it sends, on them and on new ones, is served.
func TestIdleConnectionsLiveUntilTheDelayHasPassed(t *testing.T) {
	t.Parallel()
	const delay = 3 * time.Second
	c := serve(t, "hello", "BENTOC_SHUTDOWN_DELAY="+delay.String())
	c.waitFor(regexp.MustCompile(`\] ready `))
	const post = "POST /greet HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{\"name\":\"Ada\"}"
	type client struct {
		net.Conn
		r *bufio.Reader
	}
	ask := func(c client, wantClose bool) {
		t.Helper()
		if _, err := io.WriteString(c, post); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || resp.Close != wantClose {
			t.Errorf("%d %s %v, close %t, want %t", resp.StatusCode, b, err, resp.Close, wantClose)
		}
	}
	var clients []client
	for range 3 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		clients = append(clients, client{conn, bufio.NewReader(conn)})
		ask(clients[len(clients)-1], false)
	}
	begin := time.Now()
	c.signal(syscall.SIGTERM)
	c.waitFor(regexp.MustCompile(`stopping signal=terminated`))
	ask(clients[0], true)
	c.want(503, "the server is stopping\n")(c.get("/readyz"))
	c.want(200, `{"text":"hello late"}`)(c.post("/greet", `{"name":"late"}`))
	time.Sleep(delay / 3)
	ask(clients[1], true)
	// Nobody used this one: it is closed, without an answer, when the delay is over.
	if b, err := clients[2].r.ReadByte(); !errors.Is(err, io.EOF) || time.Since(begin) < delay {
		t.Errorf("after %v came %q, %v", time.Since(begin), b, err)
	}
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestRunnerThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	c := serve(t, "broken")
	c.waitFor(regexp.MustCompile(`\[ERROR\].*opening runner \\"det\\": the model is cut short`))
	c.want(503, "runner \"det\" (model lines) did not open: see the log\n")(c.get("/readyz"))
	c.want(503, "runner \"det\" (model lines) did not open: see the log\n")(c.get("/readyz/det"))
	c.want(200, "\n")(c.get("/readyz/first"))
	c.want(503, "runner \"third\" was not opened, as runner \"det\" (model lines) did not open\n")(c.get("/readyz/third"))
	c.want(404, "{\"error\":\"nothing is served at /readyz/fourth: see /schema.json\"}\n")(c.get("/readyz/fourth"))
	c.want(200, "\n")(c.get("/livez"))
	c.want(503, `{"error":"the server is not ready: see /readyz"}`+"\n")(c.post("/greet", `{}`))
	c.signal(syscall.SIGTERM)
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(c.text(), "third") || !strings.Contains(c.text(), "runner second closed\nrunner first closed\n") {
		t.Errorf("log:\n%s", c.text())
	}
}

func TestSignalWhileOpening(t *testing.T) {
	t.Parallel()
	c := serve(t, "slow")
	c.waitFor(regexp.MustCompile("runner slow opens"))
	c.want(503, "opening runner \"slow\"\n")(c.get("/readyz"))
	c.want(503, "opening runner \"slow\"\n")(c.get("/readyz/slow"))
	c.want(200, "\n")(c.get("/readyz/first"))
	c.signal(syscall.SIGTERM)
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(c.text(), "[ERROR]") || !strings.Contains(c.text(), "runner second closed\nrunner first closed\n") {
		t.Errorf("log:\n%s", c.text())
	}
}

func TestRunnersThatPanic(t *testing.T) {
	t.Parallel()
	c := serve(t, "panicky")
	c.waitFor(regexp.MustCompile(`not ready, and will not be`))
	c.want(503, "runner \"second\" did not open: see the log\n")(c.get("/readyz"))
	c.signal(syscall.SIGTERM)
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{`opening runner "second": panic: no weights`, "server_test.init", "runner did not close runner=first", "panic: cannot close"} {
		if !strings.Contains(c.text(), want) {
			t.Errorf("the log lacks %q:\n%s", want, c.text())
		}
	}
}

func TestRunnersThatDoNotComeBack(t *testing.T) {
	t.Parallel()
	for bento, wants := range map[string][]string{
		"leaving": {`opening runner "second": the step ended its goroutine with runtime.Goexit`, "runner did not close runner=first", "server_test.init"},
		"nil":     {`opening runner "second": the step returned a nil *server_test.noWeights as its error`, "runtime/debug.Stack"},
	} {
		c := serve(t, bento)
		c.waitFor(regexp.MustCompile(`not ready, and will not be`))
		c.want(503, "runner \"second\" did not open: see the log\n")(c.get("/readyz"))
		c.signal(syscall.SIGTERM)
		begin := time.Now()
		if code := c.exit(); code != 0 || time.Since(begin) > long/2 {
			t.Errorf("%s: exit code %d after %v", bento, code, time.Since(begin))
		}
		for _, want := range wants {
			if !strings.Contains(c.text(), want) {
				t.Errorf("%s: the log lacks %q:\n%s", bento, want, c.text())
			}
		}
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	for bento, want := range map[string]string{"hello": "", "broken": "bentoc: error: not ready: runner \"det\" (model lines) did not open: see the log\n"} {
		c := serve(t, bento)
		c.waitFor(regexp.MustCompile(`ready`))
		code, out := run(t, bento, "--healthcheck", "--host=127.0.0.1", "--port="+c.base[strings.LastIndexByte(c.base, ':')+1:])
		if out != want || (code == 0) != (want == "") {
			t.Errorf("%s: %d %q", bento, code, out)
		}
		c.signal(syscall.SIGTERM)
		c.exit()
	}
	if code, out := run(t, "hello", "--healthcheck", "--host=127.0.0.1", "--port=1"); code != 1 || !strings.Contains(out, "refused") {
		t.Errorf("nobody there: %d %q", code, out)
	}
}

func TestOtherEnds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		bento string
		args  []string
		code  int
		out   string
	}{
		{"hello", []string{"--version"}, 0, "hello sha256:0123\n"},
		{"hello", []string{"--nonsense"}, 2, "bentoc: error: flag provided but not defined: -nonsense\n"},
		{"strict", nil, 1, "bentoc: error: environment variables PATH_TO_NOWHERE, TOKEN_OF_NOBODY are required but not set\n"},
		{"future", nil, 1, "bentoc: error: the server was generated for version 3 of the runtime's contract, and this runtime has 2\n"},
		{"hello", []string{"--host", "256.256.256.256"}, 1, "bentoc: error: listening: "},
		{"hello", []string{"--help"}, 0, "usage: server "},
		{"hello", []string{"--print-spec"}, 0, "{\n  \"version\": 2,\n  \"name\": \"hello\",\n"},
	} {
		if code, out := run(t, tc.bento, tc.args...); code != tc.code || !strings.HasPrefix(out, tc.out) {
			t.Errorf("%s %v: %d %q", tc.bento, tc.args, code, out)
		}
	}
}
