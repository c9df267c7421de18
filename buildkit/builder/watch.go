package builder

import (
	"errors"
	"fmt"

	"github.com/moby/buildkit/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/opencontainers/go-digest"

	"bentoc.dev/compiler/diag"
)

// BuildError is an operation of the build that failed.
type BuildError struct {
	// Pos is the place in bento.cue that asks for the operation.
	Pos diag.Pos
	// Step is the operation's name, for people.
	Step string
	// Output is the end of what its program wrote, such as the compiler's
	// messages. It is empty when it ran no program.
	Output []byte
	// Exit is the program's exit code, 0 when it ran none.
	Exit int
	// Err is what BuildKit said.
	Err error
}

// Error names the operation and why it failed.
func (e *BuildError) Error() string {
	switch {
	case e.Step == "":
		return e.Err.Error()
	case e.Exit != 0:
		return fmt.Sprintf("%s: exit code %d", e.Step, e.Exit)
	}
	return fmt.Sprintf("%s: %v", e.Step, e.Err)
}

// Unwrap gives what BuildKit said.
func (e *BuildError) Unwrap() error { return e.Err }

// maxOutput bounds what is kept of a program's output, bytes.
const maxOutput = 256 << 10

// watch follows a build: it keeps names and outputs of the operations for an
// error that may come.
type watch struct {
	updates chan *client.SolveStatus
	done    chan struct{}
	names   map[digest.Digest]string
	outputs map[digest.Digest][]byte
}

func newWatch(tell func(*client.SolveStatus)) *watch {
	w := &watch{
		updates: make(chan *client.SolveStatus, 16),
		done:    make(chan struct{}),
		names:   map[digest.Digest]string{},
		outputs: map[digest.Digest][]byte{},
	}
	go func() {
		defer close(w.done)
		for s := range w.updates {
			w.keep(s)
			if tell != nil {
				tell(s)
			}
		}
	}()
	return w
}

func (w *watch) keep(s *client.SolveStatus) {
	for _, v := range s.Vertexes {
		w.names[v.Digest] = v.Name
	}
	for _, l := range s.Logs {
		out := append(w.outputs[l.Vertex], l.Data...)
		w.outputs[l.Vertex] = out[max(0, len(out)-maxOutput):]
	}
}

// explain makes a [*BuildError] of an error that belongs to an operation, after
// the build has ended. Others stay as they are.
func (w *watch) explain(err error) error {
	var vertex *errdefs.VertexError
	if !errors.As(err, &vertex) {
		return fmt.Errorf("building: %w", err)
	}
	id := digest.Digest(vertex.Digest)
	e := &BuildError{Step: w.names[id], Output: w.outputs[id], Err: err}
	var exit *gatewaypb.ExitError
	if errors.As(err, &exit) {
		e.Exit = int(exit.ExitCode)
	}
	for _, s := range errdefs.Sources(err) {
		if s.Info != nil && len(s.Ranges) > 0 {
			e.Pos = position(s)
			break
		}
	}
	return e
}

// position undoes what emit did: lines from 1, columns from 0.
func position(s *errdefs.Source) diag.Pos {
	r := s.Ranges[0]
	p := diag.Pos{File: s.Info.Filename, Line: int(r.Start.GetLine()), Col: int(r.Start.GetCharacter()) + 1}
	if end := r.End; end.GetLine() > 0 && (end.GetLine() > r.Start.GetLine() || end.GetCharacter() > r.Start.GetCharacter()) {
		p.EndLine, p.EndCol = int(end.GetLine()), int(end.GetCharacter())+1
	}
	return p
}
