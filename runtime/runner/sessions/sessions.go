// Package sessions keeps what a model carries from one call to the next, such as the
// hidden state of a recurrent network or the end of the sound that came before, for each
// of the sessions of its clients.
//
// The state of a session is held as tensors of Go. A call puts it beside the tensors of
// its own and gives both to the runner as one item: items of several sessions run in one
// batch as any others do, each with its own state. What the model gives for the next call
// becomes the session's state when the call has its answer, and not before: a call that
// fails, or is given up, leaves the session as it was.
//
// Calls of one session run one after the other, in the order in which they came. Sessions
// end when they are not used for a while, when a call says that it is the last, and when
// there are too many or they hold too much: then that ends which was used least lately,
// none whose call runs. A call that says which step it is never meets another state than
// it means: see [Ask].
//
// States are those of one process and one generation of its models: states that other
// weights have made mean nothing to these.
package sessions

import (
	"context"
	"errors"
	"sync"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/tensor"
)

// The bounds where [Config] has none.
const (
	DefaultMaxSessions = 10_000
	DefaultMaxBytes    = 256 << 20
	DefaultTTL         = 10 * time.Minute
)

// MaxKey is how long the key of a session may be, in bytes.
const MaxKey = 1024

// Config says what is carried over, and how many sessions there may be.
type Config struct {
	// States are the last tensors that the model takes, and the last that it gives: what
	// it gives for one is what it takes at the next call.
	States []State
	// Overlaps are the inputs which begin with the end of what they were at the call
	// before.
	Overlaps []Overlap

	MaxSessions int           // 0: [DefaultMaxSessions]
	MaxBytes    int64         // of all states together; 0: [DefaultMaxBytes]
	TTL         time.Duration // how long a session lives after a call; 0: [DefaultTTL]
}

// State is one tensor that is carried over. At the first call it is all zeros.
type State struct {
	Name  string // in the bento, for errors
	DType tensor.DType
	Shape []int // at the first call, without the batch axis
}

// Overlap is how much of an input is put before what comes at the next call, along its
// last dimension. Before what comes at the first there are zeros.
type Overlap struct{ Input, Length int }

// Ask is which session a call is of.
type Ask struct {
	Key string // not empty
	// Step is the number of the call in its session. 1 begins the session anew, whatever
	// there was. Any other is refused with a [*StepError] if it is not the next one, be it
	// that the session has ended meanwhile, or that the call was made before and did its
	// work though nobody heard of it. Nil is the next step, or the first one of a session
	// that is not known.
	Step *int64
	// Last ends the session when the call has its answer.
	Last bool
}

// Runner runs a model with state. It is made by [New].
type Runner struct {
	run  *runner.Runner
	cfg  Config
	name string

	mu       sync.Mutex
	waiting  int // calls that wait for others of their sessions
	sessions map[string]*session
	idle     queue // sessions that no call uses, the one that was used least lately first
	bytes    int64 // of all states
	account  account
	timer    *time.Timer
	closed   bool
	counts   counts
}

