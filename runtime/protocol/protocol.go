// Package protocol is what a protocol is to the server: routes of HTTP at which an
// endpoint is served. Each is a package below this one.
//
// # To add a protocol
//
// Write a package with a type that implements [serve.Exchange], one value a request,
// and a function Routes whose handlers make it of what came in and call
// [serve.Endpoint.Serve]. Then give it a row of features in bentoc.dev/compiler/gen: main
// hands Routes to the server of each bento that asks for the protocol. What happens to a
// request besides, from admission to accounts, is in serve, and how a value is written
// in the formats of its [spec.Type]: a protocol with an encoding of its own adds a field
// there, its codec, and a line where package gen writes the formats.
package protocol

import (
	"net/http"

	"bentoc.dev/runtime/serve"
)

// Protocol is one way to call endpoints: it gives what serves e.
type Protocol func(e *serve.Endpoint) []Route

// Route is what is served at one path.
type Route struct {
	Method  string // GET, for HEAD as well, or POST, which also refuses other methods
	Path    string
	Handler http.Handler
}
