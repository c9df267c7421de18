package cost

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

const ms = time.Millisecond

// near fails where got is not within a part of want.
func near(t *testing.T, what string, got, want time.Duration, part float64) {
	t.Helper()
	if math.Abs(float64(got-want)) > part*float64(want) {
		t.Errorf("%s: %v, want about %v", what, got, want)
	}
}

func TestNothingIsKnownAtFirst(t *testing.T) {
	t.Parallel()
	var m Model
	if m.Time(1) != 0 || m.Mean(8) != 0 || m.Runs() != 0 || m.Stretch() != 1 {
		t.Errorf("t(1) = %v, mean %v after %d runs", m.Time(1), m.Mean(8), m.Runs())
	}
	m.Ran(4, 0, 10*ms)
	near(t, "a size that was not run", m.Time(32), 10*ms, 0)
}

func TestALineIsFound(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var m Model
	for range 400 {
		n := float64(1 + r.IntN(32))
		noise := 1 + 0.05*r.Float64()
		if r.IntN(20) == 0 {
			noise = 40 // a pause of the collector
		}
		m.Ran(n, 0, time.Duration((4+0.5*n)*noise*float64(ms)))
	}
	for _, n := range []float64{1, 2, 7, 16, 31, 64, 128} {
		near(t, "t", m.Time(n), time.Duration((4+0.5*n)*float64(ms)), 0.08)
	}
}

func TestASlowFirstRunIsForgotten(t *testing.T) {
	t.Parallel()
	var m Model
	m.Ran(1, 0, time.Second) // the warm-up
	for range 6 {
		m.Ran(1, 0, ms)
	}
	near(t, "t(1)", m.Time(1), ms, 0.01)
}

func TestAPauseChangesNothing(t *testing.T) {
	t.Parallel()
	var m Model
	for range 10 {
		m.Ran(1, 0, ms)
		m.Ran(8, 0, 2*ms)
	}
	m.Ran(8, 0, time.Minute)
	near(t, "t(8)", m.Time(8), 2*ms, 0.01)
	near(t, "t(4)", m.Time(4), 1430*time.Microsecond, 0.1)
}

func TestWhatCannotBeIsIgnored(t *testing.T) {
	t.Parallel()
	var m Model
	m.Ran(2, 0, ms)
	for _, work := range []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		m.Ran(work, 0, time.Second)
	}
	for _, beside := range []float64{-1, math.NaN(), math.Inf(1)} {
		m.Ran(2, beside, time.Second)
	}
	for _, took := range []time.Duration{0, -1, math.MinInt64, math.MaxInt64, 48 * time.Hour} {
		m.Ran(2, 0, took)
	}
	if m.Runs() != 1 || m.Time(2) != ms {
		t.Errorf("%d runs, t(2) = %v", m.Runs(), m.Time(2))
	}
	m.Ran(math.MaxFloat64, 0, ms)
	m.Ran(math.SmallestNonzeroFloat64, 0, ms)
	for _, work := range []float64{0, -1, math.NaN(), math.Inf(1), math.SmallestNonzeroFloat64, 1, math.MaxFloat64} {
		if d := m.Time(work); d < 0 || d > longest {
			t.Errorf("t(%g) = %v", work, d)
		}
	}
}

// TestAnythingIsSurvived feeds numbers of any kind.
func TestAnythingIsSurvived(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var m Model
		for range 300 {
			m.Ran(math.Float64frombits(r.Uint64()), 4*r.Float64(), time.Duration(r.Int64N(int64(longest))>>r.IntN(50)))
			if d := m.Time(math.Exp2(100 * (r.Float64() - 0.5))); d < 0 || d > longest {
				t.Fatalf("t = %v", d)
			}
		}
		if len(m.cells) > maxCells {
			t.Fatalf("%d sizes are kept", len(m.cells))
		}
		for _, s := range m.Profile().Sizes {
			if !(s.Work > 0) || !(s.Seconds > 0) {
				t.Fatalf("a size of %+v", s)
			}
		}
	}
}

func TestACostThatChangesIsLearned(t *testing.T) {
	t.Parallel()
	var m Model
	for i := range 200 {
		n := 1 + i%8
		m.Ran(float64(n), 0, time.Duration(n)*ms) // batches are worth nothing
	}
	near(t, "t(8) before", m.Time(8), 8*ms, 0.01)
	for i := range 80 {
		m.Ran(float64(1+i%8), 0, 3*ms) // and everything
	}
	near(t, "t(1) after", m.Time(1), 3*ms, 0.05)
	near(t, "t(8) after", m.Time(8), 3*ms, 0.05)
}

func TestRunsBesideOthersSayWhatOneAloneTakes(t *testing.T) {
	t.Parallel()
	var m Model
	for i := range 100 {
		m.Ran(1, 0, 10*ms)
		m.Ran(4, 0, 16*ms)
		if i > 10 {
			m.Ran(1, 1, 15*ms)
			m.Ran(4, 1, 24*ms)
		}
	}
	near(t, "t(1)", m.Time(1), 10*ms, 0.1)
	near(t, "t(4)", m.Time(4), 16*ms, 0.1)
	if s := m.Profile().Slowdown; math.Abs(s-0.5) > 0.1 {
		t.Errorf("another run slows one down by %g", s)
	}
}

func TestAProfileIsTakenOver(t *testing.T) {
	t.Parallel()
	var m, next Model
	for i := range 90 {
		m.Ran(float64(1+i%9), 0, time.Duration(10+i%9)*ms)
	}
	sizes := append(m.Profile().Sizes, Size{math.NaN(), 1, 9}, Size{1, math.Inf(1), 9}, Size{-1, 1, 9}, Size{1, -1, 9}, Size{1, 1, -9})
	next.Begin(sizes)
	near(t, "t(1)", next.Time(1), 10*ms, 0.05)
	near(t, "t(9)", next.Time(9), 18*ms, 0.05)
	for range 5 {
		next.Ran(9, 0, 90*ms) // this machine is another
	}
	if d := next.Time(9); d < 40*ms {
		t.Errorf("t(9) = %v after five runs of 90 ms", d)
	}
}
