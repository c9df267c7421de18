package builder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer" // docker-container://
	_ "github.com/moby/buildkit/client/connhelper/kubepod"         // kube-pod://
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer" // podman-container://
	_ "github.com/moby/buildkit/client/connhelper/ssh"             // ssh://
	"github.com/sirupsen/logrus"

	"bentoc.dev/buildkit/reexec"
)

// Options say which BuildKit to use.
type Options struct {
	// State is the folder of the embedded BuildKit. It is made when missing.
	State string
	// Address is that of a BuildKit elsewhere, as in BUILDKIT_HOST
	// (unix://…, tcp://…, docker-container://…). Empty means the embedded one.
	Address string
	// Waiting, if set, is told once who keeps the state folder busy when it
	// has to be waited for.
	Waiting func(holder string)
	// Damaged, if set, is told that the build cache is thrown away, and which content of
	// it is damaged.
	Damaged func(content string)
	// Masked, if set, is told why build steps run without a user namespace of their
	// own: as the machine's root, kept from it by masks alone.
	Masked func(why error)
	// KeepBytes bounds the build cache: what is over it and was used longest
	// ago is removed now and then. Zero means [DefaultKeepBytes].
	KeepBytes int64
}

// DefaultKeepBytes is how much build cache is kept without other wishes: the
// toolchain unpacked, its compiled standard library and some images.
const DefaultKeepBytes = 10 << 30

// Builder is a connection to a BuildKit. Its methods may be called from many
// goroutines.
type Builder struct {
	opts   Options
	mu     sync.Mutex
	link   *link
	closed bool
}

// link is one connection, and what ends with it.
type link struct {
	client *client.Client
	// end closes the connection and waits for a builder process that was
	// started for it, unless others still use that.
	end func() error
	// crashed reports whether the process that was started for this link ended
	// by a fault of its own, not by a signal. Nil when none was.
	crashed func() bool
}

// ErrNotDispatched means that main did not call [Dispatch].
var ErrNotDispatched = errors.New("this executable was started as a part of itself, but its main function does not call builder.Dispatch")

// Dispatch plays the part that this process was started for by this package,
// if it was: the builder process, process 1 of a build step, process 1 of a
// served image. main calls it first and exits with code when ok.
func Dispatch() (code int, ok bool) { return reexec.Dispatch(stages()...) }

// Open connects to the BuildKit that o names; the embedded one is started or
// joined. It silences the global loggers of this process, package log's and
// logrus's: BuildKit's client and the libraries below complain there about
// connections that end, which is for this package to judge. The error is a [*NamespaceError] when this machine does not allow
// what the embedded one needs, and a [*PlatformError] where it cannot exist.
func Open(ctx context.Context, o Options) (*Builder, error) {
	if reexec.InStage() {
		return nil, ErrNotDispatched
	}
	log.SetOutput(io.Discard)
	logrus.SetOutput(io.Discard)
	if o.KeepBytes == 0 {
		o.KeepBytes = DefaultKeepBytes
	}
	if o.State != "" {
		state, err := filepath.Abs(o.State)
		if err != nil {
			return nil, fmt.Errorf("finding the state folder: %w", err)
		}
		o.State = stateFor(state)
	}
	b := &Builder{opts: o}
	l, err := b.connect(ctx, false)
	if err != nil {
		return nil, err
	}
	b.link = l
	return b, nil
}

// Close ends the connection, and with the last one the builder process. It may
// be called twice.
func (b *Builder) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	return b.link.end()
}

// Remote reports whether the BuildKit is one elsewhere.
func (b *Builder) Remote() bool { return b.opts.Address != "" }

// Platform is the platform that the builder runs programs of, such as
// linux/amd64: what [emit.Options.BuildPlatform] should be.
func (b *Builder) Platform(ctx context.Context) (string, error) {
	l, err := b.current()
	if err != nil {
		return "", err
	}
	workers, err := l.client.ListWorkers(ctx)
	if err != nil {
		return "", fmt.Errorf("asking the builder for its platform: %w", err)
	}
	for _, w := range workers {
		if len(w.Platforms) > 0 {
			return platforms.Format(platforms.Normalize(w.Platforms[0])), nil
		}
	}
	return "", errors.New("the builder names no platform")
}

func (b *Builder) connect(ctx context.Context, fresh bool) (*link, error) {
	if b.opts.Address != "" {
		return dialRemote(ctx, b.opts.Address)
	}
	if b.opts.State == "" {
		return nil, errors.New("the embedded builder needs a state folder")
	}
	return openEmbedded(ctx, b.opts, fresh)
}

// current is the link in use.
func (b *Builder) current() (*link, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, fmt.Errorf("using the builder: %w", os.ErrClosed)
	}
	return b.link, nil
}

// replace opens a new link in place of old, which broke. When another
// goroutine has done so already, its link is used.
func (b *Builder) replace(ctx context.Context, old *link, fresh bool) (*link, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, fmt.Errorf("using the builder: %w", os.ErrClosed)
	}
	if b.link != old {
		return b.link, nil
	}
	old.end() //nolint:errcheck // it is broken
	l, err := b.connect(ctx, fresh)
	if err != nil {
		b.link = &link{client: old.client, end: func() error { return nil }}
		return nil, err
	}
	b.link = l
	return l, nil
}

func dialRemote(ctx context.Context, address string) (*link, error) {
	c, err := client.New(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("connecting to the builder %s: %w", address, err)
	}
	if _, err := c.ListWorkers(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to the builder %s: %w", address, err), c.Close())
	}
	return &link{client: c, end: c.Close}, nil
}
