package builder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/moby/buildkit/client"
	"google.golang.org/grpc"
)

// tellAfter is how long a state folder is waited for in silence: a builder
// process that starts or ends keeps it for less.
const tellAfter = time.Second

// openEmbedded joins the builder process of the state folder, or starts it.
// fresh throws the build cache away when it starts one.
func openEmbedded(ctx context.Context, o Options, fresh bool) (*link, error) {
	if err := os.MkdirAll(o.State, 0o700); err != nil {
		return nil, &StateError{o.State, err}
	}
	outer, err := outerUser()
	if err != nil {
		return nil, err
	}
	if err := checkOwner(o.State, outer); err != nil {
		return nil, err
	}
	begun, told := time.Now(), false
	for tries := 1; ; {
		l, err := join(ctx, o.State)
		if err != nil || l != nil {
			return l, err
		}
		lock, err := tryLock(o.State)
		if err != nil {
			return nil, &StateError{o.State, err}
		}
		if lock == nil {
			if !told && o.Waiting != nil && time.Since(begun) > tellAfter {
				told = true
				o.Waiting(readHolder(o.State).String())
			}
			if err := pause(ctx); err != nil {
				return nil, fmt.Errorf("waiting for the state folder %s, used by %s: %w", o.State, readHolder(o.State), err)
			}
			continue
		}
		if !fresh {
			if content := damagedCache(ctx, o.State); content != "" {
				fresh = true
				if o.Damaged != nil {
					o.Damaged(content)
				}
			}
		}
		child, err := startBuilder(ctx, o, lock, fresh)
		lock.Close() //nolint:errcheck // the child has it
		if err == nil {
			if l, err = joinChild(ctx, child); err == nil {
				return l, nil
			}
		}
		crash, ended := errors.AsType[*CrashError](err)
		if !ended || tries == maxAttempts || ctx.Err() != nil || fresh && !crash.Killed {
			return nil, err
		}
		// Somebody killed it as it began, or it crashed: so early that is a cache
		// which a power cut left in pieces.
		tries++
		fresh = fresh || !crash.Killed
	}
}

// joinChild connects to the builder process that this process started.
func joinChild(ctx context.Context, child *child) (*link, error) {
	l, err := greet(ctx, child.conn)
	if err == nil && l == nil {
		err = child.crash(errors.New("it does not answer"))
	}
	if err != nil {
		child.kill()
		return nil, err
	}
	hangUp := l.end
	l.end = func() error { return errors.Join(hangUp(), child.leave()) }
	l.crashed = child.crashed
	return l, nil
}

// join connects to the builder process that serves the state folder; nil, nil
// when there is none.
func join(ctx context.Context, state string) (*link, error) {
	conn, err := dialState(state)
	var refused *StateError
	if errors.As(err, &refused) {
		return nil, refused
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, &StateError{state, err}
	}
	if err != nil {
		return nil, nil
	}
	return greet(ctx, conn)
}

// greet speaks to a builder process; nil, nil when it does not answer.
func greet(ctx context.Context, conn net.Conn) (*link, error) {
	c, err := client.New(ctx, "passthrough:///builder", client.WithContextDialer(dialOnce(conn)),
		// The builder process lives while its connections do.
		client.WithGRPCDialOption(grpc.WithIdleTimeout(0)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to the builder process: %w", err), conn.Close())
	}
	hello, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	if _, err := c.Info(hello); err != nil {
		c.Close() //nolint:errcheck // it did not answer
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, nil // it is about to end
	}
	return &link{client: c, end: c.Close}, nil
}

// dialState connects to the socket in the state folder. The kernel limits the
// path of a socket to 107 bytes, so the folder is named by a descriptor.
func dialState(state string) (net.Conn, error) {
	dir, err := os.Open(state)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	conn, err := net.Dial("unix", fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), socketName()))
	if err != nil {
		return nil, err
	}
	if err := checkPeer(conn); err != nil {
		return nil, errors.Join(&StateError{state, err}, conn.Close())
	}
	return conn, nil
}

// checkPeer wants a builder process to be the caller's, or for root the one of the
// user whom its steps run as.
func checkPeer(conn net.Conn) error {
	uid, err := peerOf(conn.(*net.UnixConn))
	if err != nil {
		return fmt.Errorf("asking whose the builder process is: %w", err)
	}
	outer, err := outerUser()
	if err != nil {
		return err
	}
	if uid != os.Geteuid() && uid != outer {
		return fmt.Errorf("its builder process belongs to user %d, and this is user %d", uid, os.Geteuid())
	}
	return nil
}

// dialOnce hands out conn, and nothing after that: a builder process that died
// is an error to notice, not a connection to make again.
func dialOnce(conn net.Conn) func(context.Context, string) (net.Conn, error) {
	var once sync.Once
	return func(context.Context, string) (c net.Conn, err error) {
		err = fmt.Errorf("the builder process is gone: %w", syscall.ECONNREFUSED)
		once.Do(func() { c, err = conn, nil })
		return c, err
	}
}

// removeSockets removes what a builder process that was killed left behind.
func removeSockets(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, "builder-*.sock"))
	if err != nil {
		return err
	}
	for _, p := range old {
		if err := os.Remove(p); err != nil {
			return err
		}
	}
	return nil
}
