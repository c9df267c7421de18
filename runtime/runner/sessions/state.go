package sessions

import (
	"fmt"
	"slices"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/tensor"
)

// session is what is known of one. Its content is changed by the call whose turn it is.
type session struct {
	key  string
	turn chan struct{} // holds one while a call runs
	content

	users      int // calls that run or wait; under Runner.mu, as what follows
	used       time.Time
	prev, next *session // in the queue of those that nobody uses
}

// content is what a session is after a step. Its tensors are never written to: a call that
// nobody waits for any more may still read them.
type content struct {
	step  int64 // 0: none was made
	state []tensor.Tensor
	tails []tensor.Tensor // of the inputs that overlap
}

// overhead is about what a session takes beside its tensors, in bytes.
const overhead = 512

// size is how many bytes it takes.
func (c content) size() (n int64) {
	if c.step == 0 {
		return 0
	}
	n = overhead
	for _, list := range [][]tensor.Tensor{c.state, c.tails} {
		for i := range list {
			n += int64(len(list[i].Data))
			for _, s := range list[i].Strings {
				n += int64(len(s)) + 16
			}
		}
	}
	return n
}

// extend gives all that the model takes: the inputs of a call with what overlaps, and the
// state. The ends of the inputs are kept for the next call.
func (c *content) extend(r *Runner, inputs []tensor.Tensor) ([]tensor.Tensor, error) {
	all := make([]tensor.Tensor, 0, len(inputs)+len(r.cfg.States))
	all = append(all, inputs...)
	tails := make([]tensor.Tensor, len(r.cfg.Overlaps))
	for i, o := range r.cfg.Overlaps {
		var before *tensor.Tensor
		if c.tails != nil {
			before = &c.tails[i]
		}
		var err error
		if all[o.Input], tails[i], err = o.join(before, inputs[o.Input]); err != nil {
			return nil, &runner.Error{Runner: r.name, Status: statusUnprocessable, Err: err}
		}
	}
	c.tails = tails
	if c.state != nil {
		return append(all, c.state...), nil
	}
	for _, s := range r.cfg.States {
		zeros, err := tensor.Make(s.DType, s.Shape)
		if err != nil {
			return nil, fmt.Errorf("state %s: %w", s.Name, err)
		}
		all = append(all, zeros)
	}
	return all, nil
}

// take makes the last of the outputs the state and gives the others. Outputs of a batch
// share memory, of which a state would keep all.
func (c *content) take(r *Runner, out []tensor.Tensor) ([]tensor.Tensor, error) {
	n := len(out) - len(r.cfg.States)
	if n < 0 {
		return nil, fmt.Errorf("runner %s: the model gave %d tensors, and has %d of state", r.name, len(out), len(r.cfg.States))
	}
	c.state = make([]tensor.Tensor, len(r.cfg.States))
	for i := range c.state {
		c.state[i] = out[n+i].Clone()
	}
	c.step++
	return out[:n:n], nil
}

// join puts what is kept of an input before it, zeros where nothing is, and gives what is
// to be kept of both.
func (o Overlap) join(before *tensor.Tensor, in tensor.Tensor) (whole, tail tensor.Tensor, err error) {
	rank := len(in.Shape)
	if rank == 0 || in.DType == tensor.String || in.List != nil {
		return whole, tail, fmt.Errorf("an input of shape %s cannot overlap with the one before", tensor.ShapeText(in.Shape))
	}
	if err := in.Check(); err != nil {
		return whole, tail, err
	}
	shape := slices.Clone(in.Shape)
	shape[rank-1] = o.Length
	if before != nil && (before.DType != in.DType || !slices.Equal(before.Shape, shape)) {
		return whole, tail, fmt.Errorf("an input has the shape %s, which does not follow on what the session had", tensor.ShapeText(in.Shape))
	}
	if tail, err = tensor.Make(in.DType, shape); err != nil {
		return whole, tail, err
	}
	shape = slices.Clone(shape)
	shape[rank-1] += in.Shape[rank-1]
	if whole, err = tensor.Make(in.DType, shape); err != nil {
		return whole, tail, err
	}
	row, kept := in.Shape[rank-1]*in.DType.Size(), o.Length*in.DType.Size()
	for i := 0; i*(row+kept) < len(whole.Data); i++ {
		line := whole.Data[i*(row+kept) : (i+1)*(row+kept)]
		if before != nil {
			copy(line, before.Data[i*kept:(i+1)*kept])
		}
		copy(line[kept:], in.Data[i*row:(i+1)*row])
		copy(tail.Data[i*kept:(i+1)*kept], line[row:])
	}
	return whole, tail, nil
}

// queue is a list of sessions in the order in which they were used last.
type queue struct{ first, last *session }

func (q *queue) add(s *session) {
	if s.prev = q.last; s.prev != nil {
		s.prev.next = s
	} else {
		q.first = s
	}
	q.last = s
}

// remove takes a session out, if it is in.
func (q *queue) remove(s *session) {
	if s.prev == nil && q.first != s {
		return
	}
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		q.first = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	} else {
		q.last = s.prev
	}
	s.prev, s.next = nil, nil
}

// account is what the states have of the memory that the server has for requests. It is
// taken piece by piece, none of which is so large that it would have to be waited for.
type account struct {
	share admit.Share
	held  int64
}

// piece is how much is taken at a time, in bytes.
const piece = 256 << 10

// reserve sees to it that states may take n bytes.
func (a *account) reserve(n int64) bool {
	for a.held < n {
		if a.share.Take(piece) != nil {
			return false
		}
		a.held += piece
	}
	return true
}

// spareBytes is how much more than the states take is kept for the next.
const spareBytes = 4 << 20

// settle gives back what n bytes of states do not need.
func (a *account) settle(n int64) {
	if over := a.held - n; over > spareBytes {
		over -= over % piece
		a.share.Give(over)
		a.held -= over
	}
}

// The reasons for which a session ends that is not told to: values of a label.
const (
	endedExpired = "expired" // it was not used for too long
	endedFull    = "full"    // there were too many, or they held too much
)

// counts are the metrics. None has the key of a session, which its client alone knows.
type counts struct {
	live, bytes *metrics.Gauge
	ended       map[string]*metrics.Counter
	refused     *metrics.Counter
}

func (c *counts) open(r *metrics.Registry, name string) {
	c.live = r.Gauge("bentoc_runner_sessions", "Sessions whose state is kept.", "runner", name)
	c.bytes = r.Gauge("bentoc_runner_session_bytes", "Memory that the states of sessions take.", "runner", name)
	c.ended = map[string]*metrics.Counter{}
	for _, reason := range []string{endedExpired, endedFull} {
		c.ended[reason] = r.Counter("bentoc_runner_sessions_ended_total", "Sessions that ended without being told to, by reason.", "reason", reason, "runner", name)
	}
	c.refused = r.Counter("bentoc_runner_session_refused_total", "Calls that were not the next step of their session.", "runner", name)
}
