//go:build unix

package pypi

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
	"bentoc.dev/compiler/store"
)

// fakePip puts a pip on PATH that offers one wheel.
func fakePip(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	// What another test forks meanwhile would have the file open too, and until it runs its
	// own program this one is a busy text file.
	syscall.ForkLock.RLock()
	err := os.WriteFile(filepath.Join(dir, "pip"), []byte("#!/bin/sh\n"+script), 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return "PATH=" + dir
}

func TestPip(t *testing.T) {
	t.Parallel()
	data := pypitest.Wheel(t, map[string]string{"p/a": "a"})
	base := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	sum := strings.TrimPrefix(store.DigestOf(data), "sha256:")
	report := func(file, sum string) string {
		return fmt.Sprintf(`{"version": "1", "install": [{"download_info": {"url": "%s/%s", "archive_info": {"hash": "sha256=%s"}}}]}`, base, file, sum)
	}
	// Like pip, it has no wheel for any Python, one for CPython 3.9 and newer.
	const file = "p-1.0-cp39-cp39-manylinux_2_17_x86_64.whl"
	path := fakePip(t, `case "$*" in
*--implementation=cp*--abi=cp39*--platform=manylinux_2_17_x86_64*p==1.0) echo '`+report(file, sum)+`';;
*p==1.1) echo "WARNING: The candidate selected for download or install is a yanked version: 'p' candidate
Reason for being yanked: bad" >&2; echo '`+report("p-1.1-py3-none-any.whl", sum)+`';;
*p==1.2) echo "ERROR: HTTP error 503 while getting it" >&2; exit 1;;
*) echo "ERROR: Could not find a version that satisfies the requirement p (from versions: 0.9, 1.0)
ERROR: No matching distribution found for p" >&2; exit 1;;
esac`)
	c := newClient(t, path)
	w, err := c.Find(t.Context(), "p", "1.0", "linux/amd64")
	if err != nil || w.File != file || w.Size != int64(len(data)) {
		t.Fatalf("%+v, %v", w, err)
	}
	if _, err := newClient(t, path).Fetch(t.Context(), w); err != nil {
		t.Errorf("locked: %v", err)
	}
	for version, text := range map[string]string{
		"1.1": "was yanked from the package index: bad", "1.2": "answered 503", "1.3": "no wheel of p 1.3 for linux/amd64",
	} {
		if _, err := c.Find(t.Context(), "p", version, "linux/amd64"); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", version, err)
		}
	}
	_, err = newClient(t, "PATH="+t.TempDir()).Find(t.Context(), "p", "1.0", "linux/amd64")
	var missing *fetch.MissingError
	if !errors.As(err, &missing) || !strings.Contains(missing.Cure, "PIP_INDEX_URL") {
		t.Errorf("no pip: %v", err)
	}
}
