package server

import (
	"io"
	"testing"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
)

// A server that a signal came to, or that lets no request in any more, begins nothing that
// nobody waits for: what requests run hears of it by their context.
func TestNothingToSpareAtTheEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *server){
		"a signal": func(s *server) { s.leaving.Store(true) },
		"the gate": func(s *server) { s.gate.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := newServer(spec.Bento{Version: spec.Version, Name: "b"}, runner.NewSet(nil), &settings{}, &process{protocols: []protocol.Protocol{rest.Routes}, stdout: io.Discard, stderr: io.Discard, lookup: func(string) (string, bool) { return "", false }})
			if err != nil {
				t.Fatal(err)
			}
			s.gate.Open()
			if !graph.Spare(s.base) {
				t.Error("a server that serves has nothing to spare")
			}
			if end(s); graph.Spare(s.base) {
				t.Error("a server that ends has something to spare")
			}
		})
	}
}
