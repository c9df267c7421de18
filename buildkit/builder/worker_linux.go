package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/diff/apply"
	ctdmetadata "github.com/containerd/containerd/v2/core/metadata"
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/containerd/v2/plugins/diff/walking"
	"github.com/containerd/containerd/v2/plugins/snapshots/native"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay/overlayutils"
	"github.com/containerd/platforms"
	"github.com/moby/buildkit/cache/metadata"
	"github.com/moby/buildkit/client"
	containerdsnapshot "github.com/moby/buildkit/snapshot/containerd"
	"github.com/moby/buildkit/util/db/boltutil"
	"github.com/moby/buildkit/util/leaseutil"
	"github.com/moby/buildkit/util/resolver"
	"github.com/moby/buildkit/version"
	"github.com/moby/buildkit/worker/base"
	wlabel "github.com/moby/buildkit/worker/label"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	bolt "go.etcd.io/bbolt"

	"bentoc.dev/buildkit/builder/sandbox"
)

// namespace is the one that BuildKit itself uses in its containerd databases.
const namespace = "buildkit"

// closers are undone from the last to the first.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

func (c closers) close() error {
	var errs []error
	for i := len(c) - 1; i >= 0; i-- {
		errs = append(errs, c[i]())
	}
	return errors.Join(errs...)
}

// newSnapshotter opens the snapshots in root. Its database is closed by nobody else.
func newSnapshotter(ctx context.Context, root, name string, killed bool) (snapshots.Snapshotter, error) {
	dir := filepath.Join(root, "snapshots")
	if killed {
		if err := removeOrphans(ctx, dir); err != nil {
			return nil, fmt.Errorf("tidying up: %w", err)
		}
	}
	if name == overlayfs {
		return overlay.NewSnapshotter(dir, overlay.AsynchronousRemove)
	}
	return native.NewSnapshotter(dir)
}

// newWorker is what runc.NewWorkerOpt of BuildKit does, without runc. undo
// closes what the worker itself does not.
func newWorker(ctx context.Context, c serveConfig, root string) (w *base.Worker, undo closers, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, undo.close())
		}
	}()
	name := filepath.Base(root)
	snapshotter, err := newSnapshotter(ctx, root, name, c.killed)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the snapshots: %w", err)
	}
	undo.add(snapshotter.Close)
	blobs, err := local.NewStore(filepath.Join(root, "content"))
	if err != nil {
		return nil, undo, fmt.Errorf("opening the content store: %w", err)
	}
	db, err := boltutil.Open(filepath.Join(root, "containerdmeta.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		return nil, undo, fmt.Errorf("opening the content metadata: %w", err)
	}
	mdb := ctdmetadata.NewDB(db, blobs, map[string]snapshots.Snapshotter{name: snapshotter})
	if err := mdb.Init(ctx); err != nil {
		return nil, undo, errors.Join(fmt.Errorf("reading the content metadata: %w", err), db.Close())
	}
	md, err := metadata.NewStore(filepath.Join(root, "metadata_v2.db"))
	if err != nil {
		return nil, undo, errors.Join(fmt.Errorf("opening the cache metadata: %w", err), db.Close())
	}
	id, err := base.ID(root)
	if err != nil {
		return nil, undo, errors.Join(fmt.Errorf("naming the worker: %w", err), db.Close(), md.Close())
	}
	content := containerdsnapshot.NewContentStore(mdb.ContentStore(), namespace)
	w, err = base.NewWorker(ctx, base.WorkerOpt{
		ID:              id,
		Root:            root,
		Labels:          map[string]string{wlabel.Executor: "bentoc", wlabel.Snapshotter: name},
		Platforms:       []ocispecs.Platform{platforms.Normalize(platforms.DefaultSpec())},
		GCPolicy:        []client.PruneInfo{{All: true, MaxUsedSpace: c.KeepBytes}},
		BuildkitVersion: client.BuildkitVersion{Package: version.Package, Version: version.Version, Revision: version.Revision},
		Executor:        sandbox.NewExecutor(filepath.Join(c.State, stepsDir)),
		Snapshotter:     containerdsnapshot.NewSnapshotter(name, mdb.Snapshotter(name), namespace, nil),
		ContentStore:    content,
		Applier:         apply.NewFileSystemApplier(content),
		Differ:          walking.NewWalkingDiff(content),
		RegistryHosts:   resolver.NewRegistryConfig(nil),
		LeaseManager:    leaseutil.WithNamespace(ctdmetadata.NewLeaseManager(mdb), namespace),
		GarbageCollect:  mdb.GarbageCollect,
		MetadataStore:   md,
		ContentMetadata: db,
		MountPoolRoot:   filepath.Join(root, "cachemounts"),
	})
	if err != nil {
		return nil, undo, errors.Join(fmt.Errorf("making the worker: %w", err), db.Close(), md.Close())
	}
	return w, undo, nil
}

// The snapshotters, by their names in BuildKit.
const (
	overlayfs = "overlayfs"
	nativeFS  = "native"
)

// makeRoot makes the folder of BuildKit's own state: one a snapshotter, since none of
// them finds in another's database what it has. Overlayfs needs no copies; plain
// folders are taken where the kernel or the file system does not have it.
func makeRoot(state string) (string, error) {
	dir := filepath.Join(state, cacheDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	root := filepath.Join(dir, nativeFS)
	if overlayutils.Supported(dir) == nil {
		root = filepath.Join(dir, overlayfs)
	}
	return root, os.MkdirAll(root, 0o700)
}
