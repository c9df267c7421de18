package builder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/containerd/containerd/v2/defaults"
	"github.com/moby/buildkit/control"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/solver"
	"github.com/moby/buildkit/solver/bboltcachestorage"
	"github.com/moby/buildkit/util/db/boltutil"
	"github.com/moby/buildkit/util/grpcerrors"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the codec of BuildKit's own messages
	"github.com/moby/buildkit/worker"
	bolt "go.etcd.io/bbolt"
	"google.golang.org/grpc"
)

// controller is a BuildKit in this process. There is one at most in the life
// of a process: BuildKit keeps handles in package variables.
type controller struct {
	server *grpc.Server
	undo   closers
}

func newController(ctx context.Context, c serveConfig) (_ *controller, err error) {
	ctl := &controller{}
	defer func() {
		if err != nil {
			err = errors.Join(err, ctl.undo.close())
		}
	}()
	root, err := makeRoot(c.State)
	if err != nil {
		return nil, err
	}
	w, undo, err := newWorker(ctx, c, root)
	if err != nil {
		return nil, err
	}
	ctl.undo.add(undo.close)
	wc := &worker.Controller{}
	if err := wc.Add(w); err != nil {
		ctl.undo.add(w.Close)
		return nil, fmt.Errorf("adding the worker: %w", err)
	}
	opt, stores, err := controllerOpt(ctx, root, wc)
	if err != nil {
		ctl.undo.add(wc.Close)
		return nil, err
	}
	running, stop := context.WithCancelCause(context.Background())
	opt.GracefulStop = running.Done()
	opt.GarbageCollect = w.GarbageCollect
	opt.LeaseManager = w.LeaseManager()
	opt.ContentStore = w.ContentStore()
	bk, err := control.NewController(opt)
	if err != nil {
		stop(err)
		ctl.undo.add(wc.Close)
		ctl.undo.add(stores.close)
		return nil, fmt.Errorf("starting BuildKit: %w", err)
	}
	ctl.server = grpc.NewServer(
		grpc.ChainUnaryInterceptor(grpcerrors.UnaryServerInterceptor), // errors keep their types
		grpc.StreamInterceptor(grpcerrors.StreamServerInterceptor),
		grpc.MaxRecvMsgSize(defaults.DefaultMaxRecvMsgSize),
		grpc.MaxSendMsgSize(defaults.DefaultMaxSendMsgSize))
	bk.Register(ctl.server)
	ctl.undo.add(bk.Close) // the worker and the databases too
	if e, ok := w.Executor().(io.Closer); ok {
		ctl.undo.add(e.Close) // what was cancelled unmounts its files
	}
	ctl.undo.add(func() error { ctl.server.Stop(); stop(errors.New("the builder ends")); return nil })
	return ctl, nil
}

// controllerOpt opens the controller's own databases. BuildKit itself replaces
// one of them that a crash broke.
func controllerOpt(ctx context.Context, root string, wc *worker.Controller) (control.Opt, closers, error) {
	var undo closers
	sessions, err := session.NewManager()
	if err != nil {
		return control.Opt{}, nil, fmt.Errorf("making sessions: %w", err)
	}
	cache, err := bboltcachestorage.NewStore(filepath.Join(root, "cache.db"))
	if err != nil {
		return control.Opt{}, nil, fmt.Errorf("opening the build cache: %w", err)
	}
	undo.add(cache.Close)
	history, err := boltutil.SafeOpen(filepath.Join(root, "history.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		return control.Opt{}, nil, errors.Join(fmt.Errorf("opening the build history: %w", err), undo.close())
	}
	undo.add(history.Close)
	return control.Opt{
		SessionManager:   sessions,
		WorkerController: wc,
		CacheManager:     solver.NewCacheManager(ctx, "local", cache, worker.NewCacheResultStorage(wc)),
		HistoryDB:        history,
		CacheStore:       cache,
	}, undo, nil
}

// close ends every build and closes every database.
func (c *controller) close() error { return c.undo.close() }
