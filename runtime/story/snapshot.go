package story

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Snapshot is the story of a request so far, to be shown as JSON or as text. Times are in
// milliseconds.
type Snapshot struct {
	RequestID string    `json:"requestId"`
	Trace     string    `json:"trace"`
	Span      string    `json:"span"`
	Service   string    `json:"service"`
	Route     string    `json:"endpoint"`
	Start     time.Time `json:"start"`
	Phase     string    `json:"phase"`
	Took      float64   `json:"took"` // until now, where there is no answer yet
	Queued    float64   `json:"queued"`
	Status    int       `json:"status,omitempty"`
	Reason    string    `json:"reason,omitempty"` // it was turned away
	Calls     []Part    `json:"batches,omitempty"`
	Nodes     []Run     `json:"nodes,omitempty"`
	Left      int       `json:"left,omitempty"` // nodes and batches that are not kept
}

// Run is the run of one node.
type Run struct {
	Graph  string  `json:"graph"`
	Node   string  `json:"node"`
	Kind   string  `json:"kind"`
	Begin  float64 `json:"begin"`          // from the start of the request
	Took   float64 `json:"took,omitempty"` // absent while it runs
	Failed bool    `json:"failed,omitempty"`
	Calls  []Part  `json:"batches,omitempty"`
}

// Part is an item's part in a batch.
type Part struct {
	Runner   string  `json:"runner"`
	Instance int     `json:"instance"`
	Waited   float64 `json:"waited"`
	Took     float64 `json:"took"`
	Items    int     `json:"items"`
	Failed   bool    `json:"failed,omitempty"`
	Batch    string  `json:"batch"` // the same for all that were part of it
}

// Snapshot gives the story so far.
func (r *Request) Snapshot() *Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &Snapshot{
		RequestID: r.RequestID, Trace: hex.EncodeToString(r.Trace.TraceID[:]), Span: r.Trace.Span(), Service: r.Service, Route: r.Route,
		Start: r.Start, Phase: r.phase.String(), Took: millis(r.took), Queued: millis(r.queued), Status: r.status, Reason: r.reason,
		Calls: parts(r.Root.Calls), Left: r.left,
	}
	if r.phase != Answered {
		s.Took = millis(time.Since(r.Start))
	}
	for _, n := range r.spans {
		s.Nodes = append(s.Nodes, Run{n.Graph, n.Node, n.Kind, millis(n.Begin), max(millis(n.Took), 0), n.Failed, parts(n.Calls)})
	}
	return s
}

// Spans gives the request and the runs of its nodes, as they began; who asks does not
// change them. The request has ended.
func (r *Request) Spans() (spans []Span, status int, queued time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	spans = append(spans, *r.Root)
	for _, s := range r.spans {
		spans = append(spans, *s)
		spans[len(spans)-1].Calls = slices.Clone(s.Calls)
	}
	return spans, r.status, r.queued
}

func parts(calls []Call) (all []Part) {
	for _, c := range calls {
		all = append(all, Part{c.Runner, c.Instance, millis(c.Waited), millis(c.Took), c.Items, c.Failed, hex.EncodeToString(c.ID[:])})
	}
	return all
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// Text gives the story as lines for people.
func (s *Snapshot) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%9.3f ms waited for a place\n", s.Queued)
	tell := func(calls []Part) {
		for _, c := range calls {
			fmt.Fprintf(&b, "%14s runner %s, instance %d: waited %.3f ms, ran %.3f ms with %d items in all%s\n", "", c.Runner, c.Instance, c.Waited, c.Took, c.Items, failed(c.Failed))
		}
	}
	tell(s.Calls)
	for _, n := range s.Nodes {
		took := fmt.Sprintf("%.3f ms", n.Took)
		if n.Took == 0 && s.Status == 0 {
			took = "runs"
		}
		fmt.Fprintf(&b, "%9.3f ms node %s of %s (%s): %s%s\n", n.Begin, n.Node, n.Graph, n.Kind, took, failed(n.Failed))
		tell(n.Calls)
	}
	if s.Left > 0 {
		fmt.Fprintf(&b, "%14s and %d more\n", "", s.Left)
	}
	return b.String()
}

func failed(f bool) string {
	if f {
		return ", failed"
	}
	return ""
}
