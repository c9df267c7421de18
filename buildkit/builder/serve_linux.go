package builder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"bentoc.dev/buildkit/builder/sandbox"
	"bentoc.dev/buildkit/reexec"
)

// grace is the time for an orderly end.
const grace = 10 * time.Second

func stages() []reexec.Stage {
	return append(sandbox.Stages(), reexec.Stage{Name: stageBuilder, Run: runBuilder})
}

// runBuilder is the builder process. Descriptor 3 is the locked lock, 4 takes
// the reports, and 5 is the connection of who started it: it cannot come too late.
func runBuilder(args []string) int {
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)
	unix.CloseOnExec(5)
	reports := json.NewEncoder(os.NewFile(4, "reports"))
	tell := func(r report) { reports.Encode(r) } //nolint:errcheck // nobody may listen any more
	logrus.SetOutput(os.Stderr)
	logrus.SetLevel(logrus.ErrorLevel)
	syscall.Umask(0o022) // the caller's own must not reach the images
	fail := func(kind string, err error) int {
		fmt.Fprintln(os.Stderr, "bentoc: error:", err)
		tell(report{Error: err.Error(), Kind: kind})
		return 1
	}
	var c serveConfig
	if len(args) != 1 {
		return fail("", errors.New("the builder process takes one argument"))
	}
	if err := json.Unmarshal([]byte(args[0]), &c); err != nil {
		return fail("", fmt.Errorf("reading the builder's configuration: %w", err))
	}
	if err := ownMounts(); err != nil {
		return fail(kindNamespace, err)
	}
	if err := clean(&c); err != nil {
		return fail(kindState, err)
	}
	lis, err := listen(c.State)
	if err != nil {
		return fail(kindState, err)
	}
	ctl, err := newController(context.Background(), c)
	if err != nil {
		return fail(kindOf(err), errors.Join(err, lis.Close()))
	}
	first, err := fileConn(os.NewFile(5, "starter"))
	if err != nil {
		return fail("", errors.Join(err, ctl.close(), lis.Close()))
	}
	conns := newConnections(lis, first, tell)
	code := serve(ctl, conns, func() { tell(report{Ready: true}) })
	settle(filepath.Join(c.State, tmpDir), settleWait)
	if code == 0 {
		os.Remove(filepath.Join(c.State, runningFile)) //nolint:errcheck // then there is more to tidy up next time
	}
	return code
}

// fileConn gives the connection of a socket and closes f.
func fileConn(f *os.File) (net.Conn, error) {
	c, err := net.FileConn(f)
	return c, errors.Join(err, f.Close())
}

// serve answers until the last connection has ended or the process is asked to end.
func serve(ctl *controller, conns *connections, ready func()) int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	served := make(chan error, 1)
	go func() { served <- ctl.server.Serve(conns) }()
	ready()
	select {
	case <-conns.gone:
	case <-stop:
	case err := <-served:
		fmt.Fprintln(os.Stderr, "bentoc: error: serving:", err)
	}
	// Process 1 takes everything with it, so an end that hangs is cut short
	// without harm: the databases survive a crash at any moment. It cannot kill
	// itself: process 1 heeds no such signal of its own namespace.
	time.AfterFunc(grace, func() { os.Exit(0) })
	if err := errors.Join(conns.Close(), ctl.close()); err != nil {
		fmt.Fprintln(os.Stderr, "bentoc: error: ending:", err)
		return 1
	}
	return 0
}

// settleWait bounds the wait for what BuildKit was doing when its server ended.
const settleWait = time.Second

// settle waits until what a cancelled build was doing has removed its temporary
// files: BuildKit's own goroutines are waited for by nobody, and one that has a
// layer mounted unmounts it a moment after the build was answered. What is still
// there after the wait is taken from under it. Nothing is removed recursively:
// below a mount lie the files of the cache.
func settle(dir string, wait time.Duration) {
	for deadline := time.Now().Add(wait); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if left, err := os.ReadDir(dir); err != nil || len(left) == 0 {
			return
		}
	}
	left, _ := os.ReadDir(dir) // what cannot be read is left to the next builder
	for _, e := range left {
		path := filepath.Join(dir, e.Name())
		unix.Unmount(path, unix.MNT_DETACH) //nolint:errcheck // most are no mounts
		os.Remove(path)                     //nolint:errcheck // the next builder tidies up too
	}
}

// kindOf tells a disk that refuses from a cache that is in pieces.
func kindOf(err error) string {
	for _, refused := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.EMFILE} {
		if errors.Is(err, refused) {
			return kindState
		}
	}
	return ""
}

// clean removes what a builder process that was killed left behind, and notes
// that there is one now. The lock is held.
func clean(c *serveConfig) error {
	running := filepath.Join(c.State, runningFile)
	_, err := os.Stat(running)
	c.killed = err == nil
	if err := os.WriteFile(running, nil, 0o600); err != nil {
		return err
	}
	if c.Fresh {
		if err := os.RemoveAll(filepath.Join(c.State, cacheDir)); err != nil {
			return err
		}
	}
	for _, dir := range []string{stepsDir, tmpDir, oldCacheDir} {
		if err := os.RemoveAll(filepath.Join(c.State, dir)); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(c.State, tmpDir), 0o700); err != nil {
		return err
	}
	return removeSockets(c.State)
}

// socket is the listener in the state folder.
type socket struct {
	net.Listener
	dir  *os.File // the folder; it names the socket, see dialState
	once sync.Once
	err  error
}

func listen(state string) (*socket, error) {
	dir, err := os.Open(state)
	if err != nil {
		return nil, err
	}
	lis, err := net.Listen("unix", fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), socketName()))
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return &socket{Listener: lis, dir: dir}, nil
}

// Close removes the socket too. It may be called twice: the server does.
func (s *socket) Close() error {
	s.once.Do(func() { s.err = errors.Join(s.Listener.Close(), s.dir.Close()) })
	return s.err
}

// connections is a listener that knows how many of its connections are open.
type connections struct {
	net.Listener
	first chan net.Conn // until it is accepted
	gone  chan struct{} // closed when the last connection has ended
	tell  func(report)
	last  sync.Once
	mu    sync.Mutex
	open  int
}

// newConnections counts first, which is accepted before all that come to lis.
func newConnections(lis net.Listener, first net.Conn, tell func(report)) *connections {
	l := &connections{Listener: lis, first: make(chan net.Conn, 1), gone: make(chan struct{}), tell: tell, open: 1}
	l.first <- first
	return l
}

// Accept counts the connection until it is closed.
func (l *connections) Accept() (net.Conn, error) {
	select {
	case c := <-l.first:
		return &connection{Conn: c, list: l}, nil
	default:
	}
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	return &connection{Conn: c, list: l}, nil
}

func (l *connections) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.open > 0 {
		l.tell(report{Connections: l.open})
		return
	}
	// Once is enough: somebody may come while the process is ending.
	l.last.Do(func() { close(l.gone) })
}

// connection is one of them.
type connection struct {
	net.Conn
	list *connections
	once sync.Once
}

// Close ends the connection and tells the list.
func (c *connection) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.list.leave)
	return err
}
