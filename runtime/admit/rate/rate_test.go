package rate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	judge "golang.org/x/time/rate"

	"bentoc.dev/runtime/admit/rate"
	"bentoc.dev/runtime/spec"
)

// says is a request of a tenant.
type says string

func (s says) Header(name string) string {
	if name != "X-Tenant" {
		return "another header"
	}
	return string(s)
}

// in tells whether a request of a tenant is let in now.
func in(l *rate.Limits, tenant string) bool { return l.Take(time.Now(), says(tenant)).Wait == 0 }

// anyRate is a rate whose tokens come at whole nanoseconds.
func anyRate(r *rand.Rand) rate.Rate {
	per := []time.Duration{time.Millisecond, time.Second, 10 * time.Second, time.Minute, time.Hour}[r.IntN(5)]
	requests := []int{1, 2, 5, 10, 100, 1000}[r.IntN(6)]
	return rate.Rate{Requests: requests, Per: per, Burst: 1 + r.IntN(2*requests)}
}

// told rounds a wait up as HTTP does.
func told(wait time.Duration) time.Duration { return (wait + time.Second - 1).Truncate(time.Second) }

// Whoever comes whenever is let in exactly when another implementation has a token.
func TestTokens(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			c := anyRate(r)
			every := c.Per / time.Duration(c.Requests)
			l, want := rate.New(rate.Config{All: c}), judge.NewLimiter(judge.Every(every), c.Burst)
			for i := range 500 {
				// The other one counts in floats, so the times are off its edges.
				time.Sleep(time.Duration(r.ExpFloat64()*float64(every)).Truncate(every/10+1) + every/97)
				tokens := want.TokensAt(time.Now())
				if d := tokens - 1; d > -1e-6 && d < 1e-6 {
					continue
				}
				if got, want := in(l, ""), want.AllowN(time.Now(), 1); got != want {
					t.Fatalf("seed %d, %+v, request %d: let in: %v, the judge: %v with %v tokens", seed, c, i, got, want, tokens)
				}
			}
		})
	}
}

// A client that is alone is let in when it comes again as it was told, and, to the
// nanosecond, not before.
func TestAloneAndToldWhen(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			c := anyRate(r)
			l := rate.New(rate.Config{Header: "X-Tenant", Each: c, All: rate.Rate{Requests: 1000, Per: time.Millisecond, Burst: 1000}})
			for range 300 {
				x := l.Take(time.Now(), says("a"))
				if x.Wait == 0 {
					time.Sleep(time.Duration(r.ExpFloat64() * float64(c.Per) / float64(c.Requests) / 2))
					continue
				}
				if !x.Tenant {
					t.Fatalf("%+v: turned away for others", c)
				}
				wait := x.Wait
				if r.IntN(2) == 0 {
					wait = told(wait)
				}
				time.Sleep(wait)
				if !in(l, "a") {
					t.Fatalf("seed %d, %+v: told to come after %v, and turned away then", seed, c, wait)
				}
			}
		})
	}
}

// As many as are turned away before there is a token again all find one when they come
// again as they were told, in whole seconds.
func TestManyAreToldWhen(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			c := anyRate(r)
			every := c.Per / time.Duration(c.Requests)
			l := rate.New(rate.Config{All: c})
			for range c.Burst {
				in(l, "")
			}
			var wg sync.WaitGroup
			var mu sync.Mutex
			away, first, last := 0, time.Duration(1<<62), time.Duration(0)
			for range 1 + r.IntN(60) {
				time.Sleep(time.Duration(r.Int64N(int64(every)/60 + 1)))
				x := l.Take(time.Now(), says(""))
				if x.Wait == 0 {
					continue
				}
				mu.Lock()
				first, last = min(first, x.Wait), max(last, x.Wait)
				mu.Unlock()
				if x.Wait > every+time.Minute-2*time.Second-2*every {
					continue // so many that times are told apart no more
				}
				wg.Go(func() {
					time.Sleep(told(x.Wait))
					if !in(l, "") {
						mu.Lock()
						away++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			if away > 0 {
				t.Errorf("seed %d, %+v: %d were turned away again", seed, c, away)
			}
			if last > every+time.Minute+time.Second {
				t.Errorf("seed %d, %+v: somebody was told to wait for %v", seed, c, last)
			}
		})
	}
}

// Whatever comes, no time has more than the rate and the burst allow, all together and of
// each tenant, and a request that one limit turns away takes nothing of the other.
func TestNeverMore(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 4))
			all, each := anyRate(r), anyRate(r)
			own := anyRate(r)
			l := rate.New(rate.Config{All: all, Header: "X-Tenant", Each: each, Named: map[string]rate.Rate{"own": own}})
			began := map[string][]time.Time{}
			pace := float64(all.Per) / float64(all.Requests)
			for range 2000 {
				time.Sleep(time.Duration(r.ExpFloat64() * pace / 3))
				name := []string{"a", "b", "own", ""}[r.IntN(4)]
				now := time.Now()
				x := l.Take(now, says(name))
				if x.Wait == 0 && r.IntN(5) == 0 {
					l.Give(now, says(name))
					continue
				}
				if x.Wait == 0 {
					began[name] = append(began[name], now)
					began["all of them"] = append(began["all of them"], now)
				}
			}
			for name, times := range began {
				c := map[string]rate.Rate{"all of them": all, "own": own}[name]
				if c.Requests == 0 {
					c = each
				}
				every := c.Per / time.Duration(c.Requests)
				for i := range times {
					for j := i; j < len(times); j++ {
						if n, most := j-i+1, c.Burst+int(times[j].Sub(times[i])/every); n > most {
							t.Fatalf("seed %d, %+v: %d of %s in %v, at most %d", seed, c, n, name, times[j].Sub(times[i]), most)
						}
					}
				}
			}
		})
	}
}

