// Package ir is the intermediate representation of a bento: plain structs that
// say everything a build needs and nothing about how it was written. The loader
// makes it out of CUE, the checks read and complete it, and the lock, the plan,
// the generator, the diff and the image label hold it.
//
// Its canonical form ([Bento.Canonical]) is JSON: object keys sorted, defaults
// filled in, no positions and no source file names. Two bentos are equal when
// their canonical bytes are equal, so moving a line or writing a comment that is
// not documentation changes nothing. Positions travel beside the data, in fields
// that JSON leaves out.
//
// # To add a type
//
// Declare it in schema/io.cue, with a #kind of its own. Then it needs rows, and a test
// in each of these packages fails until it has one:
//
//   - here, in types.go: its constant, its form (most of the compiler asks only whether
//     a kind is a scalar, made of others, a tensor or a file) and what it is called;
//   - in assign, kinds.go: what fits it, which constants are values, how it is described;
//   - in gen, kinds.go: its Go type, its JSON Schema, how a whole body of it travels. One
//     with values that Go holds in a new way has a row in goRows there too: how they are
//     read, checked and written;
//   - in load, helpers.go: a row of helperFields for a field of its own that the IR does
//     not hold as it was written, under the same name;
//   - in diff, a file of its own, rules_NAME.go, that adds values to compare answers by to
//     samples, and to kindRules what a change of a field of its own means.
//
// What those rows call is in a file of its own, kind_NAME.go. What reads and writes the
// values when a request comes is a package below runtime/codec.
//
// A way to write a text, such as a date, is no kind but a row of Formats. Load has a row
// that says how CUE writes it; where a function decides, that is in
// runtime/codec/format, and assign and gen have rows that name it.
//
// # To add a node
//
// Declare its field in schema/graph.cue, and with it what #out is. Then:
//
//   - here, in nodes.go: its field of [Node], its constant, and a row: what it runs, what
//     it takes, whether it has nodes inside, the type of its result. A value that it
//     holds beside #in has a role and a row of nodeSlots;
//   - in load, graphs.go: how the field is read;
//   - in gen, nodes.go: the statement that it becomes;
//   - what it must not do, as a rule of package check.
package ir

import (
	"encoding/json"

	"bentoc.dev/compiler/diag"
)

// Version is the version of the IR's shape. It grows when a reader of an older
// version would misread a newer one.
const Version = 1

// Pos is a place in the user's CUE sources.
type Pos = diag.Pos

// Bento is one bento: everything that `bento: schema.#Bento & {…}` says.
// Maps are keyed by name; the path of a thing is "graphs.read", "runners.det".
type Bento struct {
	Version     int                 `json:"irVersion"`
	Name        string              `json:"name"`
	Doc         string              `json:"doc,omitempty"`
	Platforms   []string            `json:"platforms"` // sorted, such as linux/amd64
	Base        *Base               `json:"base,omitempty"`
	Labels      map[string]string   `json:"labels,omitempty"`
	Env         map[string]string   `json:"env,omitempty"`         // defaults of environment variables in the image
	RequiredEnv []string            `json:"requiredEnv,omitempty"` // sorted; the server does not start without them
	Files       map[string]*File    `json:"files,omitempty"`       // by absolute path in the image
	Types       map[string]*Type    `json:"types,omitempty"`       // named types, from CUE definitions such as #Line
	Models      map[string]*Model   `json:"models,omitempty"`
	Runners     map[string]*Runner  `json:"runners,omitempty"`
	Graphs      map[string]*Graph   `json:"graphs,omitempty"`
	Services    map[string]*Service `json:"services"`
	// Diagnostics say how warnings are dealt with, by code.
	Diagnostics map[string]*Diagnostic `json:"diagnostics,omitempty"`
	// Accepted are changes that were agreed to, by the rule that finds them. They are about
	// the step to this bento and no part of it, so that the canonical form leaves them out.
	// Nil is for who does not say.
	Accepted map[string][]*Accepted `json:"accepted,omitzero"`
	GPUs     *GPUs                  `json:"gpus,omitempty"` // how they are given out; nil: packed, never too much
	Budgets  *Budgets               `json:"budgets,omitempty"`
	Tests    map[string]*Test       `json:"tests,omitempty"`

	Pos Pos `json:"-"`
	// At has the place of every path that the structs have no Pos for, such as
	// "services.ocr.resources.memory" or "labels.team".
	At map[string]Pos `json:"-"`
}

