package lock_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/store"
)

// edited gives a lock with one line changed: the first that begins so, and the
// number of that line.
func edited(t *testing.T, f *lock.File, begins, old, now string) (*lock.File, int) {
	t.Helper()
	lines := strings.Split(string(f.Bytes()), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, begins) && strings.Contains(line, old) {
			lines[i] = strings.Replace(line, old, now, 1)
			again, diags := lock.Parse("bento.lock", []byte(strings.Join(lines, "\n")))
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			return again, i + 1
		}
	}
	t.Fatalf("no line begins with %s", begins)
	return nil, 0
}

// TestAnotherChecksum has one checksum of a lock changed: that is said at its
// line with both, whether anything is locked anew or not, and nothing else is.
func TestAnotherChecksum(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	files := app(userMod)
	files["go.sum"] = fmt.Sprintf("example.com/dep v1.1.0 %s\nexample.com/dep v1.1.0/go.mod %s\n", w.dep.Sum, w.dep.GoModSum)
	n := needs(t, files)
	whole := w.locked(t, n)
	n = of(t, running(map[string]*ir.Model{"m": {}}, "linux/amd64", "linux/arm64"), n.Modules) // so that wheels are looked at
	text := string(whole.Bytes())
	for _, p := range n.Platforms {
		wheel, err := pin.ONNXRuntime(p)
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("wheel %s %s %s %d %s\n", wheel.Project, wheel.Version, wheel.File, wheel.Size, wheel.SHA256)
	}
	whole, diags := lock.Parse("bento.lock", []byte(text))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	amd, _ := pin.ONNXRuntime("linux/amd64")
	for _, test := range []struct{ begins, old, now, says string }{
		{"module example.com/dep v1.1.0 ", w.dep.Sum, h1, "the module example.com/dep v1.1.0 differs: the lock has " + h1 + ", go.sum has " + w.dep.Sum},
		{"module example.com/dep v1.1.0/go.mod ", w.dep.GoModSum, h1, "example.com/dep v1.1.0/go.mod differs"},
		{"toolchain ", "h1:", "h1:A", "the Go toolchain v0.0.1-" + pin.GoVersion},
		{"wheel onnxruntime ", amd.SHA256, sha, amd.File + " differs: the lock has " + sha},
		{"wheel onnxruntime ", fmt.Sprint(" ", amd.Size, " "), " 12 ", "the size of " + amd.File + " differs"},
	} {
		if strings.HasSuffix(test.now, "h1:A") { // one letter of the sum
			at := strings.Index(text, "\n"+test.begins) + 1
			line, _, _ := strings.Cut(text[at:], "\n")
			test.old = line[strings.Index(line, "h1:"):]
			test.now = "h1:" + string("AB"[strings.Count(test.old[3:4], "A")]) + test.old[4:]
		}
		wrong, line := edited(t, whole, test.begins, test.old, test.now)
		found := lock.Check("bento.lock", wrong, n)
		var mistakes []string
		for _, d := range found {
			if d.Code == diag.LockMismatch || d.Pos.Line == line || strings.Contains(d.Message, "Go modules") {
				mistakes = append(mistakes, fmt.Sprintf("%s:%d %s", d.Code, d.Pos.Line, d.Message))
			}
		}
		if len(mistakes) != 1 || !strings.HasPrefix(mistakes[0], fmt.Sprintf("lock-mismatch:%d ", line)) || !strings.Contains(mistakes[0], test.says) {
			t.Errorf("%s: check: %q", test.begins, mistakes)
		}
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Old: wrong, Needs: n})
		var source diag.List
		if !errors.As(err, &source) || len(source) != 1 || source[0].Code != diag.LockMismatch || source[0].Pos.Line != line {
			t.Errorf("%s: lock: %v", test.begins, err)
		}
	}
	// Two wheels that are wrong are two mistakes, each at its line.
	arm, _ := pin.ONNXRuntime("linux/arm64")
	wrong, _ := edited(t, whole, "wheel onnxruntime ", amd.SHA256, sha)
	wrong, _ = edited(t, wrong, "wheel onnxruntime ", arm.SHA256, sha)
	lines := map[int]bool{}
	found := lock.Check("bento.lock", wrong, n)
	for _, d := range found {
		if d.Code == diag.LockMismatch {
			lines[d.Pos.Line] = true
		}
	}
	if len(lines) != 2 {
		t.Errorf("two wrong wheels: %v", found)
	}
}