// A request that the limit of all turns away is not counted for its tenant.
func TestTurnedAwayCostsTheTenantNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rate.New(rate.Config{All: rate.Rate{Requests: 1, Per: time.Second, Burst: 1}, Header: "X-Tenant", Each: rate.Rate{Requests: 1, Per: time.Hour, Burst: 2}})
		if !in(l, "b") {
			t.Fatal("the first was turned away")
		}
		for range 10 {
			if x := l.Take(time.Now(), says("a")); x.Wait == 0 || x.Tenant {
				t.Fatalf("got %+v", x)
			}
		}
		time.Sleep(time.Minute)
		if !in(l, "a") {
			t.Error("the tenant's tokens were spent on what was turned away")
		}
	})
}

// Names without end, and long ones, take bounded memory, push nobody's state out, and get
// no more than one tenant when there is room for no other; a tenant that was let be is
// forgotten when its bucket is full, and then only.
func TestNamesWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rate.New(rate.Config{Header: "X-Tenant", Each: rate.Rate{Requests: 1, Per: time.Hour, Burst: 2}, Named: map[string]rate.Rate{"own": {Requests: 10, Per: time.Hour, Burst: 10}}})
		spent := []string{"a", "b", "own"}
		for _, name := range spent {
			for in(l, name) {
			}
		}
		let := 0
		for i := range 50_000 {
			if in(l, fmt.Sprint("made up ", i)) {
				let++
			}
		}
		if n := l.Tenants(); n != 16<<10 {
			t.Errorf("%d are remembered", n)
		}
		if most := 16<<10 - 2 + 2; let > most {
			t.Errorf("%d names were let in, at most %d", let, most)
		}
		for _, name := range spent {
			if in(l, name) {
				t.Errorf("%s evaded its limit", name)
			}
		}
		if in(l, "one more name") {
			t.Error("a name without a bucket was let in after all others")
		}
		time.Sleep(59 * time.Minute)
		if in(l, "a") {
			t.Error("a was forgotten before its bucket was full")
		}
		time.Sleep(3 * time.Hour)
		for i := range 1000 {
			if !in(l, fmt.Sprint("later ", i)) {
				t.Fatal("there is no room though all others left")
			}
		}
		if n := l.Tenants(); n != 1000 {
			t.Errorf("%d are remembered", n)
		}
	})
}

// Tenants have nothing to do with one another, and named ones have their own rate.
func TestTenantsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := rate.New(rate.Config{Header: "X-Tenant", Each: rate.Rate{Requests: 3, Per: time.Minute, Burst: 3}, Named: map[string]rate.Rate{"big": {Requests: 7, Per: time.Minute, Burst: 7}}})
		got := map[string]int{}
		for range 20 {
			for _, name := range []string{"a", "big", ""} {
				if in(l, name) {
					got[name]++
				}
			}
		}
		if want := map[string]int{"a": 3, "big": 7, "": 3}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("let in %v, want %v", got, want)
		}
	})
}

// Requests that come at the same time from many goroutines are counted each.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	l := rate.New(rate.Config{All: rate.Rate{Requests: 1, Per: time.Hour, Burst: 500}, Header: "X-Tenant", Each: rate.Rate{Requests: 1, Per: time.Hour, Burst: 100}})
	let := make([]int, 8)
	var wg sync.WaitGroup
	for i := range let {
		wg.Go(func() {
			for j := range 1000 {
				if in(l, fmt.Sprint(j%10)) {
					let[i]++
				}
			}
		})
	}
	wg.Wait()
	if sum := slices.Max(let); sum == 0 {
		t.Error("nobody was let in")
	}
	total := 0
	for _, n := range let {
		total += n
	}
	if total != 500 {
		t.Errorf("%d were let in, want 500", total)
	}
}

// The same limits go on with what was counted; others begin anew.
func TestContinue(t *testing.T) {
	t.Parallel()
	config := func() rate.Config {
		return rate.Config{All: rate.Rate{Requests: 5, Per: time.Second, Burst: 5}, Header: "X", Each: rate.Rate{Requests: 1, Per: time.Second, Burst: 1}, Named: map[string]rate.Rate{"a": {Requests: 2, Per: time.Second, Burst: 2}}}
	}
	was := rate.New(config())
	if got := rate.New(config()).Continue(was); got != spec.Rates(was) {
		t.Error("the same limits begin anew")
	}
	for name, change := range map[string]func(*rate.Config){
		"all":    func(c *rate.Config) { c.All.Burst = 6 },
		"header": func(c *rate.Config) { c.Header = "Y" },
		"each":   func(c *rate.Config) { c.Each.Per = time.Minute },
		"named":  func(c *rate.Config) { c.Named["a"] = rate.Rate{Requests: 3, Per: time.Second, Burst: 2} },
		"more":   func(c *rate.Config) { c.Named["b"] = rate.Rate{Requests: 1, Per: time.Second, Burst: 1} },
	} {
		c := config()
		change(&c)
		if l := rate.New(c); l.Continue(was) != spec.Rates(l) {
			t.Errorf("%s: other limits go on with what was counted", name)
		}
	}
	if l := rate.New(config()); l.Continue(nil) != spec.Rates(l) {
		t.Error("nothing was counted before")
	}
}
