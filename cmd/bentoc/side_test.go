package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"bentoc.dev/compiler/ir/notation"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
)

const greets = `
runner greet {name: string} -> {message: string}
service hello {
	greet runner greet /greet
}
`

// imageOf gives an image as bentoc builds it, as far as its IR, and what is recorded beside it, go.
func imageOf(t *testing.T, ir []byte, labels map[string]string, records ...plan.Record) v1.Image {
	t.Helper()
	if labels = maps.Clone(labels); labels == nil {
		labels = map[string]string{}
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, r := range append(records, plan.Record{File: plan.IRFile, Data: ir}) {
		if err := w.WriteHeader(&tar.Header{Name: strings.TrimPrefix(r.File, "/"), Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(r.Data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(r.Data); err != nil {
			t.Fatal(err)
		}
		if r.Label != "" {
			labels[r.Label] = store.DigestOf(r.Data)
		}
	}
	w.Close()
	img, err := mutate.AppendLayers(empty.Image, static.NewLayer(bytes.Repeat([]byte{0}, 4096), types.OCIUncompressedLayer), static.NewLayer(layer.Bytes(), types.OCIUncompressedLayer))
	if err != nil {
		t.Fatal(err)
	}
	img, err = mutate.Config(img, v1.Config{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// diffs runs diff and gives the exit code and what it says.
func diffs(t *testing.T, args ...string) (code int, out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"diff", "--state", filepath.Join(t.TempDir(), "none")}, args...), streams{in: strings.NewReader(""), out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

func canonical(t *testing.T, text string) []byte {
	t.Helper()
	data, err := notation.Bento(text).Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDiffImages reads the IR of images in files and in a registry, and refuses what bentoc has
// not built, what is newer than it, and what a registry does not give.
func TestDiffImages(t *testing.T) {
	old := canonical(t, greets)
	labels := map[string]string{plan.LabelIRDigest: store.DigestOf(old)}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		full := filepath.Join(dir, name)
		if err := os.WriteFile(full, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return full
	}
	now := write("new.json", canonical(t, strings.Replace(greets, "greet runner greet /greet", "hail runner greet /hail", 1)))
	same := write("same.json", old)
	layoutOf := func(name string, images ...v1.Image) string {
		full := filepath.Join(dir, name)
		p, err := layout.Write(full, empty.Index)
		if err != nil {
			t.Fatal(err)
		}
		for _, img := range images {
			if err := p.AppendImage(img); err != nil {
				t.Fatal(err)
			}
		}
		return full
	}

	host := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(host.Close)
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(refuses.Close)
	at := strings.TrimPrefix(host.URL, "http://")
	push := func(repo string, img v1.Image) string {
		ref, err := name.ParseReference(at + "/" + repo)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(ref, img); err != nil {
			t.Fatal(err)
		}
		return ref.String()
	}
	built := imageOf(t, old, labels)
	stranger := imageOf(t, old, nil)
	ancient := imageOf(t, []byte("x"), map[string]string{plan.LabelOldIR: string(old)})
	newer := bytes.Replace(old, []byte(`"irVersion":1`), []byte(`"irVersion":99`), 1)
	list := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: built, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}})
	listed, err := name.ParseReference(at + "/listed:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(listed, list); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		what string
		args []string
		code int
		want string // in what is printed
	}{
		{"the same layout", []string{layoutOf("built", built), same}, 0, "caller    no change"},
		{"a layout", []string{layoutOf("changed", built), now}, 4, "breaking["},
		{"a layout by its name", []string{layoutOf("named", built), same}, 0, "/named → " + same + "\n"},
		{"an image that has the IR in a label", []string{layoutOf("ancient", ancient), same}, 0, "no change"},
		{"a registry", []string{push("built:1", built), now}, 4, "breaking["},
		{"a registry, an index", []string{listed.String(), same}, 0, "no change"},
		{"an image that bentoc did not build", []string{layoutOf("stranger", stranger), same}, 1, "holds no IR: it was not built by bentoc"},
		{"such an image in a registry", []string{push("stranger:1", stranger), same}, 1, "holds no IR: it was not built by bentoc"},
		{"an image whose IR is another", []string{layoutOf("forged", imageOf(t, newer, labels)), same}, 1, "does not exist"},
		{"a layout of two", []string{layoutOf("two", built, ancient), same}, 1, "lists 2 images"},
		{"an IR of a newer version", []string{write("newer.json", newer), same}, 1, "newer than this bentoc's"},
		{"a file that is no IR", []string{write("other.json", []byte(`{"name": "x"}`)), same}, 1, "no irVersion"},
		{"a registry that has it not", []string{at + "/nothing:1", same}, 1, "hint: see that the registry has it"},
		{"a registry that refuses", []string{strings.TrimPrefix(refuses.URL, "http://") + "/x/y:1", same}, 1, "hint: log in"},
		{"a file that is no archive", []string{"image:" + same, same}, 1, "not an OCI archive"},
		{"what an IR does not tell", []string{now, same}, 4, "note: versions of libraries and packages, digests of models and sizes are not compared: "},
		{"a tag of what has no sources", []string{now, same, "-t", "x=1"}, 2, "-t x=1: neither side takes the tag"},
		{"a lock beside an IR", []string{"lock:" + write("x.lock", []byte("bentoc-lock 1\n")), same}, 2, "has no sources"},
		{"an IR that is not there", []string{"ir:nothing.json", same}, 2, "ir:nothing.json: there is no such file"},
		{"a lock that is not there", []string{"lock:nothing.lock", same}, 2, "lock:nothing.lock: there is no such file"},
		{"an image that is not there", []string{"image:nothing.tar", same}, 2, "image:nothing.tar: there is no such file"},
		{"a reference without a registry", []string{"library/x", same}, 2, "there is no such file, revision or image"},
	} {
		code, out, said := diffs(t, c.args...)
		if code != c.code || !strings.Contains(out+said, c.want) {
			t.Errorf("%s: exit code %d, want %d\n%s%s", c.what, code, c.code, out, said)
		}
		_, name, _ := strings.Cut(c.args[0], ":/")
		if first, _, _ := strings.Cut(said, "\n"); c.code == 1 && strings.Count(first, cmp.Or(name, c.args[0])) > 1 {
			t.Errorf("%s: what was being read is told twice\n%s", c.what, said)
		}
		if code != 0 && code != 4 && out != "" {
			t.Errorf("%s: a failed comparison printed %q", c.what, out)
		}
	}
}

// TestDiffRecords compares what images have written down beside the IR: versions and digests, and
// which changes were accepted before. What one does not tell is said, and accepts nothing.
func TestDiffRecords(t *testing.T) {
	text := canonical(t, greets)
	dir := t.TempDir()
	n := 0
	image := func(ir []byte, records ...plan.Record) string {
		n++
		full := filepath.Join(dir, fmt.Sprint(n))
		p, err := layout.Write(full, empty.Index)
		if err == nil {
			own := map[string]string{plan.LabelIRDigest: store.DigestOf(ir)}
			err = p.AppendImage(imageOf(t, ir, own, records...))
		}
		if err != nil {
			t.Fatal(err)
		}
		return full
	}
	lock := func(versions ...string) plan.Record {
		text := "bentoc-lock 1\n"
		for _, v := range versions {
			text += "wheel onnxruntime " + v + " onnxruntime-" + v + "-py3-none-any.whl 1 sha256:" + strings.Repeat("0", 64) + "\n"
		}
		return plan.Record{Label: plan.LabelLockDigest, File: plan.LockFile, Data: []byte(text)}
	}
	const entry = `{"endpoint-renamed":[{"path":"services.hello.endpoints.hail","until":"2999-01-31","why":"nobody calls it"}]}`
	accepted := plan.Record{Label: plan.LabelAcceptedDigest, File: plan.AcceptedFile, Data: []byte(entry)}
	hail := canonical(t, strings.Replace(greets, "greet runner greet /greet", "hail runner greet /hail", 1))
	accepts := filepath.Join(dir, "accepts.json")
	if err := os.WriteFile(accepts, append(bytes.TrimSuffix(hail, []byte("}")), `,"accepted":`+entry+"}"...), 0o644); err != nil {
		t.Fatal(err)
	}
	said := filepath.Join(dir, "nothing.json")
	if err := os.WriteFile(said, append(bytes.TrimSuffix(text, []byte("}")), `,"accepted":{}}`...), 0o644); err != nil {
		t.Fatal(err)
	}
	silent := filepath.Join(dir, "silent.json")
	if err := os.WriteFile(silent, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		args []string
		code int
		want []string // in what is printed
		not  string
	}{
		{"the same", []string{image(text, lock("1.2.0")), image(text, lock("1.2.0"))}, 0, []string{"operator  no change"}, "note"},
		{"another version", []string{image(text, lock("1.2.0")), image(text, lock("1.1.0")), "--fail-on=risky"}, 4, []string{"pkg:pypi/onnxruntime", "older version"}, "note"},
		{"an old image of the two", []string{image(text), image(text, lock("1.1.0")), "--fail-on=risky"}, 0, []string{"note: versions of libraries and packages, digests of models and sizes are not compared: ", "did not write them down"}, "library-added"},
		{"an image and an IR", []string{image(text, lock()), said}, 0, []string{"note: the size of the image is not compared", "nothing.json is an IR, which does not tell"}, ""},
		{"accepted anew", []string{image(text, lock()), accepts}, 0, []string{"1 suppressed"}, "nothing is accepted"},
		{"accepted before", []string{image(text, lock(), accepted), accepts}, 4, []string{"came with an earlier change"}, "nothing is accepted"},
		{"an old image", []string{image(text), accepts}, 4, []string{"note: nothing is accepted: ", "does not tell: compare with a revision"}, "suppressed"},
		{"an IR that says so", []string{said, accepts}, 0, []string{"1 suppressed"}, "nothing is accepted"},
		{"an old IR", []string{silent, accepts}, 4, []string{"note: nothing is accepted: "}, "suppressed"},
		{"a lock that is another", []string{image(text, plan.Record{Label: plan.LabelLockDigest, File: "/elsewhere", Data: []byte("x")}), said}, 1, []string{"does not exist"}, ""},
		{"a lock of a newer version", []string{image(text, plan.Record{Label: plan.LabelLockDigest, File: plan.LockFile, Data: []byte("bentoc-lock 99\n")}), said}, 1, []string{"reading its lock"}, ""},
	} {
		code, out, told := diffs(t, c.args...)
		for _, want := range c.want {
			if !strings.Contains(out+told, want) {
				t.Errorf("%s: no %q in\n%s%s", c.what, want, out, told)
			}
		}
		if code != c.code || c.not != "" && strings.Contains(out+told, c.not) {
			t.Errorf("%s: exit code %d, want %d\n%s%s", c.what, code, c.code, out, told)
		}
	}
}

// TestCISystems holds what each system sets against the branch that is found.
func TestCISystems(t *testing.T) {
	t.Parallel()
	for want, env := range map[string]map[string]string{
		"GitHub Actions":      {"GITHUB_BASE_REF": "main"},
		"GitLab CI":           {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"},
		"Bitbucket Pipelines": {"BITBUCKET_PR_DESTINATION_BRANCH": "main"},
		"Azure Pipelines":     {"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
		"Jenkins":             {"CHANGE_TARGET": "main"},
		"Buildkite":           {"BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
		"Woodpecker":          {"CI_COMMIT_TARGET_BRANCH": "main"},
		"Drone":               {"DRONE_BUILD_EVENT": "pull_request", "DRONE_TARGET_BRANCH": "main"},
		"Cirrus CI":           {"CIRRUS_BASE_BRANCH": "main"},
		"Prow":                {"PULL_BASE_REF": "main"},
		"CodeBuild":           {"CODEBUILD_WEBHOOK_BASE_REF": "refs/heads/main"},
		"AppVeyor":            {"APPVEYOR_PULL_REQUEST_NUMBER": "1", "APPVEYOR_REPO_BRANCH": "main"},
		"":                    {"DRONE_BUILD_EVENT": "push", "DRONE_TARGET_BRANCH": "main", "APPVEYOR_REPO_BRANCH": "main", "GITHUB_BASE_REF": ""},
	} {
		s := runsIn(func(key string) string { return env[key] })
		switch {
		case s == nil && want != "":
			t.Errorf("%s is not found", want)
		case s != nil && s.name != want:
			t.Errorf("%v is taken for %s", env, s.name)
		}
	}
	if n := len(ciSystems); n != 12 {
		t.Errorf("%d systems, tests of 12", n)
	}
}
