// Package schema is the CUE schema of a bento: what bento.cue is written
// under. Users import it as "bentoc.dev/schema@v0"; bentoc always evaluates its
// own embedded copy, so that the same tool gives the same result whatever copy
// a project has vendored for its editors.
package schema

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// FS holds the CUE files of the schema, without a folder.
//
//go:embed *.cue
var FS embed.FS

// How the schema is named in CUE.
const (
	Module     = "bentoc.dev@v0"        // the CUE module that the schema lies in
	ImportPath = "bentoc.dev/schema@v0" // what users import
	Version    = "v0.1.0"               // version of the module
)

// Files gives the embedded schema by file name.
func Files() map[string][]byte {
	out := map[string][]byte{}
	names, _ := fs.Glob(FS, "*.cue")
	for _, name := range names {
		if data, err := FS.ReadFile(name); err == nil {
			out[name] = data
		}
	}
	return out
}

// Digest is the SHA-256 of the embedded schema in hexadecimal.
func Digest() string { return DigestOf(Files()) }

// DigestOf is [Digest] for another copy of the schema: the SHA-256 of every
// file's name and bytes, in the order of names.
func DigestOf(files map[string][]byte) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
