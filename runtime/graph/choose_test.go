package graph

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"

	"bentoc.dev/runtime/spec"
)

// headers are those of a request.
type headers map[string]string

func (h headers) Header(name string) string { return h[name] }
func (h headers) Send(any) error            { return nil }

// of gives the arm of a request with headers, by the way that a server's requests take.
func of(t *testing.T, ctx context.Context, c *Chooser, h headers) string {
	t.Helper()
	arm := ""
	err := Headed(func(ctx context.Context, _ any, _ spec.Sender) error {
		arm = c.Arms[c.Of(ctx)].Name
		return nil
	})(ctx, nil, h)
	if err != nil {
		t.Fatal(err)
	}
	return arm
}

func TestChooseByHeader(t *testing.T) {
	t.Parallel()
	c := NewChooser(Choice{Header: "X-A", Arms: []ChoiceArm{{Name: "stable", Weight: 1}, {Name: "canary", Values: []string{"yes", "on"}}, {Name: "dark", Values: []string{"no"}}}})
	for value, want := range map[string]string{"yes": "canary", "on": "canary", "no": "dark", "": "stable", "Yes": "stable", "yes ": "stable", "yes,no": "stable"} {
		if got := of(t, t.Context(), c, headers{"X-A": value}); got != want {
			t.Errorf("%q goes to %s, want %s", value, got, want)
		}
	}
	if got := c.Arms[c.Of(t.Context())].Name; got != "stable" {
		t.Errorf("without a protocol's headers: %s", got)
	}
}

// Keys are shared out by the weights, wherever the arms stand, and chosen apart by nodes.
func TestChooseByKey(t *testing.T) {
	t.Parallel()
	const keys = 100_000
	for _, weights := range [][]float64{{1, 1}, {95, 5}, {0.001, 0.999}, {1, 0, 2}, {1e6, 1}, {1, 1, 1, 1, 1, 1, 1}} {
		c := weighted("a", weights)
		got := make([]int, len(weights))
		for k := range keys {
			got[c.byKey(fmt.Sprint("user-", k))]++
		}
		sum := 0.0
		for _, w := range weights {
			sum += w
		}
		for i, w := range weights {
			p := w / sum
			if want, spread := p*keys, math.Sqrt(keys*p*(1-p)); math.Abs(float64(got[i])-want) > 5*spread+1 {
				t.Errorf("weights %v: %v of %d keys", weights, got, keys)
			}
		}
	}
	one, other, both := weighted("a", []float64{1, 1}), weighted("b", []float64{1, 1}), 0
	for k := range keys {
		if one.byKey(fmt.Sprint(k)) == other.byKey(fmt.Sprint(k)) {
			both++
		}
	}
	if math.Abs(float64(both)-keys/2) > 1000 {
		t.Errorf("two nodes choose the same for %d of %d keys", both, keys)
	}
}

func weighted(node string, weights []float64) *Chooser {
	c := Choice{Graph: "g", Node: node}
	for i, w := range weights {
		c.Arms = append(c.Arms, ChoiceArm{Name: string(rune('a' + i)), Weight: w})
	}
	return NewChooser(c)
}

// An arm whose weight grows takes keys and gives none away; the others' keys move nowhere
// else; and where the arms stand does not matter.
func TestChooseKeysStay(t *testing.T) {
	t.Parallel()
	before, after := weighted("a", []float64{90, 5, 5}), weighted("a", []float64{90, 10, 5})
	turned := NewChooser(Choice{Graph: "g", Node: "a", Arms: []ChoiceArm{before.Arms[2], before.Arms[0], before.Arms[1]}})
	moved := 0
	for k := range 20_000 {
		key := fmt.Sprint("k", k)
		was, is := before.byKey(key), after.byKey(key)
		if was != is {
			moved++
			if is != 1 {
				t.Fatalf("%s moves from %d to %d", key, was, is)
			}
		}
		if other := turned.Arms[turned.byKey(key)].Name; other != before.Arms[was].Name {
			t.Fatalf("%s goes to %s, and to %s where the arms stand otherwise", key, before.Arms[was].Name, other)
		}
	}
	if moved < 700 || moved > 1200 { // 10/105 - 5/100 of them
		t.Errorf("%d of 20000 keys move", moved)
	}
}

// What arms keys have must not change from one version to the next.
func TestChooseKeysAreFixed(t *testing.T) {
	t.Parallel()
	c := NewChooser(Choice{Graph: "read", Node: "answer", Key: "X-User", Arms: []ChoiceArm{{Name: "stable", Weight: 3}, {Name: "canary", Weight: 1}}})
	got := ""
	for k := range 40 {
		got += of(t, t.Context(), c, headers{"X-User": fmt.Sprint("user", k)})[:1]
	}
	if want := "ssssssssccscsssssscsssssssccscsssssssssc"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestChooseByChance(t *testing.T) {
	t.Parallel()
	c := weighted("a", []float64{0, 1, 0, 3, 0})
	for u, want := range map[float64]int{0: 1, 0.2499: 1, 0.25: 3, 0.5: 3, math.Nextafter(1, 0): 3} {
		if got := c.byChance(u); got != want {
			t.Errorf("%v falls to %d, want %d", u, got, want)
		}
	}
	tenths := weighted("a", []float64{0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0})
	if got := tenths.byChance(math.Nextafter(1, 0)); got != 9 {
		t.Errorf("rounding leaves the last request to %d", got)
	}
	// A key that the request does not have is no key of its own.
	key := NewChooser(Choice{Key: "X-User", Arms: tenths.Arms})
	seen := map[string]bool{}
	for range 1000 {
		seen[of(t, t.Context(), key, headers{})] = true
	}
	if len(seen) != 10 {
		t.Errorf("%d arms get the requests without a key", len(seen))
	}
}

type armCounts struct {
	mu sync.Mutex
	n  map[string]int
}

func (a *armCounts) Node(string, *spec.Node) NodeObserver { return nil }
func (a *armCounts) Arm(g, node, arm string) Counter {
	return counterFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.n[g+"/"+node+"/"+arm]++
	})
}

type counterFunc func()

func (f counterFunc) Inc() { f() }

// Every request is counted at the arm that it went to, from many goroutines at once.
func TestChooseCounts(t *testing.T) {
	t.Parallel()
	c, counts := weighted("a", []float64{1, 1}), &armCounts{n: map[string]int{}}
	ctx := WithObserver(t.Context(), counts)
	var went [2]int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				i := c.Of(ctx)
				mu.Lock()
				went[i]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if counts.n["g/a/a"] != went[0] || counts.n["g/a/b"] != went[1] || went[0]+went[1] != 800 {
		t.Errorf("%v went, %v are counted", went, counts.n)
	}
}

// Choosing takes no memory.
func TestChooseAllocates(t *testing.T) {
	c := NewChooser(Choice{Graph: "g", Node: "n", Header: "X-A", Key: "X-User", Arms: []ChoiceArm{{Name: "a", Weight: 1, Values: []string{"x"}}, {Name: "b", Weight: 1}}})
	ctx := context.WithValue(t.Context(), headersKey{}, spec.Headers(headers{"X-User": "somebody"}))
	if n := testing.AllocsPerRun(100, func() { c.Of(ctx) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
