package progress_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"

	"bentoc.dev/buildkit/progress"
)

// play is a build of one compiled, one cached and one failed step.
func play(t *testing.T, mode string) (string, progress.Summary) {
	t.Helper()
	var out bytes.Buffer
	d, err := progress.New(&out, mode, "building hello")
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Unix(1000, 0)
	later := begin.Add(2 * time.Second)
	src := digest.FromString("src")
	vertex := func(name string, cached bool, fault string) *client.Vertex {
		return &client.Vertex{Digest: digest.FromString(name), Name: name, Inputs: []digest.Digest{src}, Started: &begin, Completed: &later, Cached: cached, Error: fault}
	}
	d.Update(&client.SolveStatus{Vertexes: []*client.Vertex{{Digest: src, Name: "the toolchain", Started: &begin, Completed: &begin}, vertex("compile", false, "")}})
	d.Update(&client.SolveStatus{Vertexes: []*client.Vertex{vertex("copy", true, ""), vertex("merge", false, "broken")},
		Logs: []*client.VertexLog{{Vertex: digest.FromString("compile"), Data: []byte("a message\n"), Timestamp: begin}}})
	for range 2 {
		if err := d.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String(), d.Summary()
}

func TestDisplay_Modes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"auto", "plain"} {
		out, _ := play(t, mode)
		for _, want := range []string{"building hello", "compile", "a message", "CACHED", "ERROR: broken"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", mode, want, out)
			}
		}
	}
	if out, _ := play(t, "quiet"); out != "" {
		t.Errorf("quiet: %s", out)
	}
	out, _ := play(t, "rawjson")
	for line := range strings.Lines(out) {
		if !json.Valid([]byte(line)) {
			t.Errorf("rawjson: %s", line)
		}
	}
}

func TestDisplay_Summary(t *testing.T) {
	t.Parallel()
	_, s := play(t, "quiet")
	if len(s.Steps) != 3 || s.Cached() != 1 || s.Took != 2*time.Second {
		t.Fatalf("summary %+v", s)
	}
	if st := s.Steps[0]; st.Name != "compile" || st.Took != 2*time.Second || st.Cached || st.Failed {
		t.Errorf("step %+v", st)
	}
	if !s.Steps[1].Cached || !s.Steps[2].Failed {
		t.Errorf("steps %+v", s.Steps)
	}
}

func TestNew_UnknownMode(t *testing.T) {
	t.Parallel()
	_, err := progress.New(nil, "loud", "")
	if want := `unknown progress mode "loud": it is one of auto, tty, plain, rawjson, quiet`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
