// Package plan turns a checked bento and its lock into build steps that name no
// build system: which layers are mounted where, what is compiled, and what each
// image is made of. Package emit turns a plan into BuildKit's LLB.
//
// A plan is data. The same inputs give the same bytes, and
// `bentoc compile --emit=plan` prints it.
package plan

import (
	"bytes"
	"encoding/json"
	"fmt"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Version is the version of the plan's shape.
const Version = 1

// Plan is everything that a builder has to do for one bento.
type Plan struct {
	Version  int       `json:"planVersion"`
	Bento    string    `json:"bento"`
	Service  string    `json:"service,omitempty"` // of a bento that has several
	IRDigest string    `json:"irDigest"`          // sha256:…
	Epoch    int64     `json:"epoch"`             // every time in the images, seconds since 1970
	Inputs   []Input   `json:"inputs"`            // by ID
	Compiles []Compile `json:"compiles"`          // one a platform, and one for Opens
	Opens    []Open    `json:"opens,omitempty"`
	Images   []Image   `json:"images"` // one a platform, in the order of platforms
}

// Readable gives the plan as JSON for people, see [ir.Indent]. Of the IR it has the
// digest; compile --emit=ir prints what that is of.
func (p *Plan) Readable() ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("encoding the plan: %w", err)
	}
	return ir.Indent(text.Bytes())
}

// Input is a layer that lies in the store as a one-layer OCI image. A builder
// mounts it by digest: nothing in a plan is fetched from anywhere else.
type Input struct {
	ID       string   `json:"id"`       // such as toolchain, modules, source, rootfs
	Content  string   `json:"content"`  // what is in it, for people
	Manifest string   `json:"manifest"` // digest of the image manifest in the store
	Layer    string   `json:"layer"`    // digest of the layer blob
	DiffID   string   `json:"diffID"`   // digest of the uncompressed layer
	Size     int64    `json:"size"`     // bytes of the layer blob
	Unpacked int64    `json:"unpacked"` // bytes of the files in it
	Pos      diag.Pos `json:"-"`        // where bento.cue asks for it
}

// Compile runs the Go compiler once, in a sandbox without network on an empty
// root. Output is the only folder that it writes.
type Compile struct {
	ID       string   `json:"id"`       // such as server-linux-amd64
	Name     string   `json:"name"`     // for people: "compile the server for linux/amd64"
	Platform string   `json:"platform"` // what it compiles for, not what it runs on
	Mounts   []Mount  `json:"mounts"`
	Caches   []Cache  `json:"caches"`
	Dir      string   `json:"dir"`
	Args     []string `json:"args"`
	Env      []string `json:"env"`
	Output   string   `json:"output"` // folder that holds the result
	Pos      diag.Pos `json:"-"`
}

// Open opens models in a sandbox without network, with the libraries that an image
// has. It gives nothing: where it fails, so does the build.
type Open struct {
	ID       string      `json:"id"`   // such as open-linux-amd64
	Name     string      `json:"name"` // for people
	Platform string      `json:"platform"`
	Base     *Base       `json:"base,omitempty"`
	Layers   []string    `json:"layers"` // Input.IDs that the root is made of, from the bottom up
	Mounts   []Mount     `json:"mounts"`
	Tool     string      `json:"tool"`   // Compile.ID of the program
	ToolAt   string      `json:"toolAt"` // where its Compile.Output is mounted
	Args     []string    `json:"args"`
	Env      []string    `json:"env"`
	Models   []OpenModel `json:"models"`             // in the order of Args
	Paddings []OpenModel `json:"paddings,omitempty"` // the runners whose items are padded, in the order of Args
	Pos      diag.Pos    `json:"-"`
}

// OpenModel is a model that is opened.
type OpenModel struct {
	Name string   `json:"name"`
	Pos  diag.Pos `json:"-"`
}

// Mount puts an input at a path, read-only.
type Mount struct {
	Input string `json:"input"` // Input.ID
	Path  string `json:"path"`
}

// Cache is a folder that survives between builds. Steps that share one take
// turns. What is in it must never change a result.
type Cache struct {
	ID   string `json:"id"`
	Path string `json:"path"`
}

// Image is one platform's image.
type Image struct {
	Platform    string            `json:"platform"`
	Base        *Base             `json:"base,omitempty"`
	Layers      []Layer           `json:"layers"` // from the bottom up
	Config      json.RawMessage   `json:"config"` // OCI image config without rootfs and history
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Base is the image below the bento's layers, kept in the store.
type Base struct {
	Manifest string          `json:"manifest"` // digest of this platform's manifest
	Config   json.RawMessage `json:"config"`   // its config, so that its layers keep their digests
	Pos      diag.Pos        `json:"-"`
}

// Layer is one layer of an image: an input as it is, or a file that a compile
// step wrote. Exactly one of Input and Compile is set.
type Layer struct {
	Input   string   `json:"input,omitempty"`
	Compile string   `json:"compile,omitempty"` // Compile.ID
	Content string   `json:"content"`           // for people
	From    string   `json:"from,omitempty"`    // file below Compile.Output
	To      string   `json:"to,omitempty"`      // absolute path in the image
	Mode    int      `json:"mode,omitempty"`
	Pos     diag.Pos `json:"-"`
}