// Base is the image that the bento's own layers lie on. Nil means an empty one.
// Exactly one field is set.
type Base struct {
	Image  string `json:"image,omitempty"`  // registry reference
	Layout string `json:"layout,omitempty"` // folder with an OCI layout, relative to the module root
	Pos    Pos    `json:"-"`
}

// File is a file or folder of the module that is copied into the image.
type File struct {
	Path string `json:"path"`           // relative to the module root
	Mode int    `json:"mode,omitempty"` // permission bits; 0 means 0644, 0755 for folders
	Pos  Pos    `json:"-"`
}

// Model is an artifact: files with a source, a format and a tensor signature.
type Model struct {
	Doc       string            `json:"doc,omitempty"`
	Source    Source            `json:"source"`
	File      string            `json:"file,omitempty"`    // path inside the source
	Inputs    map[string]string `json:"inputs,omitempty"`  // name in the bento: name in the file
	Outputs   map[string]string `json:"outputs,omitempty"` // name in the bento: name in the file
	BatchAxis *int              `json:"batchAxis,omitempty"`
	// BatchAxes are those of tensors that have another one, by their names in the bento.
	BatchAxes map[string]int `json:"batchAxes,omitempty"`
	// Signature is what the model file itself says, by the names of the bento,
	// with the batch axis taken off. Nil until the model is locked.
	Signature *Signature `json:"signature,omitempty"`
	Pos       Pos        `json:"-"`
}

// Source says where a model comes from. Exactly one field is set.
type Source struct {
	Path string      `json:"path,omitempty"` // relative to the module root
	HTTP *HTTPSource `json:"http,omitempty"`
	PyPI *PyPISource `json:"pypi,omitempty"`
	Pos  Pos         `json:"-"`
}

// HTTPSource is a file behind a URL, pinned by its digest.
type HTTPSource struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256"`
}

// PyPISource is a file inside a wheel.
type PyPISource struct {
	Project string `json:"project"`
	Version string `json:"version"`
}

// Signature gives a model's tensors, in the order of the file.
type Signature struct {
	Inputs  []TensorField `json:"inputs"`
	Outputs []TensorField `json:"outputs"`
	// File is what the model's file is called in the image, "" for model.onnx.
	File string `json:"file,omitempty"`
	// MaxBatch is 1 where the file fixes the batch axis to one item; 0 means any.
	MaxBatch int `json:"maxBatch,omitempty"`
}

// TensorField is one named tensor of a signature.
type TensorField struct {
	Name  string `json:"name"`
	File  string `json:"file,omitempty"` // name in the file, where that is another
	DType string `json:"dtype"`
	Shape []Dim  `json:"shape"` // nil where the file does not say how many dimensions there are
	// Batched is true when a batch axis was taken off this tensor.
	Batched bool `json:"batched,omitempty"`
	Axis    int  `json:"axis,omitempty"` // where it was
}

// Runner says how something executes.
type Runner struct {
	Doc       string `json:"doc,omitempty"`
	Engine    Engine `json:"engine"`
	Instances int    `json:"instances,omitempty"` // 0: the engine's default
	// Idempotent says whether a call may be made twice where once was meant; nil: what the
	// engine makes of it, see [Runner.Repeatable].
	Idempotent *bool     `json:"idempotent,omitempty"`
	Batching   *Batching `json:"batching,omitempty"`
	WarmUp     *WarmUp   `json:"warmUp,omitempty"` // nil: the first call is the first run
	State      *State    `json:"state,omitempty"`  // nil: nothing is kept from one call to the next
	GPU        *GPU      `json:"gpu,omitempty"`    // of each instance; nil: none
	Input      *Type     `json:"input"`            // an object
	Output     *Type     `json:"output"`           // an object
	Pos        Pos       `json:"-"`
}

