package builder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gw "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/opencontainers/go-digest"
	bolterrors "go.etcd.io/bbolt/errors"

	"bentoc.dev/buildkit/emit"
	"bentoc.dev/compiler/store"
)

// Request is one build.
type Request struct {
	// Images are the platforms of the result, in its order.
	Images []emit.Image
	// Checks are solved beside the images; where one fails, the build does.
	Checks []*llb.Definition
	// Store is the OCI layout folder that the images' layers are read from.
	Store string
	// Results, if set, is the store in the folder Store; what the embedded builder
	// gives is kept there for [Recall].
	Results *store.Store
	// Share are digests of large blobs in Store. The embedded builder uses them
	// where they lie instead of copying them.
	Share []string
	// Epoch is the time of everything in the result, seconds since 1970.
	Epoch int64
	// Names are annotations of the result in the archive's index.json, by which
	// importers find it. They change no digest.
	Names map[string]string
	// Output opens what takes the result as an OCI archive. It is called when
	// everything has been built, and again when the builder process died and
	// the build is repeated; then what it opened before is void. Nil builds
	// and throws away.
	Output func() (io.WriteCloser, error)
	// Status, if set, is told how the build goes. Calls do not overlap.
	Status func(*client.SolveStatus)
}

// Result is what a build gave.
type Result struct {
	// Digest is that of the image index, sha256:…, empty without an output.
	Digest string
}

// compatibilityVersion pins the exporter's bytes across BuildKit's versions:
// docs/build-repro.md of BuildKit.
const compatibilityVersion = 30

// helloTimeout bounds the wait for an answer that takes no work.
const helloTimeout = 30 * time.Second

// maxAttempts is how often a build is begun when the builder process dies under it.
const maxAttempts = 3

// Solve builds r. An operation that fails is a [*BuildError].
func (b *Builder) Solve(ctx context.Context, r Request) (*Result, error) {
	l, err := b.current()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		b.share(r)
		res, err := solve(ctx, l.client, r, r.Results != nil && !b.Remote())
		if err == nil {
			b.tidy(ctx, l.client)
			return res, nil
		}
		broken := isBroken(err)
		if b.Remote() || ctx.Err() != nil || attempt == maxAttempts || !broken && !l.gone(ctx) {
			return nil, err
		}
		// The builder process may have been killed. But where it crashes again
		// and again, or says so, the cache is in pieces.
		fresh := broken || attempt > 1 && l.crashed != nil && l.crashed()
		if l, err = b.replace(ctx, l, fresh); err != nil {
			return nil, err
		}
	}
}

// gone reports whether the builder process has died. It asks: a build that
// breaks off with its process ends in any of many errors.
func (l *link) gone(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	_, err := l.client.Info(ctx)
	return err != nil
}

// isBroken reports whether err is that of a database that a power cut left in
// pieces. BuildKit does not keep the error's type.
func isBroken(err error) bool {
	for _, e := range []error{bolterrors.ErrInvalid, bolterrors.ErrChecksum, bolterrors.ErrVersionMismatch} {
		if strings.Contains(err.Error(), e.Error()) {
			return true
		}
	}
	return false
}

func solve(ctx context.Context, c *client.Client, r Request, keep bool) (*Result, error) {
	var ids []string
	for _, img := range r.Images {
		ids = append(ids, img.ID)
	}
	opt := client.SolveOpt{
		OCIStores:            map[string]content.Store{emit.StoreID: layout{r.Store}},
		FrontendAttrs:        map[string]string{"platform": strings.Join(ids, ",")}, // or the exporter warns
		Internal:             true,                                                  // no entry in BuildKit's history: it holds times
		CompatibilityVersion: compatibilityVersion,
	}
	out := newSink(layout{r.Store})
	if r.Output != nil {
		opt.Exports = []client.ExportEntry{ociExport(r, out)}
	}
	watch := newWatch(r.Status)
	res, err := c.Build(ctx, opt, "bentoc", func(ctx context.Context, g gw.Client) (*gw.Result, error) {
		return solveAll(ctx, g, r)
	}, watch.updates)
	<-watch.done
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, watch.explain(err)
	}
	if r.Output == nil {
		return &Result{}, nil
	}
	root := digest.Digest(res.ExporterResponse[exptypes.ExporterImageDigestKey])
	if err := writeOutput(ctx, r, out, root); err != nil {
		return nil, fmt.Errorf("writing the image: %w", err)
	}
	if keep {
		_ = r.keep(ctx, out, root) // else the next build asks the builder again
	}
	return &Result{Digest: root.String()}, nil
}

