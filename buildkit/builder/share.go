package builder

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// tmpDir is the folder of the state that has BuildKit's temporary files, beside its cache.
const tmpDir = "tmp"

// cacheDir is BuildKit's own folder in a state folder. Each snapshotter has a folder
// in it. oldCacheDir was all snapshotters' once.
const (
	cacheDir    = "caches"
	oldCacheDir = "cache"
)

// cacheRoots are the folders of the snapshotters that a state folder has.
func cacheRoots(state string) []string {
	roots, _ := filepath.Glob(filepath.Join(escape(state), cacheDir, "*")) // the pattern is right
	return roots
}

// escape makes a pattern that stands for a path alone.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

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
	for _, root := range cacheRoots(b.opts.State) {
		shareWith(from, root, filepath.Join(b.opts.State, tmpDir), r.Share)
	}
}

func shareWith(from layout, root, tmp string, digests []string) {
	to := layout{filepath.Join(root, "content")}
	for _, text := range digests {
		d := digest.Digest(text)
		source, err := from.path(d)
		if err != nil {
			continue
		}
		target := filepath.Join(to.dir, ocispecs.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
		if makeFolders(root, filepath.Dir(target)) == nil {
			shareFile(source, target, tmp)
		}
	}
}

// makeFolders makes dir below root. The new folders belong to the owner of root: the
// builder process of root has another user.
func makeFolders(root, dir string) error {
	if dir == root {
		return nil
	}
	if err := makeFolders(root, filepath.Dir(dir)); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o755)
	if os.IsExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return giveTo(dir, root)
}

// shareFile makes target a further name of source, or leaves things as they are where
// that cannot be. What is there under the name already may be a file that was
// damaged: the store has found that out, and the builder would not. The folder tmp is
// for a name on the way: among the contents it would be taken for a damaged one.
func shareFile(source, target, tmp string) {
	if os.Link(source, target) == nil {
		return
	}
	a, err := os.Stat(source)
	if err != nil {
		return
	}
	if b, err := os.Lstat(target); err == nil && os.SameFile(a, b) {
		return
	}
	// Another process may do the same at this moment.
	name := filepath.Join(tmp, rand.Text())
	if os.Link(source, name) != nil {
		return
	}
	_ = os.Rename(name, target)
	_ = os.Remove(name) // two names of one file: then the rename has done nothing
}