// Repeatable tells whether a call of the runner that failed may be made again: a model
// keeps nothing between its runs, and of other engines the bento has to say so. With state
// a second call is the next step.
func (r *Runner) Repeatable() bool {
	if r.State != nil {
		return false
	}
	if r.Idempotent != nil {
		return *r.Idempotent
	}
	return r.Engine.OfModel()
}

// Engine is what a runner runs on. Exactly one field is set. The struct of an engine
// that runs a model of the bento has the method runsModel.
type Engine struct {
	Go   *GoEngine   `json:"go,omitempty"`
	ONNX *ONNXEngine `json:"onnx,omitempty"`
	Pos  Pos         `json:"-"`
}

// Kind names the engine that is set, such as "go".
func (e Engine) Kind() string {
	if arms := SetArms(e); len(arms) > 0 {
		return arms[0]
	}
	return ""
}

// ofModel is an engine that runs a model of the bento.
type ofModel interface{ runsModel() string }

// OfModel reports whether the engine runs a model of the bento, whose tensors a
// runner takes and gives back.
func (e Engine) OfModel() bool {
	_, ok := e.set().(ofModel)
	return ok
}

// RunsModel names the model that the engine runs, "" for none.
func (e Engine) RunsModel() string {
	if m, ok := e.set().(ofModel); ok {
		return m.runsModel()
	}
	return ""
}

// set gives the engine that is set, such as a [*GoEngine]; nil for none.
func (e Engine) set() any {
	for _, arm := range setArms(e) {
		return arm
	}
	return nil
}

// GoEngine is a step of the user's own: a Go function
// func(context.Context, In) (Out, error) in the user's module.
type GoEngine struct {
	Package string `json:"package"`         // "./steps", relative to bento.cue's folder
	Func    string `json:"func"`            // exported name
	Open    string `json:"open,omitempty"`  // func(context.Context) error, before the server is ready
	Close   string `json:"close,omitempty"` // func(context.Context) error, after the last request
	Pos     Pos    `json:"-"`
}

// ONNXEngine runs a model with ONNX Runtime.
type ONNXEngine struct {
	Model   string `json:"model"`             // name in Bento.Models
	Threads int    `json:"threads,omitempty"` // intra-op threads of an instance; 0 means 1
	Pos     Pos    `json:"-"`
}

func (e *ONNXEngine) runsModel() string { return e.Model }

// Service is a deployable unit: endpoints, resources and a traffic policy.
type Service struct {
	Doc       string               `json:"doc,omitempty"`
	Resources Resources            `json:"resources"`
	Traffic   Traffic              `json:"traffic"`
	Endpoints map[string]*Endpoint `json:"endpoints"`
	Pos       Pos                  `json:"-"`
}

// Resources is what a service asks of its machine. Zero means "not said".
type Resources struct {
	MilliCPU int64 `json:"milliCPU,omitempty"`
	Memory   int64 `json:"memory,omitempty"` // bytes
	Pos      Pos   `json:"-"`
}

// Traffic is what every endpoint of a service obeys. Zero means "no limit" for
// MaxConcurrency; the loader fills in the other defaults.
type Traffic struct {
	TimeoutMs      int64 `json:"timeoutMs"`
	MaxConcurrency int   `json:"maxConcurrency,omitempty"`
	MaxBodyBytes   int64 `json:"maxBodyBytes"`
	// Queue is nil where requests beyond MaxConcurrency are refused.
	Queue *Queue `json:"queue,omitempty"`
	// RateLimit is nil where any number of requests may come in a time.
	RateLimit *RateLimit `json:"rateLimit,omitempty"`
	Pos       Pos        `json:"-"`
}

