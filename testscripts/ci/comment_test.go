//go:build ci

// Package ci runs what the GitHub Action and the GitLab template run, against an API on this
// machine that remembers what it is told. It takes bash, curl and jq.
package ci

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// comment is one below a pull request, as either API has it.
type comment struct {
	ID     int            `json:"id"`
	User   map[string]any `json:"user"`
	Author map[string]any `json:"author"`
	Body   string         `json:"body"`
}

// api is the server of either system.
type api struct {
	*httptest.Server
	mu       sync.Mutex
	comments []comment
	refuses  bool
	tokens   []string
}

const (
	me    = 7
	other = 8
)

// newAPI has a page and a half of comments of others, one of which looks like ours.
func newAPI(t *testing.T) *api {
	a := &api{}
	for i := range 150 {
		a.comments = append(a.comments, said(i+1, other, "somebody", fmt.Sprintf("comment %d \"quoted\" <b>", i)))
	}
	a.comments[3].Body = "<!-- bentoc diff of examples/ocr -->\nforged"
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func said(id, author int, login, body string) comment {
	return comment{ID: id, User: map[string]any{"login": login}, Author: map[string]any{"id": author}, Body: body}
}

// ServeHTTP knows the paths that the scripts ask for and nothing else.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens = append(a.tokens, r.Header.Get("Authorization")+r.Header.Get("PRIVATE-TOKEN"))
	body, _ := io.ReadAll(r.Body)
	text := ""
	if values, err := formOf(r, body); err == nil {
		text = values
	}
	const github, gitlab = "/repos/o/r/issues/", "/api/v4/projects/42/merge_requests/9/notes"
	switch {
	case a.refuses && r.Method != http.MethodGet:
		w.WriteHeader(http.StatusForbidden)
	case r.URL.Path == "/api/v4/user":
		json.NewEncoder(w).Encode(map[string]any{"id": me})
	case r.Method == http.MethodGet && (r.URL.Path == github+"9/comments" || r.URL.Path == gitlab):
		var page int
		fmt.Sscan(r.URL.Query().Get("page"), &page)
		from := min((page-1)*100, len(a.comments))
		json.NewEncoder(w).Encode(a.comments[from:min(from+100, len(a.comments))])
	case r.Method == http.MethodPost && (r.URL.Path == github+"9/comments" || r.URL.Path == gitlab):
		a.comments = append(a.comments, said(1000+len(a.comments), me, "github-actions[bot]", text))
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "{}")
	case r.Method == http.MethodPatch || r.Method == http.MethodPut:
		for i := range a.comments {
			if strings.HasSuffix(r.URL.Path, fmt.Sprintf("/%d", a.comments[i].ID)) {
				a.comments[i].Body = text
			}
		}
		io.WriteString(w, "{}")
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// formOf gives the body of a comment, sent as JSON or as a form.
func formOf(r *http.Request, body []byte) (string, error) {
	if r.Header.Get("Content-Type") == "application/json" {
		var c comment
		err := json.Unmarshal(body, &c)
		return c.Body, err
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	if err := r.ParseForm(); err != nil {
		return "", err
	}
	return r.PostForm.Get("body"), nil
}

func (a *api) mine() (bodies []string) {
	for _, c := range a.comments {
		if c.User["login"] == "github-actions[bot]" {
			bodies = append(bodies, c.Body)
		}
	}
	return bodies
}

// bentoc stands in for bentoc: it says how it was called and exits as it is told.
const bentoc = `#!/bin/sh
printf '%s\n' "$*" >>calls
case "$CODE" in 1|2|3) printf 'bentoc: error: <b>@you</b> ` + "`x`" + ` & more\n\nhint: x\n' >&2; exit "$CODE";; esac
case "$*" in
*--format=markdown*) printf '<!-- bentoc diff -->\n<p>%s</p>\n' "$REPORT"; exit "$CODE";;
*--format=json*) echo '{"version": 1}';;
*--format=github*) echo '::error::x';;
esac
`

// system is one of the two: how its script is run.
type system struct {
	name   string
	script func(t *testing.T) (shell, text string)
	env    func(a *api, dir string) []string
	token  string
}

var systems = []system{
	{"github", func(t *testing.T) (string, string) {
		return "bash", string(read(t, "../../.github/actions/diff/diff.sh"))
	}, func(a *api, dir string) []string {
		os.WriteFile(filepath.Join(dir, "event"), []byte(`{"pull_request": {"number": 9}}`), 0o644)
		return []string{"GITHUB_API_URL=" + a.URL, "GITHUB_REPOSITORY=o/r", "GITHUB_EVENT_PATH=" + dir + "/event", "GITHUB_OUTPUT=" + dir + "/output", "GITHUB_STEP_SUMMARY=" + dir + "/bentoc-diff.md",
			"TOKEN=secret", "AUTHOR=github-actions[bot]", "COMMENT=true", "ANNOTATIONS=true"}
	}, "Bearer secret"},
	{"gitlab", func(t *testing.T) (string, string) {
		var doc map[string]struct{ Script []string }
		if err := yaml.Unmarshal(read(t, "../../.gitlab/diff.yml"), &doc); err != nil {
			t.Fatal(err)
		}
		return "sh", strings.Join(doc[".bentoc-diff"].Script, "\n")
	}, func(a *api, dir string) []string {
		return []string{"CI_API_V4_URL=" + a.URL + "/api/v4", "CI_PROJECT_ID=42", "CI_MERGE_REQUEST_IID=9", "BENTOC_TOKEN=secret"}
	}, "secret"},
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// job runs the script once and gives its exit code, what it printed and the folder that it ran in.
func (s system) job(t *testing.T, a *api, code int, report string, env ...string) (int, string, string) {
	t.Helper()
	dir := t.TempDir()
	shell, text := s.script(t)
	for name, data := range map[string]string{"script": text, "bentoc": bentoc} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(shell, "script")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "BENTOC="+dir+"/bentoc", "BENTO_PATH=examples/ocr", "BENTO_OLD=", "FAIL_ON=breaking", "TAGS=a=b c\n\nprod", fmt.Sprintf("CODE=%d", code), "REPORT="+report, "TMPDIR="+dir, "RUNNER_TEMP="+dir), append(s.env(a, dir), env...)...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out), dir
}

func TestComment(t *testing.T) {
	for _, s := range systems {
		t.Run(s.name, func(t *testing.T) {
			a := newAPI(t)
			code, out, dir := s.job(t, a, 4, `first "quoted" & <b>`)
			if code != 4 || len(a.mine()) != 1 {
				t.Fatalf("exit code %d, %d comments\n%s", code, len(a.mine()), out)
			}
			if want := "<!-- bentoc diff of examples/ocr -->\n<!-- bentoc diff -->\n<p>first \"quoted\" & <b></p>"; strings.TrimSpace(a.mine()[0]) != want {
				t.Errorf("the comment is %q", a.mine()[0])
			}
			if calls := string(read(t, filepath.Join(dir, "calls"))); !strings.Contains(calls, "diff --format=markdown --fail-on=breaking --tag=a=b c --tag=prod -- path:examples/ocr\n") {
				t.Errorf("it was called\n%s", calls)
			}
			if code, out, _ := s.job(t, a, 0, "second"); code != 0 || len(a.mine()) != 1 || !strings.Contains(a.mine()[0], "second") {
				t.Errorf("the second run: exit code %d, %q\n%s", code, a.mine(), out)
			}
			if _, out, dir := s.job(t, newAPI(t), 0, "x", "BENTO_PATH=examples/...", "BENTO_OLD=git:main"); !strings.Contains(string(read(t, filepath.Join(dir, "calls"))), " -- git:main examples/...\n") {
				t.Errorf("of every bento below a folder it was called\n%s\n%s", read(t, filepath.Join(dir, "calls")), out)
			}
			code, out, _ = s.job(t, a, 3, "")
			if text := a.mine()[0]; code != 3 || strings.Contains(text, "second") || !strings.Contains(text, "could not compare (exit code 3)") || !strings.Contains(text, "&lt;b&gt;@you&lt;/b&gt; `x` &amp; more") {
				t.Errorf("a comparison that failed: exit code %d, %q\n%s", code, text, out)
			}
			s.job(t, a, 0, "of another bento", "BENTO_PATH=examples/hello")
			if len(a.mine()) != 2 {
				t.Errorf("two bentos have %d comments", len(a.mine()))
			}
			if a.comments[3].Body != "<!-- bentoc diff of examples/ocr -->\nforged" {
				t.Error("the comment of somebody else was changed")
			}
			for _, token := range a.tokens {
				if token != s.token {
					t.Errorf("asked with %q", token)
				}
			}
		})
	}
}

// TestRefused has an API that takes no comment: the report is there all the same, and the exit
// code is that of the comparison.
func TestRefused(t *testing.T) {
	for _, s := range systems {
		t.Run(s.name, func(t *testing.T) {
			a := newAPI(t)
			a.refuses = true
			for _, want := range []int{0, 4} {
				code, out, dir := s.job(t, a, want, "report")
				if code != want || !strings.Contains(out, "could not be written") || strings.Contains(out, "secret") {
					t.Errorf("exit code %d, want %d\n%s", code, want, out)
				}
				if text := string(read(t, filepath.Join(dir, "bentoc-diff.md"))); !strings.Contains(text, "report") {
					t.Errorf("the report is %q", text)
				}
			}
		})
	}
}

// TestArguments holds that what a workflow says is an argument, never a command.
func TestArguments(t *testing.T) {
	for _, s := range systems {
		t.Run(s.name, func(t *testing.T) {
			a := newAPI(t)
			evil := "$(touch pwned) `touch pwned`; touch pwned"
			_, out, dir := s.job(t, a, 0, "x", "BENTO_PATH="+evil, "BENTO_OLD="+evil, "TAGS="+evil, "FAIL_ON=never")
			if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
				t.Errorf("a command of an input was run\n%s", out)
			}
			if calls := string(read(t, filepath.Join(dir, "calls"))); !strings.Contains(calls, "-- "+evil+" path:"+evil) {
				t.Errorf("it was called\n%s", calls)
			}
			if len(a.mine()) != 1 {
				t.Errorf("%d comments\n%s", len(a.mine()), out)
			}
		})
	}
}
