//go:build unix

package server_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// When the server is ready the log says what it serves, with what, and how much of it.
func TestStartPage(t *testing.T) {
	t.Parallel()
	c := serve(t, "learning", "BENTOC_MEMORY=512Mi", "GOMAXPROCS=3", "BENTOC_SHUTDOWN_DELAY=2s")
	c.waitFor(regexp.MustCompile(`\] ready `))
	for _, want := range []string{
		`(?m)^    POST /\S+ +timeout \S+, body up to 32Mi$`,
		`(?m)^    runner first +go$`, `(?m)^    runner rec +1 instance, batches of up to 4$`,
		`(?m)^    process +3 cores, 512Mi of memory$`,
		`(?m)^    stop +serves on for 2s, then requests have 25s, all of it 30s$`,
		`(?m)^    local socket +none \(BENTOC_DEBUG_SOCKET\)$`,
	} {
		if !regexp.MustCompile(want).MatchString(c.text()) {
			t.Errorf("no %s in\n%s", want, c.text())
		}
	}
	c.signal(syscall.SIGTERM)
	c.waitFor(regexp.MustCompile(`stopping signal=terminated`)) // two signals at once are one
	c.signal(syscall.SIGTERM)
	c.exit()

	// As JSON it is one line.
	c = serve(t, "hello", "BENTOC_LOG=json")
	line := c.waitFor(regexp.MustCompile(`.*"msg":"serving".*`))[0]
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	if got["POST /greet"] != "timeout 20s, body up to 32Mi" || got["service hello"] != "64 requests at a time" || !strings.HasPrefix(got["runner first"].(string), "go") {
		t.Errorf("%v", got)
	}
}
