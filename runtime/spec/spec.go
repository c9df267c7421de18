// Package spec is the contract between the code that bentoc generates and the
// runtime: a generated function build fills in a [Bento], and main hands that
// function to server.Main. All behaviour lives in the runtime; the literal holds
// what only the bento knows. What executes is not in it: see package runner.
//
// It names no protocol: an endpoint has a [Type] for what it takes and one for what
// it gives, and these have a [Format] for each encoding.
//
// # To add a protocol
//
// Nothing is added here for one that speaks JSON, forms or plain bytes. One with an
// encoding of its own takes a field of [Type], left zero where a bento does not
// declare the protocol, so that nothing of it is linked; its functions in package
// codec; and a line in the table formats of compiler/gen/service.go, which writes that
// field. [Source] and [Payload] carry whatever bytes it has.
//
// The package imports the standard library only.
package spec

import (
	"context"
	"time"
)

// Version is the version of this contract. The generated literal carries the
// version that it was written against; server.Main refuses another one.
const Version = 2

// Bento is one compiled bento.
type Bento struct {
	Version int    // spec.Version when the code was generated
	Name    string // name of the bento
	// Digest is that of the bento's IR, sha256:…; the service_version label. Generated
	// code leaves it out, so that it is no part of what is compiled: the image tells
	// the server, see [EnvDigest].
	Digest string
	Doc    string

	Services []Service

	RequiredEnv []string // environment variables without which the server does not start

	Documents []Document // what describes the bento to clients

	// Prove asks the bento what it must answer rightly before it serves, when its
	// runners are open; its error says what it does not. Nil: nothing.
	Prove func(context.Context, *Bento) error
}

// Variables that an image sets for its server: what the server should know of a bento
// and need not be compiled for. A bento must not set them itself.
const (
	EnvDigest = "BENTOC_DIGEST" // of the bento's IR, sha256:…
	EnvMemory = "BENTOC_MEMORY" // bytes that the services may take together for models and requests; also 512Mi, 2Gi
)

// Document is a text that is served at a path, to GET.
type Document struct {
	Path        string // such as /schema.json
	ContentType string
	Data        []byte
}

// Service is a group of endpoints with one traffic policy.
type Service struct {
	Name           string
	Timeout        time.Duration // 0: none
	MaxConcurrency int           // requests in flight; 0: no limit
	MaxBody        int64         // bytes of a request's body
	Queue          Places        // where requests wait for a place; nil: they do not wait
	Rates          Rates         // how many requests may begin in a time; nil: any number
	Endpoints      []Endpoint    // by name
}

// Endpoint is one typed API. In every protocol a request becomes a value of In,
// goes through Handle, and what that sends are values of Out.
type Endpoint struct {
	Name    string
	Route   string        // begins with "/"
	Timeout time.Duration // 0: the service's
	MaxBody int64         // 0: the service's
	// MaxConcurrency is how many requests of the endpoint may be in flight, within the
	// service's own maximum; 0: no limit.
	MaxConcurrency int
	Rates          Rates // of the endpoint, within those of the service; nil: any number
	Strict         bool  // unknown fields are refused
	Sensitive      bool  // what it takes or gives is not to be logged, in errors either

	Deprecated *Deprecation // nil for an endpoint that stays

	In, Out Type
	// Handle does the work on in, a value as a format of In makes it, and sends a
	// value for a format of Out: one, see [Once], unless the endpoint streams. The
	// context ends when the client goes away, the timeout passes or the server stops.
	Handle func(ctx context.Context, in any, out Sender) error
}

// Deprecation says that an endpoint will be taken away.
type Deprecation struct {
	Since time.Time // when callers were first told so; zero where that is not said
	Until time.Time // when it may be gone
}

// Sender takes the outputs of an endpoint. It is used no more when Handle has
// returned. That of a protocol whose requests have headers has [Headers] too, and one
// that logs how an answer came about [Cached].
type Sender interface {
	// Send returns when the output may be let go of: it blocks while who reads is
	// slow. Its error is what Handle returns.
	Send(v any) error
}

// Once makes a function that returns its one output an endpoint's Handle.
func Once(run func(ctx context.Context, in any) (any, error)) func(context.Context, any, Sender) error {
	return func(ctx context.Context, in any, out Sender) error {
		v, err := run(ctx, in)
		if err != nil {
			return err
		}
		return out.Send(v)
	}
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

// StatusError is an error that chooses the status of HTTP that its request gets. One
// that goes out with a status from 400 to 599 goes out with its message.
type StatusError interface {
	error
	StatusCode() int
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
	Kind  string // "call", "graph", "map", "fold", "switch" or "choose"
	Needs []int  // indexes in Graph.Nodes of the nodes whose results Run reads
	// Run reads in, the graph's input, and out, the results of the nodes by
	// index (those in Needs are set), and returns the node's result.
	Run func(ctx context.Context, in any, out []any) (any, error)
}
