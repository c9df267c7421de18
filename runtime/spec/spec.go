// Package spec is the contract between the code that bentoc generates and the
// runtime: a generated main fills in a [Bento] and hands it to server.Main. All
// behaviour lives in the runtime; the literal holds what only the bento knows.
//
// The package imports the standard library only.
package spec

import (
	"context"
	"time"
)

// Version is the version of this contract. The generated literal carries the
// version that it was written against; server.Main refuses another one.
const Version = 1

// Bento is one compiled bento.
type Bento struct {
	Version int    // spec.Version when the code was generated
	Name    string // name of the bento
	Digest  string // digest of the bento's IR, sha256:…; the service_version label
	Doc     string

	Services []Service
	Runners  []Runner // opened in this order before the server is ready, closed in reverse

	RequiredEnv []string // environment variables without which the server does not start

	SchemaJSON []byte // served at /schema.json
	OpenAPI    []byte // served at /docs.json
}

// Service is a group of endpoints with one traffic policy.
type Service struct {
	Name           string
	Timeout        time.Duration // 0: none
	MaxConcurrency int           // requests in flight; 0: no limit
	MaxBody        int64         // bytes of a request's body
	Endpoints      []Endpoint    // by name
}

// Endpoint is one typed API. In every protocol a request becomes the value that
// Decode returns, goes through Run, and its result through Encode.
type Endpoint struct {
	Name    string
	Route   string        // begins with "/"
	Timeout time.Duration // 0: the service's
	MaxBody int64         // 0: the service's
	Strict  bool          // unknown fields are refused

	// Decode makes the input value out of a request. Its error is an
	// [InputError] where the request is at fault.
	Decode func(*Request) (any, error)
	// Run does the work. The context ends when the client goes away, the
	// timeout passes or the server stops.
	Run func(ctx context.Context, in any) (any, error)
	// Encode makes the response out of Run's result.
	Encode func(out any) (Payload, error)
}

// Request is what came in, already read within the limits.
type Request struct {
	ContentType string // media type, lower case, without parameters; "" when absent
	// Body is the raw body; nil for forms. It lies in a buffer that is used
	// again after Decode: what Decode keeps of it, it copies. The data of Parts
	// belongs to the request alone and may be kept.
	Body []byte
	// Form is true for multipart/form-data and application/x-www-form-urlencoded;
	// the fields are in Parts then.
	Form   bool
	Parts  []Part
	Strict bool // from the endpoint
}

// Part is one part of a form, in the order sent.
type Part struct {
	Name        string
	FileName    string // "" for a plain field
	ContentType string // media type of the part, "" when absent
	Data        []byte
}

// Payload is a response body.
type Payload struct {
	ContentType string // such as application/json
	FileName    string // for Content-Disposition; "" for none
	Body        []byte
	// Release gives Body back to a pool once it is written; may be nil.
	Release func()
}

// Problem is one value of a request that does not fit. It marshals to what
// BentoML's clients know from pydantic.
type Problem struct {
	Type string `json:"type"` // such as missing, int_type, greater_than_equal
	Loc  []any  `json:"loc"`  // field names and indexes from the root
	Msg  string `json:"msg"`
}

// InputError says that a request is at fault. Status is 400 for malformed or
// ill-typed input, 413 for too much of it, 415 for a media type that is not
// supported and 422 for well-formed input that cannot be processed, such as a
// picture that does not decode.
type InputError struct {
	Status   int
	Message  string
	Problems []Problem
}

func (e *InputError) Error() string { return e.Message }

// StatusCode gives the HTTP status. An error of a user's step may have the same
// method: a status from 400 to 599 is then sent with the error's message.
func (e *InputError) StatusCode() int { return e.Status }

// Runner is the lifecycle of something that executes.
type Runner struct {
	Name   string
	Engine string                      // such as "go"
	Open   func(context.Context) error // nil: nothing to open
	Close  func(context.Context) error // nil: nothing to close
}

// Graph is a compiled graph, run by package graph.
type Graph struct {
	Name  string
	Nodes []Node // in an order in which every node comes after the ones it needs
	// Output makes the graph's result out of its input and its nodes' results.
	Output func(in any, out []any) (any, error)
}

// Node is one step of a graph.
type Node struct {
	Name  string // path within the outermost graph, such as "lines/recognise"
	Kind  string // "call", "graph" or "map"
	Needs []int  // indexes in Graph.Nodes of the nodes whose results Run reads
	// Run reads in, the graph's input, and out, the results of the nodes by
	// index (those in Needs are set), and returns the node's result.
	Run func(ctx context.Context, in any, out []any) (any, error)
}
