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

// Digest is the SHA-256 of the embedded schema in hexadecimal: of every file's
// name and bytes, in the order of names.
func Digest() string { return DigestOf(FS) }

// DigestOf is [Digest] for another copy of the schema. Files that do not end
// in .cue do not count; a file that cannot be read counts as empty.
func DigestOf(fsys fs.FS) string {
	names, _ := fs.Glob(fsys, "*.cue")
	h := sha256.New()
	for _, name := range names {
		data, _ := fs.ReadFile(fsys, name)
		fmt.Fprintf(h, "%s %d\n", name, len(data))
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil))
}
