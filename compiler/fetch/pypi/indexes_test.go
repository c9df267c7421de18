package pypi

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
	"bentoc.dev/compiler/store"
)

// placesOf gives the places that wheels are looked for in, as text: those of one
// place parted by spaces, places by arrows.
func placesOf(t *testing.T, c *Client) string {
	t.Helper()
	x, err := c.wheelIndex()
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, place := range x.(wheelIndexes).places {
		s, ok := place.(simpleIndexes)
		if !ok {
			all = append(all, "pip")
			continue
		}
		var urls []string
		for _, u := range s.indexes {
			urls = append(urls, u.String())
		}
		all = append(all, strings.Join(urls, " "))
	}
	return strings.Join(all, " > ")
}

// TestIndexSettings has what pip and uv document of their settings: which file
// counts over which, sections over sections, variables over files.
func TestIndexSettings(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("pip/pip.conf", "[global]\nextra-index-url = https://system.example\n") // below XDG_CONFIG_DIRS
	write(".pip/pip.conf", "[global]\nindex-url = https://old.example/simple\n[list]\nindex-url = https://no.example\n[download]\nindex-url = https://no.example\n")
	write(".config/pip/pip.conf", "# mine\n[global]\nindex-url: https://user.example/simple/\nextra-index-url =\n    https://a.example/simple\n    https://b.example/x\n")
	own := write("own.conf", "[install]\nindex_url=https://own.example/pypi\n[global]\nindex-url = https://later.example\n")
	venv := filepath.Dir(write("venv/pip.conf", "[install]\n--extra-index-url = https://venv.example\n"))
	links := write("links.conf", "[global]\nindex-url = https://i.example\nfind-links = /wheels\n")
	const user = "https://user.example/simple/ https://a.example/simple/ https://b.example/x/"
	for _, test := range []struct{ env, want string }{
		{"", user},
		{"PIP_CONFIG_FILE=" + own, "https://own.example/pypi/ https://system.example/"},
		{"PIP_CONFIG_FILE=/none", user},
		{"VIRTUAL_ENV=" + venv, "https://user.example/simple/ https://venv.example/"},
		{"PIP_INDEX_URL=https://env.example/s", "https://env.example/s/ https://a.example/simple/ https://b.example/x/"},
		{"PIP_EXTRA_INDEX_URL=https://env.example/s", "https://user.example/simple/ https://env.example/s/"},
		{"PIP_CONFIG_FILE=" + os.DevNull, "pip"},
		{"PIP_NO_INDEX=1", "pip"},
		{"PIP_CONFIG_FILE=" + links, "https://i.example/ https://system.example/ file:///wheels"},
		{"PIP_FIND_LINKS=~/wheels https://l.example/page.html", user + " file://" + home + "/wheels https://l.example/page.html"},
		{"PIP_FIND_LINKS=/wheels PIP_CONFIG_FILE=" + os.DevNull, "pip"},
		{"UV_DEFAULT_INDEX=https://d.example UV_INDEX=https://one.example corp=https://two.example", "https://one.example/ > https://two.example/ > https://d.example/ https://a.example/simple/ https://b.example/x/"},
		{"UV_INDEX_URL=https://d.example UV_EXTRA_INDEX_URL=https://one.example UV_INDEX=https://first.example PIP_CONFIG_FILE=" + os.DevNull, "https://first.example/ > https://one.example/ > https://d.example/"},
		{"UV_INDEX=https://one.example PIP_CONFIG_FILE=" + os.DevNull, "https://one.example/ > pip"},
		{"UV_INDEX=https://one.example UV_NO_INDEX=1", user},
		{"UV_INDEX=my-corp=https://one.example UV_INDEX_MY_CORP_USERNAME=me UV_INDEX_MY_CORP_PASSWORD=s3cret", "https://me:s3cret@one.example/ > " + user},
		{"UV_INDEX_STRATEGY=best", "reading UV_INDEX_STRATEGY: best is not one of first-index, unsafe-first-match, unsafe-best-match"},
	} {
		env := []string{"HOME=" + home, "XDG_CONFIG_DIRS=" + home}
		for word := range strings.FieldsSeq(test.env) { // a word without a variable belongs to the one before
			if name, _, _ := strings.Cut(word, "="); strings.ToUpper(name) == name && strings.Contains(name, "_") {
				env = append(env, word)
			} else {
				env[len(env)-1] += " " + word
			}
		}
		if got := placesOf(t, newClient(t, env...)); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.env, got, test.want)
		}
	}
	for _, bad := range []string{"ftp://x", "https://me:pass@[bad", "nowhere"} {
		if got := placesOf(t, newClient(t, "PIP_INDEX_URL="+bad)); !strings.Contains(got, "reading the URL") || strings.Contains(got, "pass@") {
			t.Errorf("%s: %v", bad, got)
		}
	}
}

