// Package progress shows how a build goes and counts what it did.
//
// Everything that is shown goes through BuildKit's own display, so it looks as
// people know it; nothing else may write to the same stream until
// [Display.Finish].
package progress

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/opencontainers/go-digest"
)

// Modes are the names of the displays: auto is tty on a terminal and plain
// elsewhere; rawjson is one JSON object a line; quiet shows nothing.
func Modes() []string { return []string{"auto", "tty", "plain", "rawjson", "quiet"} }

// Step is one operation of a build.
type Step struct {
	Name   string
	Cached bool // it was not run
	Failed bool
	Took   time.Duration
}

// Summary is what a build did.
type Summary struct {
	// Steps are the operations in the order in which they began. Reading an
	// input from the store and writing the result are not among them.
	Steps []Step
	// Took is the time from the first to the last thing that happened.
	Took time.Duration
}

// Cached counts the steps that were not run.
func (s Summary) Cached() int {
	n := 0
	for _, st := range s.Steps {
		if st.Cached {
			n++
		}
	}
	return n
}

// Display shows one build.
type Display struct {
	updates chan *client.SolveStatus
	done    chan error
	finish  sync.Once
	err     error
	mu      sync.Mutex
	start   time.Time
	end     time.Time
	order   []digest.Digest
	seen    map[digest.Digest]client.Vertex
}

// New begins a display of the given mode, one of [Modes], on w. title stands
// above it.
func New(w io.Writer, mode, title string) (*Display, error) {
	if !slices.Contains(Modes(), mode) {
		return nil, fmt.Errorf("unknown progress mode %q: it is one of %s", mode, strings.Join(Modes(), ", "))
	}
	d := &Display{done: make(chan error, 1), seen: map[digest.Digest]client.Vertex{}}
	if mode == "quiet" {
		d.done <- nil
		return d, nil
	}
	ui, err := progressui.NewDisplay(w, progressui.DisplayMode(mode), progressui.WithPhase(title), progressui.WithDesc(title, title))
	if err != nil {
		return nil, fmt.Errorf("showing progress: %w", err)
	}
	d.updates = make(chan *client.SolveStatus, 16)
	go func() {
		// It ends with Finish, not with the build's context, so that a build
		// that is broken off is shown to its end.
		_, err := ui.UpdateFrom(context.Background(), d.updates)
		for range d.updates { // keep the build going when the display cannot
		}
		d.done <- err
	}()
	return d, nil
}

// Update shows s. It is what [builder.Request.Status] wants.
func (d *Display) Update(s *client.SolveStatus) {
	d.count(s)
	if d.updates != nil {
		d.updates <- s
	}
}

func (d *Display) count(s *client.SolveStatus) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, v := range s.Vertexes {
		if _, ok := d.seen[v.Digest]; !ok {
			d.order = append(d.order, v.Digest)
		}
		d.seen[v.Digest] = *v
		for _, t := range []*time.Time{v.Started, v.Completed} {
			if t == nil {
				continue
			}
			if d.start.IsZero() || t.Before(d.start) {
				d.start = *t
			}
			if t.After(d.end) {
				d.end = *t
			}
		}
	}
}

// Finish shows the rest and ends the display. It may be called twice.
func (d *Display) Finish() error {
	d.finish.Do(func() {
		if d.updates != nil {
			close(d.updates)
		}
		d.err = <-d.done
	})
	return d.err
}

// Summary tells what the build did so far.
func (d *Display) Summary() Summary {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := Summary{Took: d.end.Sub(d.start)}
	for _, id := range d.order {
		v := d.seen[id]
		if len(v.Inputs) == 0 {
			continue // a source, or the export
		}
		st := Step{Name: v.Name, Cached: v.Cached, Failed: v.Error != ""}
		if v.Started != nil && v.Completed != nil {
			st.Took = v.Completed.Sub(*v.Started)
		}
		s.Steps = append(s.Steps, st)
	}
	return s
}
