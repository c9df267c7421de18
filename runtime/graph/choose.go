package graph

import (
	"context"
	"math"
	"math/rand/v2"
	"sync/atomic"

	"bentoc.dev/runtime/spec"
)

// Choice says how requests are sent to one of several arms each.
type Choice struct {
	Graph, Node string // as in metrics
	// Header is one whose values send a request to an arm, Key one by whose values the
	// weights share requests out; "" is none. A value stays at its arm, on every server
	// with the same weights.
	Header, Key string
	Arms        []ChoiceArm // one has a weight
}

// Chooser is a [Choice] that is ready to be made, any number of times at once.
type Chooser struct {
	Choice
	seeds  []uint64 // of the arms
	counts atomic.Pointer[chosen]
}

// ChoiceArm is one arm of a [Choice].
type ChoiceArm struct {
	Name   string
	Weight float64  // finite, not negative; its share is that part of the sum
	Values []string // of the header
}

// ChoiceObserver is an [Observer] that counts what choices choose.
type ChoiceObserver interface {
	// Arm gives the counter of one arm. It is called once for each.
	Arm(graph, node, arm string) Counter
}

// chosen holds what one observer gave.
type chosen struct {
	observer Observer
	arms     []Counter
}

// NewChooser prepares c.
func NewChooser(c Choice) *Chooser {
	out := &Chooser{Choice: c}
	for _, a := range c.Arms {
		out.seeds = append(out.seeds, hash(hash(hash(offset, c.Graph), c.Node), a.Name))
	}
	return out
}

type headersKey struct{}

// Headed is the Handle of an endpoint of which a graph chooses by headers: what the
// request says is told to [Chooser.Of].
func Headed(handle func(context.Context, any, spec.Sender) error) func(context.Context, any, spec.Sender) error {
	return func(ctx context.Context, in any, out spec.Sender) error {
		if h, ok := out.(spec.Headers); ok {
			ctx = context.WithValue(ctx, headersKey{}, h)
		}
		return handle(ctx, in, out)
	}
}

// Of gives the place of the arm that the request of ctx is sent to: the one that has the
// value of its header, else one by the weights.
func (c *Chooser) Of(ctx context.Context) int {
	i := c.arm(ctx)
	if counts := c.countersFor(ctx); counts != nil {
		count(counts[i])
	}
	return i
}

func (c *Chooser) arm(ctx context.Context) int {
	if c.Header != "" || c.Key != "" {
		if h, ok := ctx.Value(headersKey{}).(spec.Headers); ok {
			if i := c.sent(h); i >= 0 {
				return i
			}
			if c.Key != "" {
				if key := h.Header(c.Key); key != "" {
					return c.byKey(key)
				}
			}
		}
	}
	return c.byChance(rand.Float64())
}

// sent gives the arm that the request's header names, -1 for none.
func (c *Chooser) sent(h spec.Headers) int {
	if c.Header == "" {
		return -1
	}
	is := h.Header(c.Header)
	if is == "" {
		return -1
	}
	for i := range c.Arms {
		for _, v := range c.Arms[i].Values {
			if v == is {
				return i
			}
		}
	}
	return -1
}

// byKey gives the arm that wins for a key: each draws a number by the key and its own name,
// weighted such that it wins for its share of all keys (weighted rendezvous hashing). An
// arm whose weight grows only wins keys, and loses none.
func (c *Chooser) byKey(key string) int {
	best, least := -1, math.Inf(1)
	for i := range c.Arms {
		if c.Arms[i].Weight <= 0 {
			continue
		}
		u := (float64(mix(hash(c.seeds[i], key))>>11) + 0.5) / (1 << 53) // in (0, 1)
		if draw := -math.Log(u) / c.Arms[i].Weight; draw < least || best < 0 {
			best, least = i, draw
		}
	}
	return best
}

// byChance gives the arm that a number in [0, 1) falls to.
func (c *Chooser) byChance(u float64) int {
	sum, last := 0.0, 0
	for i := range c.Arms {
		if c.Arms[i].Weight > 0 {
			sum, last = sum+c.Arms[i].Weight, i
		}
	}
	u *= sum
	for i := range c.Arms {
		if u < c.Arms[i].Weight {
			return i
		}
		u -= c.Arms[i].Weight
	}
	return last // what rounding left over
}

// countersFor gives what counts under ctx, by arm; nil where nothing does.
func (c *Chooser) countersFor(ctx context.Context) []Counter {
	o, ok := ctx.Value(observerKey{}).(Observer)
	if !ok {
		return nil
	}
	if have := c.counts.Load(); have != nil && have.observer == o {
		return have.arms
	}
	counts := &chosen{observer: o, arms: make([]Counter, len(c.Arms))}
	if a, ok := o.(ChoiceObserver); ok {
		for i := range c.Arms {
			counts.arms[i] = a.Arm(c.Graph, c.Node, c.Arms[i].Name)
		}
	}
	c.counts.Store(counts)
	return counts.arms
}

// offset, hash and mix are FNV-1a of 64 bits with a finish (that of SplitMix64) that
// spreads a key's last letters over all bits. They must not change: the arm of a key
// hangs on them.
const offset uint64 = 14695981039346656037

func hash(h uint64, text string) uint64 {
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return (h ^ 0xff) * 1099511628211 // which no text has: "a", "bc" is not "ab", "c"
}

func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
