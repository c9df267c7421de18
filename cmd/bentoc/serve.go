package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/builder/sandbox"
	"bentoc.dev/buildkit/export"
)

const serveHelp = `
Usage: bentoc serve [PATH] [FLAGS]

Builds the image for this machine and runs its root file system in a sandbox:
what is tried is what ships. The root is read-only, /tmp is in memory, the
network is the host's. Ctrl-C drains requests and ends.

Variables of the environment reach the server where --env names them.

Example:
  bentoc serve ./examples/hello --port 3000 &
  curl localhost:3000/greet -d '{"name": "Ada"}'
`

func serveCommand() command {
	return command{name: "serve", summary: "build for this machine and run the server", help: serveHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f buildFlags
			port := flags.IntP("port", "p", 3000, "listen on this `port`")
			f.bindEnv(flags)
			f.bindBuild(flags)
			return func(ctx context.Context, s streams, args []string) error {
				if *port < 0 || *port > 65535 {
					return usagef("--port=%d: a port is between 0 and 65535", *port)
				}
				f.platforms = []string{builderPlatform()}
				return f.serve(ctx, s, args, append(passEnv(f.env), "PORT="+strconv.Itoa(*port)))
			}
		}}
}

// bindEnv registers the flag for the variables of a server that is run.
func (f *buildFlags) bindEnv(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.env, "env", "e", nil, "set a variable for the server: `NAME=VALUE`, or NAME to pass it on (repeatable)")
}

// passEnv fills in the values of variables that are named alone.
func passEnv(env []string) []string {
	var all []string
	for _, e := range env {
		if !strings.Contains(e, "=") {
			e += "=" + os.Getenv(e)
		}
		all = append(all, e)
	}
	return all
}

// serve builds the image and runs it until ctx ends or the server does.
func (f *buildFlags) serve(ctx context.Context, s streams, args, env []string) error {
	var c *sandbox.Container
	err := f.buildRootfs(ctx, s, args, func(_ *prepared, built *sandbox.Container) error {
		c = built
		return nil
	})
	if err != nil {
		return err
	}
	c.Env = mergeEnv(c.Env, env)
	c.Stdout, c.Stderr = direct(s.out), s.err
	code, err := sandbox.Run(ctx, *c)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("the server ended with exit code %d", code)
	}
	return nil
}

// rootfsDir makes the folder that images are unpacked in.
func (f *buildFlags) rootfsDir() (string, error) {
	dir, err := f.state.path("rootfs")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the folder of root file systems: %w", err)
	}
	return dir, nil
}

// buildRootfs builds the image for this machine, unpacks it, and hands it to do while
// the bento is still open.
func (f *buildFlags) buildRootfs(ctx context.Context, s streams, args []string, do func(*prepared, *sandbox.Container) error) error {
	p, err := f.prepare(ctx, s, args)
	if err != nil {
		return err
	}
	defer p.close()
	dir, err := f.rootfsDir()
	if err != nil {
		return err
	}
	// The archive is unpacked before it gets its name and is of use to nobody
	// afterwards, so that it does not matter whose it is when two serve at once.
	archive := filepath.Join(dir, "image.oci.tar")
	defer os.Remove(archive)
	outputs := []export.Output{{Type: export.OCI, Dest: archive}}
	var c *sandbox.Container
	f.inspect = func(a *export.Archive) (err error) {
		c, err = container(ctx, a, dir)
		return err
	}
	if _, err = f.solve(ctx, s, p, outputs); err != nil {
		return err
	}
	return do(p, c)
}

// container unpacks the only image of an archive below dir.
func container(ctx context.Context, a *export.Archive, dir string) (*sandbox.Container, error) {
	contents, err := a.Contents()
	if err != nil {
		return nil, err
	}
	img, err := contents.Find(builderPlatform())
	if err != nil {
		return nil, err
	}
	root, err := a.Rootfs(ctx, img, dir)
	if err != nil {
		return nil, fmt.Errorf("unpacking the image: %w", err)
	}
	var config ocispecs.Image
	if err := json.Unmarshal(img.ConfigJSON, &config); err != nil {
		return nil, fmt.Errorf("reading the image's config: %w", err)
	}
	return &sandbox.Container{
		Root: root, Args: slices.Concat(config.Config.Entrypoint, config.Config.Cmd),
		Env: config.Config.Env, Dir: config.Config.WorkingDir, User: config.Config.User,
	}, nil
}

// mergeEnv adds variables to base; later ones win.
func mergeEnv(base, more []string) []string {
	all := slices.Clone(base)
	for _, m := range more {
		name, _, _ := strings.Cut(m, "=")
		all = slices.DeleteFunc(all, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		all = append(all, m)
	}
	return all
}
