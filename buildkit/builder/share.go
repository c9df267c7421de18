package builder

import (
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// cacheDir is BuildKit's own folder in a state folder.
const cacheDir = "cache"

// share gives blobs of the store to the embedded BuildKit as further names of
// the same files, so that weights of gigabytes are not copied into its cache.
// containerd's content store believes what it finds under the name of a digest.
// Where there can be no such name (another file system, a builder elsewhere),
// BuildKit copies as ever.
func (b *Builder) share(r Request) {
	if b.Remote() || b.opts.State == "" {
		return
	}
	from := layout{r.Store}
	to := layout{filepath.Join(b.opts.State, cacheDir, "content")}
	for _, text := range r.Share {
		d := digest.Digest(text)
		source, err := from.path(d)
		if err != nil {
			continue
		}
		target := filepath.Join(to.dir, ocispecs.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
		if os.MkdirAll(filepath.Dir(target), 0o755) == nil {
			_ = os.Link(source, target) // there already, or not to be had
		}
	}
}
