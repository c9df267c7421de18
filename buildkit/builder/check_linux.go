package builder

import (
	"context"
	"os"
	"path/filepath"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"bentoc.dev/compiler/store"
)

// checkedFile of a cache keeps how the contents in BuildKit's cache
// looked when they were compared with their digests.
const checkedFile = "checked.json"

// damagedCache gives a content of BuildKit's cache that is not what its name says, "" where
// there is none. BuildKit itself believes them. It is called while nobody uses the state
// folder. That the index cannot be written, on a full disk, is no fault of the cache.
//
// Contents that were being copied go: BuildKit would go on with what it has of
// them, and fail for ever where that was damaged on its way.
func damagedCache(ctx context.Context, state string) string {
	for _, root := range cacheRoots(state) {
		contents := filepath.Join(root, "content")
		if os.RemoveAll(filepath.Join(contents, "ingest")) != nil {
			return "what was being copied"
		}
		damaged, _ := store.CheckFolder(ctx, filepath.Join(contents, ocispecs.ImageBlobsDir, "sha256"), filepath.Join(root, checkedFile))
		if len(damaged) > 0 {
			return damaged[0]
		}
	}
	return ""
}
