// Package adaptive is the scheduler that learns what runs cost, and decides by it how
// many items run together and how many instances run at a time.
//
// An item that comes when nothing runs, runs at once. What comes while all instances
// are busy is gathered, up to the size beyond which a batch gives (nearly) no more
// items a second, or takes longer than the latency target allows. So a model to which
// batches are worth nothing, such as a convolution on a CPU, runs items alone, side by
// side.
//
// When there is so much to do that items run alone would keep all instances busy, a
// further instance begins only when what waits is worth a run of its own: else it
// would take a core from what runs, and make small batches of large ones. That is
// the only time when something waits beside an idle instance, and no longer than the
// run that it waits for should take.
package adaptive

import (
	"cmp"
	"math"
	"slices"
	"time"

	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/runner/cost"
)

const (
	// gain is by how much twice as many items in a batch must give more items a second
	// to be worth it.
	gain = 1.04
	// worth is by how much the time an item takes may lie above the least, for a batch
	// to be worth a run beside another.
	worth = 1.2
	// probe is after how many batches of the best size a larger one is tried.
	probe = 64
	// crowded and eased are the loads, if all items ran alone, from which and up to
	// which instances are held back.
	crowded, eased = 0.8, 0.6
	// strained is how far above their median runs take on average where what runs has
	// to share its cores with other work.
	strained = 1.25
	// window is over how many runs the rate at which items come is measured.
	window = 32
)

// Config says what a scheduler aims at.
type Config struct {
	// LatencyTarget is how long a call should take, waiting included; 0 means that it
	// does not matter. It bounds batches, and refuses nothing: where it cannot be met,
	// batches are as if there were none.
	LatencyTarget time.Duration
	// Costs is what runs cost that were measured before, to begin with: it counts little,
	// so that the runs of this process overrule it soon.
	Costs []cost.Size
}

// Scheduler is made by [Config.New].
type Scheduler struct {
	target time.Duration
	model  cost.Model

	// What was decided from the model after planned runs, for batches of at most max.
	planned uint64
	max     int
	best    int           // items of a batch
	least   int           // items that are worth a run beside another
	bound   bool          // by the latency target
	single  time.Duration // that an item takes alone, at times like these
	work    float64       // what an item costs, on average
	rates   []size
	full    uint64 // batches that could have been larger than best

	// How fast items come.
	since   time.Time
	arrived uint64 // by then
	runs    int    // since then
	rate    float64
	held    bool // instances are held back
}

var _ batch.Learner = (*Scheduler)(nil)

// New makes a scheduler that has seen no run yet.
func (c Config) New() batch.Scheduler {
	s := &Scheduler{target: c.LatencyTarget, least: 1, work: 1}
	s.model.Begin(c.Costs)
	return s
}

// Next decides.
func (s *Scheduler) Next(now time.Time, q batch.Queue) (n int, again time.Duration) {
	s.plan(q.Max)
	if left := s.hold(now, q); left > 0 {
		return 0, left
	}
	best := s.size(q)
	if q.Alike > best && q.Max > best && !s.bound {
		if s.full++; s.full%probe == 0 {
			return min(q.Alike, 2*best, q.Max), 0
		}
	}
	return min(q.Alike, best, s.share(q, best)), 0
}

// size is the best size for items like the oldest, which may cost more or less than
// others.
func (s *Scheduler) size(q batch.Queue) int {
	if s.best >= q.Max || !(q.Work > 0) || !(s.work > 0) {
		return min(s.best, q.Max)
	}
	n := math.Round(float64(s.best) * s.work / q.Work)
	return int(max(1, min(n, float64(q.Max))))
}

// share is how many items of those that wait an instance should take where others are
// idle too and there is time enough: two halves side by side end sooner than the whole.
func (s *Scheduler) share(q batch.Queue, best int) int {
	if q.Idle < 2 || s.held || s.model.Runs() == 0 {
		return q.Alike
	}
	part := (q.Alike + q.Idle - 1) / q.Idle
	if s.model.Time(float64(part)*q.Work) < s.model.Time(float64(min(q.Alike, best))*q.Work)*3/4 {
		return part
	}
	return q.Alike
}