// New makes a runner of one whose engine takes and gives the states of cfg last. Nothing
// happens before it is opened.
func New(name string, r *runner.Runner, cfg Config) *Runner {
	if cfg.MaxSessions <= 0 {
		cfg.MaxSessions = DefaultMaxSessions
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	if cfg.TTL <= 0 {
		cfg.TTL = DefaultTTL
	}
	return &Runner{run: r, cfg: cfg, name: name}
}

// Life is how it begins and ends, with the runner itself.
func (r *Runner) Life() runner.Life {
	l := runner.LifeOf(r.run)
	l.Open, l.Close, l.Forget = r.Open, r.Close, r.Forget
	return l
}

// Open opens the runner, without any session. What states hold counts as memory of
// requests, and their number is in the metrics of ctx.
func (r *Runner) Open(ctx context.Context) error {
	if err := r.run.Open(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions, r.closed = map[string]*session{}, false
	r.account.share = admit.MemoryFrom(ctx).Share(context.WithoutCancel(ctx))
	r.counts.open(metrics.From(ctx), r.name)
	r.timer = time.AfterFunc(r.cfg.TTL, r.expire)
	r.timer.Stop()
	return nil
}

// Close ends all sessions and closes the runner.
func (r *Runner) Close(ctx context.Context) error {
	err := r.run.Close(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer == nil {
		return err // it was not open
	}
	r.closed = true
	r.timer.Stop()
	for s := r.idle.first; s != nil; s = r.idle.first {
		r.end(s, "")
	}
	r.account.share.Release()
	return err
}

// Forget ends all sessions that no call uses, such as those that golden cases have begun.
func (r *Runner) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := r.idle.first; s != nil; s = r.idle.first {
		r.end(s, "")
	}
	r.account.settle(r.bytes)
}

// Call runs one item of a session, without the tensors of its state. It returns the
// outputs without those of the state, and which step of the session it was.
//
// Beside the errors of [runner.run.Call] there are a [*StepError] with status 409, and
// a [*FullError] with 503.
func (r *Runner) Call(ctx context.Context, ask Ask, inputs []tensor.Tensor) (out []tensor.Tensor, step int64, err error) {
	s, err := r.enter(ctx, ask)
	if err != nil {
		return nil, 0, err
	}
	done := false
	defer func() { r.leave(s, done && ask.Last) }()
	next := s.content // as long as the call has no answer it is nobody's
	if ask.Step != nil && *ask.Step == 1 {
		next = content{}
	}
	if ask.Step != nil && *ask.Step != next.step+1 {
		r.counts.refused.Inc()
		return nil, 0, &StepError{Runner: r.name, Step: *ask.Step, At: next.step}
	}
	all, err := next.extend(r, inputs)
	if err != nil {
		return nil, 0, err
	}
	out, err = r.run.Call(ctx, all)
	if err != nil {
		return nil, 0, err
	}
	if out, err = next.take(r, out); err != nil {
		return nil, 0, err
	}
	if !ask.Last {
		if err = r.keep(s, next); err != nil {
			return nil, 0, err
		}
	}
	done = true
	return out, next.step, nil
}

// enter gives the session of a call when it is the call's turn. Who entered leaves.
func (r *Runner) enter(ctx context.Context, ask Ask) (*session, error) {
	if ask.Key == "" || len(ask.Key) > MaxKey {
		return nil, &runner.Error{Runner: r.name, Status: statusUnprocessable, Err: errors.New("the key of a session has between 1 and 1024 bytes")}
	}
	s, err := r.find(ask)
	if err != nil {
		return nil, err
	}
	select {
	case s.turn <- struct{}{}:
		return s, nil
	default:
	}
	r.mu.Lock()
	r.waiting++
	queued := r.waiting
	r.mu.Unlock()
	if queued > batch.DefaultMaxQueue {
		err = &batch.FullError{Name: r.name, Queued: queued - 1}
	} else {
		select { // those who wait are let in in the order in which they came
		case s.turn <- struct{}{}:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting--
	if err != nil {
		r.gone(s)
		return nil, err
	}
	return s, nil
}

// find gives the session of a call, a new one if need be, and keeps it from ending.
func (r *Runner) find(ask Ask) (*session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions == nil || r.closed {
		return nil, &runner.Error{Runner: r.name, Status: statusUnavailable, Err: errors.New("the model is not open")}
	}
	s := r.sessions[ask.Key]
	switch {
	case s != nil:
	case ask.Step != nil && *ask.Step != 1:
		r.counts.refused.Inc()
		return nil, &StepError{Runner: r.name, Step: *ask.Step}
	default:
		if len(r.sessions) >= r.cfg.MaxSessions {
			if r.idle.first == nil {
				return nil, &FullError{Runner: r.name}
			}
			r.end(r.idle.first, endedFull)
		}
		s = &session{key: ask.Key, turn: make(chan struct{}, 1)}
		r.sessions[s.key] = s
		r.counts.live.Add(1)
	}
	if s.users == 0 {
		r.idle.remove(s)
	}
	s.users++
	return s, nil
}

// leave lets the next call of the session in.
func (r *Runner) leave(s *session, last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last {
		r.resize(content{}.size() - s.size())
		s.content = content{}
		r.account.settle(r.bytes)
	}
	<-s.turn
	r.gone(s)
}

// gone says that a call does not use a session any more; r.mu is held.
func (r *Runner) gone(s *session) {
	if s.users--; s.users > 0 {
		return
	}
	if s.step == 0 || r.closed { // nothing is known of it, or nobody will ask
		r.resize(-s.size())
		r.drop(s)
		return
	}
	s.used = time.Now()
	r.idle.add(s)
	if r.idle.first == s {
		r.timer.Reset(r.cfg.TTL)
	}
}

// keep makes what a call has left the state of its session, if there is room for it.
func (r *Runner) keep(s *session, next content) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil // nobody will ask for it
	}
	grown := next.size() - s.size()
	if next.size() > r.cfg.MaxBytes { // whatever else ends
		return &FullError{Runner: r.name, Bytes: true}
	}
	for r.bytes+grown > r.cfg.MaxBytes || !r.account.reserve(r.bytes+grown) {
		if r.idle.first == nil {
			return &FullError{Runner: r.name, Bytes: true}
		}
		r.end(r.idle.first, endedFull)
	}
	r.resize(grown)
	s.content = next
	r.account.settle(r.bytes)
	return nil
}

// end ends a session that nobody uses; r.mu is held.
func (r *Runner) end(s *session, why string) {
	r.idle.remove(s)
	r.resize(-s.size())
	r.drop(s)
	if c := r.counts.ended[why]; c != nil {
		c.Inc()
	}
}

// drop forgets a session; r.mu is held.
func (r *Runner) drop(s *session) {
	if r.sessions[s.key] == s { // else it was opened anew since
		delete(r.sessions, s.key)
	}
	r.counts.live.Add(-1)
}

func (r *Runner) resize(by int64) {
	r.bytes += by
	r.counts.bytes.Add(float64(by))
}

// expire ends the sessions that were not used for too long, and comes back for the next.
func (r *Runner) expire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	now := time.Now()
	for s := r.idle.first; s != nil; s = r.idle.first {
		if rest := r.cfg.TTL - now.Sub(s.used); rest > 0 {
			r.timer.Reset(rest)
			break
		}
		r.end(s, endedExpired)
	}
	r.account.settle(r.bytes)
}
