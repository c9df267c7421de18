package load

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
)

// vendorDir is where CUE's own tools find the schema, below the module root.
const vendorDir = "cue.mod/pkg/bentoc.dev/schema"

// Vendor gives the files of the schema that a project keeps so that `cue vet`
// and editors work without bentoc, by their path below the module root. Bentoc
// itself never reads them.
func Vendor() map[string][]byte {
	out := map[string][]byte{}
	for name, data := range schema.Files() {
		out[path.Join(vendorDir, name)] = append(vendorHeader(), data...)
	}
	return out
}

func vendorHeader() []byte {
	return fmt.Appendf(nil, "// bentoc schema %s sha256:%s\n\n", schema.Version, schema.Digest())
}

// stale warns when the project's own copy of the schema is not the one that
// bentoc uses: editors and `cue vet` would say something else than bentoc.
func (l *loading) stale(base fs.FS) {
	names, err := fs.Glob(base, vendorDir+"/*.cue")
	if err != nil || len(names) == 0 {
		return
	}
	have := map[string][]byte{}
	for _, name := range names {
		data, err := fs.ReadFile(base, name)
		if err != nil {
			continue
		}
		if bytes.HasPrefix(data, []byte("// bentoc schema ")) {
			_, data, _ = bytes.Cut(data, []byte("\n\n"))
		}
		have[path.Base(name)] = data
	}
	if schema.DigestOf(have) == schema.Digest() {
		return
	}
	l.diags.Warnf(diag.StaleSchema, ir.Pos{File: names[0], Line: 1, Col: 1}, "", "the project's copy of the schema is not the one that this bentoc uses (%s)", schema.Version).
		Hintf("run `bentoc init --schema` in the module's folder to write it anew; only editors and `cue vet` read it")
}