// hold gives how long items may wait beside an idle instance; 0: they should not.
func (s *Scheduler) hold(now time.Time, q batch.Queue) time.Duration {
	s.measure(now, q)
	if q.Running == 0 || !s.held || q.Waiting >= s.least {
		return 0
	}
	// The run that they wait for is not longer than the best batch; where it is, do
	// not wait for it.
	left := 2*s.model.Mean(float64(s.best)*s.work) - now.Sub(q.Began)
	if s.target > 0 {
		left = min(left, s.target/2-now.Sub(q.Since))
	}
	return left
}

// measure finds how fast items come, and whether so fast that instances are held
// back.
func (s *Scheduler) measure(now time.Time, q batch.Queue) {
	if s.since.IsZero() {
		s.since, s.arrived = now, q.Arrived
		return
	}
	if s.runs < window {
		return
	}
	took := now.Sub(s.since).Seconds()
	if took > 0 {
		rate := float64(q.Arrived-s.arrived) / took
		if s.rate == 0 {
			s.rate = rate
		}
		s.rate += (rate - s.rate) / 2
	}
	s.since, s.arrived, s.runs = now, q.Arrived, 0
	if s.model.Stretch() < strained {
		s.held = false
		return
	}
	load := s.rate * s.single.Seconds() / float64(q.Idle+q.Running)
	if s.held {
		s.held = load > eased
	} else {
		s.held = load > crowded
	}
}

// Ran learns.
func (s *Scheduler) Ran(r batch.Run) {
	s.runs++
	if r.Items > 0 {
		s.work += (r.Work/float64(r.Items) - s.work) / float64(min(s.model.Runs()+1, window))
	}
	s.model.Ran(r.Work, r.Beside, r.Took)
}

// plan decides from what was learned since it was called last, every few runs.
func (s *Scheduler) plan(most int) {
	runs := s.model.Runs()
	if most == s.max && runs < s.planned+1+min(s.planned/4, 16) {
		return
	}
	s.planned, s.max = runs, most
	s.single = s.model.Mean(s.work)
	if s.best, s.least, s.bound = most, 1, false; most == 1 || s.single == 0 {
		return
	}
	limit := s.limit()
	s.rates = s.rates[:0]
	for n := 1; n <= most; n = step(n, most) {
		t := s.model.Time(float64(n) * s.work)
		if n > 1 && t > limit {
			s.bound = true
			break
		}
		s.rates = append(s.rates, size{n, float64(n) / max(t, 1).Seconds()})
	}
	top := slices.MaxFunc(s.rates, func(a, b size) int { return cmp.Compare(a.rate, b.rate) })
	best := slices.IndexFunc(s.rates, s.pays)
	s.best = s.rates[best].items
	s.bound = s.bound && best == len(s.rates)-1
	for _, r := range s.rates {
		if r.rate*worth >= top.rate {
			s.least = r.items
			break
		}
	}
}

// size is what a batch of so many items gives a second.
type size struct {
	items int
	rate  float64
}

// pays says whether no larger batch gives more than a few items for its size.
func (s *Scheduler) pays(r size) bool {
	for _, larger := range s.rates {
		if larger.items > r.items && larger.rate > r.rate*math.Pow(float64(larger.items)/float64(r.items), perDoubling) {
			return false
		}
	}
	return true
}

// perDoubling makes gain of two.
var perDoubling = math.Log2(gain)

// limit is how long a batch may take: an item that just missed one waits for it and
// then runs in another. Where not even one item alone is so quick, the target cannot be
// met, and is of no use.
func (s *Scheduler) limit() time.Duration {
	one := s.model.Time(s.work)
	switch {
	case s.target <= 0 || one > s.target:
		return math.MaxInt64
	case one > s.target/2:
		return s.target
	}
	return s.target / 2
}

// step gives the sizes that are looked at: all small ones, and some of the large.
func step(n, most int) int {
	next := n + max(n/8, 1)
	if n < most && next > most {
		return most
	}
	return next
}

// Learned gives what was learned and decided.
func (s *Scheduler) Learned() batch.Learned {
	return batch.Learned{Batch: s.best, Beside: s.least, HeldBack: s.held, Arrivals: s.rate, Cost: s.model.Profile()}
}