func writeOutput(ctx context.Context, r Request, out sink, root digest.Digest) error {
	w, err := r.Output()
	if err != nil {
		return err
	}
	return errors.Join(out.writeArchive(ctx, w, root, r.Names), w.Close())
}

// ociExport names every choice of the exporter, so that no default of another
// version changes the bytes. Layers from the store keep their compression.
func ociExport(r Request, out sink) client.ExportEntry {
	attrs := map[string]string{
		string(exptypes.OptKeyOCITypes):         "true",
		string(exptypes.OptKeyLayerCompression): "gzip",
		string(exptypes.OptKeyForceCompression): "false",
		string(exptypes.OptKeyRewriteTimestamp): "false",
		"tar":                                   "false",
		string(exptypes.OptKeySourceDateEpoch):  strconv.FormatInt(r.Epoch, 10),
	}
	return client.ExportEntry{
		Type:        client.ExporterOCI,
		Attrs:       attrs,
		OutputStore: out,
	}
}

// solveAll solves every image and check, and describes the images to the exporter.
func solveAll(ctx context.Context, g gw.Client, r Request) (*gw.Result, error) {
	refs := make([]gw.Reference, len(r.Images))
	errs := make(chan error, len(r.Images)+len(r.Checks))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for i := range r.Images {
		go func() {
			ref, err := solveOne(ctx, g, r.Images[i].Definition)
			refs[i] = ref
			errs <- err
		}()
	}
	for _, def := range r.Checks {
		go func() {
			_, err := solveOne(ctx, g, def)
			errs <- err
		}()
	}
	// When operations of two images fail, BuildKit may put an error of its own
	// bookkeeping in place of one of theirs ("releasing already released
	// reference"), so an error that belongs to an operation wins.
	var failed error
	for range cap(errs) {
		err := <-errs
		if ofOperation(err) && !ofOperation(failed) {
			failed = err
			cancel(err)
		}
		if failed == nil {
			failed = err
		}
	}
	if failed != nil {
		return nil, failed
	}
	return describe(r.Images, refs)
}

func ofOperation(err error) bool {
	var vertex *errdefs.VertexError
	return errors.As(err, &vertex)
}

func solveOne(ctx context.Context, g gw.Client, def *llb.Definition) (gw.Reference, error) {
	res, err := g.Solve(ctx, gw.SolveRequest{Definition: def.ToPB(), Evaluate: true})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// describe gives the exporter the platforms, configs and annotations. The
// result is an index even for one platform.
func describe(images []emit.Image, refs []gw.Reference) (*gw.Result, error) {
	res := gw.NewResult()
	var list exptypes.Platforms
	for i, img := range images {
		list.Platforms = append(list.Platforms, exptypes.Platform{ID: img.ID, Platform: img.Platform})
		res.AddRef(img.ID, refs[i])
		res.AddMeta(exptypes.ExporterImageConfigKey+"/"+img.ID, img.Config)
		if img.BaseConfig != nil {
			res.AddMeta(exptypes.ExporterImageBaseConfigKey+"/"+img.ID, img.BaseConfig)
		}
		for k, v := range img.Annotations {
			res.AddMeta(exptypes.AnnotationManifestKey(&img.Platform, k), []byte(v))
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("listing the platforms: %w", err)
	}
	res.AddMeta(exptypes.ExporterPlatformsKey, text)
	return res, nil
}
