//go:build unix

package export_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"bentoc.dev/buildkit/export"
)

// reads gives what comes out of a pipe until its end.
func reads(t *testing.T, pipe string) func() []byte {
	t.Helper()
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan []byte, 1)
	go func() {
		data, _ := os.ReadFile(pipe)
		done <- data
	}()
	return func() []byte { return <-done }
}

// TestWrite_WhatIsNoFile writes into pipes and through links, and leaves them.
func TestWrite_WhatIsNoFile(t *testing.T) {
	t.Parallel()
	text, _ := archive(t, "amd64", "arm64")
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.WriteFile(in("real"), []byte("before"), 0o600), os.Symlink("real", in("link")), os.Symlink("link", in("chain")),
		os.Mkdir(in("sub"), 0o700), os.Symlink("sub/new", in("dangling")), os.Symlink("sub/layout", in("folder")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	pipe, docker := reads(t, in("pipe")), reads(t, in("docker"))
	var stdout bytes.Buffer
	err := export.Write(t.Context(), []export.Output{
		{Type: export.OCI, Dest: in("pipe")}, {Type: export.OCI, Dest: in("chain")}, {Type: export.OCI, Dest: in("dangling")},
		{Type: export.Dir, Dest: in("folder")}, {Type: export.Docker, Dest: in("docker"), Platform: "linux/amd64"},
		{Type: export.OCI, Dest: "-", W: &stdout},
	}, "hello:latest", builds(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pipe(), text) || !bytes.Equal(stdout.Bytes(), text) {
		t.Error("the pipe or standard output has something else")
	}
	if got := docker(); !bytes.Contains(got, []byte(`"RepoTags":["hello:latest"]`)) {
		t.Error("the pipe has no docker archive")
	}
	for name, kind := range map[string]fs.FileMode{"pipe": fs.ModeNamedPipe, "docker": fs.ModeNamedPipe, "link": fs.ModeSymlink, "chain": fs.ModeSymlink, "dangling": fs.ModeSymlink, "folder": fs.ModeSymlink, "real": 0, "sub/new": 0, "sub/layout": fs.ModeDir} {
		if info, err := os.Lstat(in(name)); err != nil || info.Mode().Type() != kind {
			t.Errorf("%s is %v now (%v)", name, info, err)
		}
	}
	for _, name := range []string{"real", "sub/new"} {
		if got, err := os.ReadFile(in(name)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"chain", "dangling", "docker", "folder", "link", "pipe", "real", "sub"}) {
		t.Errorf("files %q", got)
	}
}

// A pipe that breaks fails the build before any file has changed.
func TestWrite_BrokenStandardOutput(t *testing.T) {
	t.Parallel()
	text, _ := archive(t, "amd64")
	dest := filepath.Join(t.TempDir(), "a.tar")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	defer w.Close()
	err = export.Write(t.Context(), []export.Output{{Type: export.OCI, Dest: dest}, {Type: export.OCI, Dest: "-", W: w}}, "", builds(text), nil)
	if err == nil || !strings.Contains(err.Error(), "writing to standard output") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dest); !os.IsNotExist(err) {
		t.Errorf("%s: %v", dest, err)
	}
}

// Nobody reads the pipe: the build ends with its context.
func TestWrite_PipeThatNobodyReads(t *testing.T) {
	t.Parallel()
	text, _ := archive(t, "amd64")
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	build := func(open func() (io.WriteCloser, error)) error {
		defer cancel(stopped)
		return builds(text)(open)
	}
	if err := export.Write(ctx, []export.Output{{Type: export.OCI, Dest: pipe}}, "", build, nil); !errors.Is(err, stopped) {
		t.Errorf("got %v", err)
	}
	if f, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil { // lets the other goroutine go
		_ = f.Close()
	}
}

func TestCheck_WhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{os.Symlink("a.tar", in("link")), os.Symlink("loop", in("loop")), syscall.Mkfifo(in("pipe"), 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for want, outputs := range map[string][]export.Output{
		"two outputs have the destination": {{Type: export.OCI, Dest: in("a.tar")}, {Type: export.OCI, Dest: in("link")}},
		"destination /dev/stdout":          {{Type: export.OCI, Dest: "-"}, {Type: export.OCI, Dest: "/dev/stdout"}},
		"is no folder, and type=dir":       {{Type: export.Dir, Dest: in("pipe")}},
		"too many links":                   {{Type: export.OCI, Dest: in("loop")}},
	} {
		if err := export.Check(outputs, "", []string{"linux/amd64"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", outputs, err, want)
		}
	}
	archive := []export.Output{{Type: export.OCI, Dest: in("a.tar")}}
	for metadata, want := range map[string]string{
		"": "", in("meta.json"): "", "-": "",
		in("a.tar"): "an output and the metadata", in("link"): "an output and the metadata", dir: "is a folder", in("loop"): "too many links",
	} {
		if err := export.Check(archive, metadata, []string{"linux/amd64"}); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("metadata %s: %v, want %s", metadata, err, want)
		}
	}
	if _, err := export.ParseOutput("type=dir,dest=-"); err == nil {
		t.Error("a folder went to standard output")
	}
	if o, err := export.ParseOutput("-"); err != nil || o.Type != export.OCI || o.Dest != export.Stdout {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hello := func(w io.Writer) error { _, err := io.WriteString(w, "hello"); return err }
	pipe := reads(t, filepath.Join(dir, "pipe"))
	if err := export.Create(t.Context(), filepath.Join(dir, "pipe"), hello); err != nil || string(pipe()) != "hello" {
		t.Error(err)
	}
	broken := errors.New("it broke")
	if err := export.Create(t.Context(), filepath.Join(dir, "sub/file"), func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := export.Create(t.Context(), filepath.Join(dir, "sub/file"), hello); err != nil {
		t.Error(err)
	}
	if got := names(t, filepath.Join(dir, "sub")); !slices.Equal(got, []string{"file"}) {
		t.Errorf("files %q", got)
	}
}
