// Package rate lets so many requests begin in a time, all together and each tenant for
// itself, where a bento declares that.
//
// # Who is let in
//
// A rate is a bucket of tokens: burst of them when nobody came for a while, and one more
// each time that the rate allows a request. A request takes one from every bucket that it
// is counted in, or none from any.
//
// # When to come again
//
// Who is turned away is told when there will be a token for them, and no two are told of
// the same one: those who come again as they were told find one, however many they are,
// as long as nobody new takes it before. HTTP says the time in whole seconds, so that they
// come up to a second late, and together; as a bucket holds no more than its burst, those
// times lie further apart where the burst is small.
//
// # Tenants
//
// What is remembered of a tenant is two numbers, and no more than [maxTenants] are. Only
// a tenant whose bucket is full again is forgotten, which changes nothing. Where there is
// room for no other, all further ones share one bucket: who makes up names takes what is
// left for new names, and nothing of those that are known.
package rate

import (
	"hash/maphash"
	"maps"
	"sync"
	"time"

	"bentoc.dev/runtime/spec"
)

// Rate is so many requests in a time.
type Rate struct {
	Requests int
	Per      time.Duration
	Burst    int // that may come at once; at least 1
}

// Config is what a bento declares of a service, or an endpoint.
type Config struct {
	All    Rate            // of all requests together; zero: no limit
	Header string          // that names the tenant; "": there are none
	Each   Rate            // of each tenant
	Named  map[string]Rate // of these tenants in place of Each
}

// Limits are the rates of a service, or an endpoint.
type Limits struct {
	config Config
	header string
	base   time.Time // what times are counted from
	seed   maphash.Seed
	total  quota
	each   quota
	named  map[string]*named

	mu      sync.Mutex // guards what follows, and the buckets of named
	all     bucket
	tenants map[uint64]bucket // by a hash of the name, which may be long
	rest    bucket            // of tenants for which there is no room
	swept   int64
}

var _ spec.Rates = (*Limits)(nil)

// named is a tenant that has a rate of its own.
type named struct {
	quota
	bucket
}

const (
	// maxTenants is how many tenants are remembered.
	maxTenants = 16 << 10
	// sweepEvery is how long it takes at least until those are looked for again that
	// can be forgotten.
	sweepEvery = int64(time.Second)
	// maxBooked is how far ahead times are told apart, after the first one.
	maxBooked = int64(time.Minute)
)

// New makes the limits that c declares.
func New(c Config) *Limits {
	l := &Limits{config: c, header: c.Header, base: time.Now(), seed: maphash.MakeSeed(), total: quotaOf(c.All), each: quotaOf(c.Each),
		named: map[string]*named{}, tenants: map[uint64]bucket{}}
	for name, r := range c.Named {
		l.named[name] = &named{quota: quotaOf(r)}
	}
	return l
}

// Continue gives what was counted so far where that was by the same limits, and else l.
func (l *Limits) Continue(was spec.Rates) spec.Rates {
	old, ok := was.(*Limits)
	if !ok || old == nil {
		return l
	}
	a, b := l.config, old.config
	if a.All != b.All || a.Header != b.Header || a.Each != b.Each || !maps.Equal(a.Named, b.Named) {
		return l
	}
	return old
}

// Take lets a request that comes at now in, or says why not.
func (l *Limits) Take(now time.Time, from spec.Headers) spec.Excess {
	at := int64(now.Sub(l.base))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.header == "" {
		return spec.Excess{Wait: l.all.take(l.total, at)}
	}
	name := from.Header(l.header)
	wait := l.tenant(name, at, bucket.taken)
	if wait > 0 {
		if l.total.every > 0 { // which says no as well, perhaps for longer
			wait = max(wait, time.Duration(l.all.at(l.total)-at))
		}
		return spec.Excess{Wait: wait, Tenant: true}
	}
	if l.total.every == 0 {
		return spec.Excess{}
	}
	if wait = l.all.take(l.total, at); wait > 0 {
		l.tenant(name, at, bucket.given)
	}
	return spec.Excess{Wait: wait}
}

// Give takes back that a request was let in.
func (l *Limits) Give(now time.Time, from spec.Headers) {
	at := int64(now.Sub(l.base))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total.every > 0 {
		l.all, _ = l.all.given(l.total, at)
	}
	if l.header != "" {
		l.tenant(from.Header(l.header), at, bucket.given)
	}
}

// Tenants is how many tenants without a rate of their own are remembered.
func (l *Limits) Tenants() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.tenants)
}

// tenant changes the bucket of a tenant.
func (l *Limits) tenant(name string, at int64, change func(bucket, quota, int64) (bucket, time.Duration)) (wait time.Duration) {
	if n := l.named[name]; n != nil {
		n.bucket, wait = change(n.bucket, n.quota, at)
		return wait
	}
	key := maphash.String(l.seed, name)
	b, known := l.tenants[key]
	if !known && !l.room(at) {
		l.rest, wait = change(l.rest, l.each, at)
		return wait
	}
	l.tenants[key], wait = change(b, l.each, at)
	return wait
}

// room tells whether one more tenant can be remembered, and forgets those whose bucket is
// full where that is needed.
func (l *Limits) room(at int64) bool {
	if len(l.tenants) < maxTenants {
		return true
	}
	if at-l.swept < sweepEvery {
		return false
	}
	l.swept = at
	for key, b := range l.tenants {
		if b.full(at) {
			delete(l.tenants, key)
		}
	}
	return len(l.tenants) < maxTenants
}
