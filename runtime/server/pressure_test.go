package server

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
)

// What the kernel keeps of files counts as free, in both versions of cgroups.
func TestCgroupUsed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		files map[string]string
		want  int64
		ok    bool
	}{
		"v2":         {map[string]string{"memory.current": "1000\n", "memory.stat": "anon 500\nfile 400\ninactive_file 300\nactive_file 100\n"}, 700, true},
		"v1":         {map[string]string{"memory/memory.usage_in_bytes": "1000\n", "memory/memory.stat": "inactive_file 1\ntotal_inactive_file 250\n"}, 750, true},
		"no stat":    {map[string]string{"memory.current": "1000"}, 1000, true},
		"odd":        {map[string]string{"memory.current": "10", "memory.stat": "inactive_file 300\n"}, 0, true},
		"no number":  {map[string]string{"memory.current": "max"}, 0, false},
		"not there":  {nil, 0, false},
		"other stat": {map[string]string{"memory.current": "10", "memory.stat": "inactive_file\n\ninactive_file x\n"}, 10, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range tc.files {
				file = filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got, ok := cgroupUsed(dir); got != tc.want || ok != tc.ok {
				t.Errorf("got %d %v, want %d %v", got, ok, tc.want, tc.ok)
			}
		})
	}
}

// Changes that come fast fill no log, and the next line that is written counts them.
func TestChangesAreLoggedSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		m := &memory{shortage: shortage{log: slog.New(slog.NewTextHandler(&log, nil))}}
		for range 1000 {
			m.Changed(admit.Calm, admit.Shrink, 0.96)
			m.Changed(admit.Shrink, admit.Calm, 0.8)
			time.Sleep(time.Second)
		}
		if n := strings.Count(log.String(), "\n"); n < 200 || n > 210 {
			t.Errorf("%d lines in 1000 seconds", n)
		}
		if !strings.Contains(log.String(), "grade=shrink was=calm used=96.0% changes_not_logged=9") {
			t.Errorf("got %.2000s", log.String())
		}
	})
}

// A process whose models take more than was declared is calm with them, and no more where
// it grows by as much as requests may.
func TestModelsBeyondWhatIsDeclared(t *testing.T) {
	t.Parallel()
	m := newMemory(1<<20, func(string) (string, bool) { return "", false }, func() int64 { return 0 })
	m.settle(slog.New(slog.DiscardHandler))
	if used := m.used(); used > 0.9 {
		t.Errorf("%v of its memory is used at the start", used)
	}
	free := newMemory(0, func(string) (string, bool) { return "", false }, func() int64 { return 0 })
	if used := free.used(); used != 0 {
		t.Errorf("%v of no limit", used)
	}
}
