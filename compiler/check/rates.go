package check

import (
	"time"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

const (
	// maxRate is how many requests a second a limit may speak of: servers tell times
	// between them apart to the microsecond.
	maxRate = 1_000_000
	// maxFill is how long a burst may take to come again at most.
	maxFill = 31 * 24 * time.Hour
)

// rateLimit checks how many requests may come in a time.
func (p *pass) rateLimit(l *ir.RateLimit, path string, around ir.Pos) {
	if l == nil {
		return
	}
	around = first(l.Pos, around)
	if l.All == nil && l.Tenants == nil {
		p.errorf(diag.ResourceBounds, p.at(path, around), path, "the rate limit limits nothing").
			Hintf("say how many requests may come: all: {requests: 100}, or tenants: {header: \"X-Tenant\", each: {requests: 10}}")
	}
	p.rate(l.All, path+".all", around)
	if l.Tenants == nil {
		return
	}
	p.rate(l.Tenants.Each, path+".tenants.each", around)
	for _, name := range sorted(l.Tenants.Named) {
		p.rate(l.Tenants.Named[name], path+".tenants.named."+name, around)
	}
}

// rate checks what servers can count.
func (p *pass) rate(r *ir.Rate, path string, around ir.Pos) {
	if r == nil {
		return
	}
	around = first(r.Pos, around)
	switch {
	case r.Requests < 1:
		p.errorf(diag.ResourceBounds, p.at(path+".requests", around), path+".requests", "a rate is at least 1 request")
	case r.PerMs < 1 || r.PerMs > maxTimeout.Milliseconds():
		p.errorf(diag.ResourceBounds, p.at(path+".per", around), path+".per", "the time of a rate is between 1ms and a day")
	case r.Burst < 1:
		p.errorf(diag.ResourceBounds, p.at(path+".burst", around), path+".burst", "a burst is at least 1 request")
	case float64(r.Requests)/float64(r.PerMs)*1000 > maxRate:
		p.errorf(diag.ResourceBounds, p.at(path+".requests", around), path, "more than %d requests a second are no limit for a server", maxRate).
			Hintf("leave it out for no limit")
	case float64(r.Burst)/float64(r.Requests)*float64(r.PerMs) > float64(maxFill.Milliseconds()):
		p.errorf(diag.ResourceBounds, p.at(path+".burst", around), path, "at this rate a burst of %d requests takes more than 31 days to come again", r.Burst).
			Hintf("give a smaller burst; the default is what comes in a second")
	}
}