// TestModuleThatChanged has a module that no go.sum knows published again.
func TestModuleThatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := needs(t, app(userMod))
	f := w.locked(t, n)
	wrong, line := edited(t, f, "module example.com/Greet v1.0.0 ", w.greet.Sum, h1)
	var source diag.List
	for _, all := range []bool{false, true} {
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Old: wrong, Needs: n, Name: "sub/bento.lock", UpdateAll: all})
		if !errors.As(err, &source) || source[0].Pos.String() != fmt.Sprintf("sub/bento.lock:%d:1", line) ||
			!strings.Contains(source[0].Message, h1) || !strings.Contains(source[0].Message, w.greet.Sum) {
			t.Errorf("update all %t: %v", all, err)
		}
	}
	again, changes, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Old: wrong, Needs: n, Update: []string{"example.com/Greet"}})
	if err != nil || string(again.Bytes()) != string(f.Bytes()) || !strings.Contains(fmt.Sprint(changes), h1+" → "+w.greet.Sum) {
		t.Errorf("by its name: %v, %v", changes, err)
	}
}

// TestWheelThatChanged has a wheel published again under its name.
func TestWheelThatChanged(t *testing.T) {
	t.Parallel()
	x := pypitest.NewIndex(t)
	wheel := func(weights string) []byte {
		return pypitest.Wheel(t, map[string]string{"m.onnx": string(onnx("w.bin")), "w.bin": strings.Repeat(weights, 16)})
	}
	const file = "my_pkg-1.0-py3-none-any.whl"
	x.Add("my-pkg", file, wheel("a"), "")
	w := newModelWorld(t, "PIP_INDEX_URL="+x.URL())
	m := &ir.Model{Source: ir.Source{PyPI: &ir.PyPISource{Project: "my-pkg", Version: "1.0"}}, File: "m.onnx"}
	f, err := w.resolve(m)
	if err != nil {
		t.Fatal(err)
	}
	x.Remove("my-pkg")
	x.Add("my-pkg", file, wheel("b"), "")
	was, is := store.DigestOf(wheel("a")), store.DigestOf(wheel("b"))
	request := lock.Request{
		Fetch: newModelWorld(t, "PIP_INDEX_URL="+x.URL()).client, Old: f, UpdateAll: true,
		Needs: of(t, running(map[string]*ir.Model{"m": m}, "linux/amd64"), nil),
	}
	var source diag.List
	if _, err := lock.ResolveModels(t.Context(), request); !errors.As(err, &source) || !strings.Contains(err.Error(), was) || !strings.Contains(err.Error(), is) {
		t.Errorf("update of all: %v", err)
	}
	// What is locked is fetched by its digest; the index has another one.
	read, _ := lock.Parse("bento.lock", f.Bytes())
	_, err = pypi.New(request.Fetch).Fetch(t.Context(), read.Wheels("my-pkg")[0])
	err = read.Explain("bento.lock", err)
	var hinted interface{ Hint() string }
	if err == nil || !strings.Contains(err.Error(), was) || !strings.Contains(err.Error(), is) || !errors.As(err, &hinted) ||
		!strings.Contains(hinted.Hint(), "bento.lock:5 asks for the second") {
		t.Errorf("locked: %v", err)
	}
	wrong, line := edited(t, f, "wheel my-pkg", " "+fmt.Sprint(len(wheel("a")))+" ", " 7 ")
	x.Remove("my-pkg")
	x.Add("my-pkg", file, wheel("a"), "")
	_, err = pypi.New(newModelWorld(t, "PIP_INDEX_URL="+x.URL()).client).Fetch(t.Context(), wrong.Wheels("my-pkg")[0])
	if err = wrong.Explain("bento.lock", err); err == nil || !strings.Contains(err.Error(), "bytes, not 7") ||
		!errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), fmt.Sprint("bento.lock:", line)) {
		t.Errorf("another size: %v", err)
	}
	x.Remove("my-pkg")
	x.Add("my-pkg", file, wheel("b"), "")
	request.UpdateAll, request.Update = false, []string{"my-pkg"}
	if f, err = lock.ResolveModels(t.Context(), request); err != nil || f.Wheels("my-pkg")[0].SHA256 != is {
		t.Errorf("by its name: %v", err)
	}
}
