package emit

import (
	"context"
	"fmt"
	"runtime"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"bentoc.dev/compiler/plan"
)

// StoreID is the name under which a client must offer the store's OCI layout
// folder to BuildKit (client.SolveOpt.OCIStores).
const StoreID = "store"

// Options are the choices of [Images] that a plan does not hold.
type Options struct {
	// Files holds the texts of the CUE files by [diag.Pos.File]. An operation
	// whose file is not there carries no place.
	Files map[string][]byte
	// BuildPlatform is the platform that runs the compilers, such as
	// linux/amd64; empty means linux on this machine's architecture.
	BuildPlatform string
	// NoCache runs every operation again, with empty folders in place of caches:
	// what a build gives that way depends on nothing that was built before.
	NoCache bool
}

// platform is the build platform, parsed.
func (o Options) platform() (ocispecs.Platform, error) {
	if o.BuildPlatform == "" {
		o.BuildPlatform = "linux/" + runtime.GOARCH
	}
	p, err := platforms.Parse(o.BuildPlatform)
	if err != nil {
		return p, fmt.Errorf("reading the build platform: %w", err)
	}
	return p, nil
}

// Image is what BuildKit needs for one platform's image.
type Image struct {
	// ID names the platform, such as linux/arm64.
	ID string
	// Platform is ID, parsed.
	Platform ocispecs.Platform
	// Definition is the marshalled LLB of the root file system.
	Definition *llb.Definition
	// Config is the OCI image config with history and without rootfs.
	Config []byte
	// BaseConfig is the config of the image below, nil without one. BuildKit
	// keeps the base's layers and their times as they are because of it.
	BaseConfig []byte
	// Annotations go on the image's manifest.
	Annotations map[string]string
}

// Images gives the images of p in the order of its platforms. An error means
// that p contradicts itself: a user's mistake never gets this far.
func Images(ctx context.Context, p *plan.Plan, o Options) ([]Image, error) {
	build, err := o.platform()
	if err != nil {
		return nil, err
	}
	g, err := newGraph(p, o)
	if err != nil {
		return nil, err
	}
	images := make([]Image, 0, len(p.Images))
	for i := range p.Images {
		img, err := g.image(ctx, &p.Images[i], build)
		if err != nil {
			return nil, fmt.Errorf("emitting %s: %w", p.Images[i].Platform, err)
		}
		images = append(images, img)
	}
	return images, nil
}

func (g *graph) image(ctx context.Context, img *plan.Image, build ocispecs.Platform) (Image, error) {
	target, err := platforms.Parse(img.Platform)
	if err != nil {
		return Image{}, err
	}
	target = platforms.Normalize(target)
	root, err := g.root(img)
	if err != nil {
		return Image{}, err
	}
	// The build machine's platform, not the image's: nothing of the image is
	// ever run, and what two images share has one digest.
	def, err := root.Marshal(ctx, llb.Platform(build))
	if err != nil {
		return Image{}, fmt.Errorf("marshalling: %w", err)
	}
	out := Image{ID: platforms.Format(target), Platform: target, Definition: def, Annotations: img.Annotations}
	if img.Base != nil {
		out.BaseConfig = img.Base.Config
	}
	out.Config, err = imageConfig(g.plan, img, target)
	return out, err
}

// Ops counts the build steps of images; what several share counts once, as BuildKit
// runs it once.
func Ops(images []Image) int {
	distinct := map[string]bool{}
	for _, img := range images {
		steps := img.Definition.Def
		for _, op := range steps[:max(len(steps)-1, 0)] { // the last only names the result
			distinct[string(op)] = true
		}
	}
	return len(distinct)
}