// TestWhichIndexWins has a project on a private index and, put there by somebody
// else, on a public one.
func TestWhichIndexWins(t *testing.T) {
	t.Parallel()
	wheel := func(text string) []byte { return pypitest.Wheel(t, map[string]string{"p/a": text}) }
	private, public := pypitest.NewIndex(t), pypitest.NewIndex(t)
	const file = "p-1.0-py3-none-any.whl"
	private.Add("p", file, wheel("ours"), "")
	public.Add("p", file, wheel("theirs"), "")
	public.Add("p", "p-1.0-1-py3-none-any.whl", wheel("theirs, of a later build"), "")
	public.Add("p", "p-2.0-py3-none-any.whl", wheel("theirs, newer"), "")
	public.Add("q", "q-1.0-py3-none-any.whl", wheel("q"), "")
	folder := t.TempDir()
	for name, data := range map[string][]byte{"q-3.0-py3-none-any.whl": wheel("q of a folder"), file: wheel("ours"), "notes.txt": nil} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []*pypitest.Index{private, public} {
		x.Add("r", "r-1.0-py3-none-any.whl", wheel("r"), "")
	}
	for _, test := range []struct{ env, project, version, want string }{
		{"UV_DEFAULT_INDEX=PUBLIC UV_INDEX=PRIVATE", "p", "1.0", "ours"},
		{"UV_INDEX_URL=PUBLIC UV_EXTRA_INDEX_URL=PRIVATE", "p", "1.0", "ours"},
		{"PIP_INDEX_URL=PUBLIC UV_INDEX=PRIVATE", "p", "1.0", "ours"},
		{"UV_DEFAULT_INDEX=PUBLIC UV_INDEX=PRIVATE", "q", "1.0", "q"},
		{"UV_DEFAULT_INDEX=PUBLIC UV_INDEX=PRIVATE", "p", "2.0", "p has no version 2.0"},
		{"UV_DEFAULT_INDEX=PUBLIC UV_INDEX=PRIVATE UV_INDEX_STRATEGY=unsafe-first-match", "p", "2.0", "theirs, newer"},
		{"UV_DEFAULT_INDEX=PUBLIC UV_INDEX=PRIVATE UV_INDEX_STRATEGY=unsafe-best-match", "p", "1.0", "ours"},
		{"PIP_INDEX_URL=PUBLIC PIP_EXTRA_INDEX_URL=PRIVATE", "p", "1.0", "two indexes have other files"},
		{"PIP_INDEX_URL=PRIVATE PIP_EXTRA_INDEX_URL=PUBLIC", "p", "1.0", "two indexes have other files"},
		{"PIP_INDEX_URL=PRIVATE PIP_EXTRA_INDEX_URL=PUBLIC", "p", "2.0", "theirs, newer"},
		{"PIP_INDEX_URL=PRIVATE PIP_EXTRA_INDEX_URL=PUBLIC", "q", "1.0", "q"},
		{"PIP_INDEX_URL=PRIVATE PIP_EXTRA_INDEX_URL=PUBLIC", "r", "1.0", "r"},
		{"PIP_INDEX_URL=PRIVATE PIP_EXTRA_INDEX_URL=PUBLIC", "s", "1.0", "has no project s"},
		{"PIP_INDEX_URL=PRIVATE PIP_FIND_LINKS=FOLDER", "p", "1.0", "ours"},
		{"PIP_INDEX_URL=PUBLIC PIP_FIND_LINKS=FOLDER", "p", "1.0", "two indexes have other files"},
		{"PIP_INDEX_URL=PUBLIC PIP_FIND_LINKS=FOLDER/none", "q", "1.0", "q"},
	} {
		env := strings.Fields(strings.NewReplacer("PUBLIC", public.URL(), "PRIVATE", private.URL(), "FOLDER", folder).Replace(test.env))
		c := newClient(t, env...)
		w, err := c.Find(t.Context(), test.project, test.version, "linux/amd64")
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %s %s: %v", test.env, test.project, test.version, err)
			}
			continue
		}
		if w.SHA256 != store.DigestOf(wheel(test.want)) {
			t.Errorf("%s: %s %s: another wheel than that of %q", test.env, test.project, test.version, test.want)
		}
		// Locked, it is found wherever it is.
		again := newClient(t, "PIP_INDEX_URL="+public.URL(), "PIP_EXTRA_INDEX_URL=http://127.0.0.1:1", "UV_INDEX="+private.URL())
		if _, err := again.Fetch(t.Context(), w); err != nil {
			t.Errorf("%s: locked: %v", test.env, err)
		}
	}
}

// TestFolderOfWheels has a wheel in a folder alone, which pip calls find-links.
func TestFolderOfWheels(t *testing.T) {
	t.Parallel()
	x, folder := pypitest.NewIndex(t), t.TempDir()
	data := pypitest.Wheel(t, map[string]string{"q/a": "q"})
	if err := os.WriteFile(filepath.Join(folder, "q-3.0-py3-none-any.whl"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	page := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page.html" {
			fmt.Fprint(w, `<a href="files/q-3.0-py3-none-any.whl">q</a> <a href="files/other-3.0-py3-none-any.whl">other</a>`)
			return
		}
		_, _ = w.Write(data)
	})
	for _, links := range []string{folder, "file://" + folder, page + "/page.html"} {
		w, err := newClient(t, "PIP_INDEX_URL="+x.URL(), "PIP_FIND_LINKS="+links).Find(t.Context(), "q", "3.0", "linux/amd64")
		if err != nil || w.SHA256 != store.DigestOf(data) {
			t.Errorf("%s: %+v, %v", links, w, err)
		}
	}
}

// TestPrivateIndexRefuses has the private index refuse or be gone: the public one
// is not asked in its place.
func TestPrivateIndexRefuses(t *testing.T) {
	t.Parallel()
	public := pypitest.NewIndex(t)
	public.Add("p", "p-1.0-py3-none-any.whl", pypitest.Wheel(t, map[string]string{"p/a": "theirs"}), "")
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusBadGateway} {
		url := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		for _, env := range []string{"UV_DEFAULT_INDEX=%[2]s UV_INDEX=%[1]s", "PIP_INDEX_URL=%[2]s PIP_EXTRA_INDEX_URL=%[1]s"} {
			_, err := newClient(t, strings.Fields(fmt.Sprintf(env, url, public.URL()))...).Find(t.Context(), "p", "1.0", "linux/amd64")
			if err == nil || !strings.Contains(err.Error(), fmt.Sprint("answered ", status)) {
				t.Errorf("%s, %d: %v", env, status, err)
			}
		}
	}
}
