package gomod

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"golang.org/x/mod/module"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// Go is a go command of this machine together with the settings that it runs
// with: the user's own for proxies, private modules and credentials.
type Go struct {
	Command string
	env     []string
}

// Go gives the locked go command, unpacking it where this machine has not run
// it before. It chooses module versions and downloads them; servers are
// compiled elsewhere, in a sandbox.
func (c *Client) Go(ctx context.Context) (*Go, error) {
	root := c.GoRoot
	if root == "" {
		t, err := c.Locked(runtime.GOOS + "/" + runtime.GOARCH)
		if err != nil {
			return nil, err
		}
		if root, err = c.unpackToolchain(ctx, t); err != nil {
			return nil, err
		}
	}
	g := &Go{Command: filepath.Join(root, "bin", fetch.Exe("go")), env: c.goEnv()}
	g.env = append(g.env, "GOROOT="+root, "GOTOOLCHAIN=local", GoFlags, "GOWORK=off", "GO111MODULE=on", "CGO_ENABLED=0", "GOEXPERIMENT=")
	return g, c.offerModules(ctx, g)
}

// GoFlags is the GOFLAGS of a go command: what it unpacks can be removed again.
const GoFlags = "GOFLAGS=-modcacherw"

// goEnv is the user's environment, but all that a go command writes lies in the
// store: its caches, the checksum database's notes, its telemetry. So it needs no
// home folder and leaves nothing in one.
func (c *Client) goEnv() []string {
	dir := filepath.Join(c.Store.Dir(), "tree")
	path := filepath.Join(dir, "gopath")
	// Its telemetry is off: a child of the go command would write there after it. Where
	// this cannot be written, it only writes more than is needed.
	telemetry := filepath.Join(dir, "gotelemetry")
	if os.MkdirAll(telemetry, 0o755) == nil {
		_ = os.WriteFile(filepath.Join(telemetry, "mode"), []byte("off"), 0o644)
	}
	return append(append([]string{}, c.Env...),
		"GOPATH="+path, "GOMODCACHE="+filepath.Join(path, "pkg", "mod"), "GOCACHE="+filepath.Join(dir, "gocache"),
		"TEST_TELEMETRY_DIR="+telemetry) // the one name by which it can be moved
}

func (c *Client) unpackToolchain(ctx context.Context, t Toolchain) (string, error) {
	b, err := c.Toolchain(ctx, t)
	if err != nil {
		return "", err
	}
	return c.Store.Tree(ctx, t.Module.Version, func(dir string) error {
		entries, done, err := c.ToolchainEntries(b, t, ".")
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := unpack(ctx, dir, e); err != nil {
				return errors.Join(err, done())
			}
		}
		return done()
	})
}

func unpack(ctx context.Context, dir string, e store.Entry) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	to := filepath.Join(dir, filepath.FromSlash(e.Name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, e.Mode.Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close(), os.Chmod(to, e.Mode.Perm()))
}

// GoError is a go command that ended with an error.
type GoError struct {
	Args   []string
	Output string // what it wrote to standard error, without a newline at the end
	// Module is the module@version that the command could not get, "" when it
	// failed for another reason.
	Module string
}

// Error gives the command's own words.
func (e *GoError) Error() string {
	return fmt.Sprintf("go %s: %s", strings.Join(e.Args[:min(2, len(e.Args))], " "), e.Output)
}

// Said gives what the command wrote to standard error.
func (e *GoError) Said() string { return e.Output }

// Run runs the command in dir with extra environment and gives its standard output.
func (g *Go) Run(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, g.Command, args...)
	cmd.Dir = dir
	cmd.Env = append(append(append([]string{}, g.env...), "PWD="+dir, "GOTMPDIR="+dir), env...)
	var out, errout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errout
	// Programs that the go command starts, such as git, may hold the pipes open.
	cmd.WaitDelay = 2 * time.Second
	err := runBound(cmd)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &exit):
		text := strings.TrimSpace(errout.String())
		return out.Bytes(), &GoError{Args: args, Output: text, Module: moduleIn(text)}
	case err != nil:
		return nil, fmt.Errorf("running %s: %w", g.Command, err)
	}
	return out.Bytes(), nil
}

// aboutModule matches how the go command names a module in front of what is wrong with it:
// mostly that it could not be had, for any of the reasons that networks, servers, disks and
// archives have.
var aboutModule = regexp.MustCompile(`(?m)(?:^|\t|: )([\w.~/!-]+@v[\w.+-]+)(?:/go\.mod)?: (.*)`)

// notFetching matches what is wrong with a module that is there, or with who asks for it.
var notFetching = regexp.MustCompile(`^(?:\S*@\S*: )?(?:missing go\.sum entry|parsing |errors parsing |no matching versions|replacement |is (?:replaced|excluded|explicitly)|module declares|version .* invalid)`)

// moduleIn gives the module@version that the go command could not get, "" where it says
// something else.
func moduleIn(text string) string {
	for _, m := range aboutModule.FindAllStringSubmatch(text, -1) {
		if !notFetching.MatchString(m[2]) {
			return m[1]
		}
	}
	return ""
}

// downloaded is what go mod download -json says about a module.
type downloaded struct {
	Path, Version string
	Error         string
	Info          string
	GoMod         string // path of the .mod file
	Zip           string // path of the .zip file
	Sum, GoModSum string
}

// download has the go command bring modules into its cache. It works in dir,
// an empty folder.
func (g *Go) download(ctx context.Context, dir string, modules []module.Version) ([]downloaded, error) {
	args := []string{"mod", "download", "-json"}
	for _, m := range modules {
		args = append(args, m.String())
	}
	env := []string{"GO111MODULE=on", GoFlags, "GOWORK=off", "GOTOOLCHAIN=local"}
	out, err := g.Run(ctx, dir, env, args...)
	var failed *GoError
	if err != nil && (!errors.As(err, &failed) || len(out) == 0) {
		return nil, err
	}
	var found []downloaded
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var d downloaded
		if err := dec.Decode(&d); err != nil {
			return nil, fmt.Errorf("reading what go mod download says: %w", err)
		}
		if d.Error != "" {
			return nil, &GoError{Args: args, Output: d.Error, Module: d.Path + "@" + d.Version}
		}
		found = append(found, d)
	}
	if len(found) != len(modules) {
		return nil, fmt.Errorf("reading what go mod download says: %d modules of %d", len(found), len(modules))
	}
	return found, nil
}