// RateLimit is how many requests may come in a time; at least one field is set.
type RateLimit struct {
	All     *Rate        `json:"all,omitempty"`     // of all together; nil: any number
	Tenants *TenantRates `json:"tenants,omitempty"` // nil: tenants are not told apart
	Pos     Pos          `json:"-"`
}

// TenantRates is how many requests of each tenant may come in a time.
type TenantRates struct {
	Header string           `json:"header"`
	Each   *Rate            `json:"each"`
	Named  map[string]*Rate `json:"named,omitempty"` // in place of Each
}

// Rate is so many requests in a time.
type Rate struct {
	Requests int   `json:"requests"`
	PerMs    int64 `json:"perMs"`
	Burst    int   `json:"burst"` // that may come at once
	Pos      Pos   `json:"-"`
}

// Queue is how requests wait for a place of their service.
type Queue struct {
	MaxRequests int             `json:"maxRequests"`
	MaxBytes    int64           `json:"maxBytes,omitempty"` // 0: no limit
	Tenants     *TenantShares   `json:"tenants,omitempty"`  // nil: all are one
	Priority    *PriorityLevels `json:"priority,omitempty"` // nil: all are of one level
	Pos         Pos             `json:"-"`
}

// TenantShares is how tenants share the places of a service.
type TenantShares struct {
	Header  string         `json:"header"`
	Weights map[string]int `json:"weights,omitempty"` // 1 where not given
}

// PriorityLevels is which requests begin before others.
type PriorityLevels struct {
	Header string   `json:"header"`
	Levels []string `json:"levels"` // from the highest
}

// Endpoint is one typed API. Exactly one of Graph and Runner is set.
type Endpoint struct {
	Doc          string `json:"doc,omitempty"`
	Route        string `json:"route"`
	Graph        string `json:"graph,omitempty"`
	Runner       string `json:"runner,omitempty"`
	TimeoutMs    int64  `json:"timeoutMs,omitempty"`    // 0: the service's
	MaxBodyBytes int64  `json:"maxBodyBytes,omitempty"` // 0: the service's
	// MaxConcurrency is the endpoint's own maximum, within the service's; 0: none.
	MaxConcurrency int `json:"maxConcurrency,omitempty"`
	// RateLimit is the endpoint's own, within the service's; nil: none.
	RateLimit *RateLimit `json:"rateLimit,omitempty"`

	// Cache keeps answers; nil: nothing does.
	Cache     *Cache `json:"cache,omitempty"`
	Strict    bool   `json:"strict,omitempty"`    // unknown fields are refused
	Sensitive bool   `json:"sensitive,omitempty"` // nothing of requests and answers is logged
	NonFinite string `json:"nonFinite,omitempty"` // how NaN and infinities travel: NonFiniteNull, NonFiniteLiteral; "": they are refused
	Arrow     bool   `json:"arrow,omitempty"`     // a table as a whole may be a stream of Arrow
	// Deprecated is nil for an endpoint that stays.
	Deprecated *Deprecation `json:"deprecated,omitempty"`
	Pos        Pos          `json:"-"`
}

// How an endpoint lets floats travel that JSON has no number for.
const (
	NonFiniteNull    = "null"    // as null
	NonFiniteLiteral = "literal" // as NaN, Infinity and -Infinity
)

// Const is a JSON value in canonical form.
type Const = json.RawMessage

// ModelPath is where the image has the file of the model called name. Files with
// external weights lie beside it under the names that it calls them.
func (b *Bento) ModelPath(name string) string {
	file := "model.onnx"
	if m := b.Models[name]; m != nil && m.Signature != nil && m.Signature.File != "" {
		file = m.Signature.File
	}
	return "/models/" + name + "/" + file
}
