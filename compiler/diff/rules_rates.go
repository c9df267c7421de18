package diff

import (
	"fmt"
	"maps"
	"slices"

	"bentoc.dev/compiler/ir"
)

// rateRules are about how many requests may come in a time.
var rateRules = []Rule{
	{
		ID: "rate-limit-lowered", Audience: Caller, Severity: Risky,
		Purpose: "fewer requests of a service may come in a time",
		Explain: "The requests beyond are refused with 429 and Retry-After. Who sends many, or many at once, sees it; under a limit that tenants share, so do others.",
		Cure:    "look at how many requests come at most, and see that callers try again after a 429",
		Covers:  []string{"Traffic.RateLimit", "RateLimit.All", "RateLimit.Tenants", "Rate.Requests", "Rate.PerMs", "Rate.Burst", "TenantRates.Each", "TenantRates.Named"},
		On: changed(func(c *Call, old, new *ir.Service) {
			lowered(c, "traffic.rateLimit", old.Traffic.RateLimit, new.Traffic.RateLimit)
		}),
	},
	{
		ID: "endpoint-rate-limit-lowered", Audience: Caller, Severity: Risky,
		Purpose: "fewer requests of an endpoint may come in a time",
		Explain: "The requests beyond are refused with 429 and Retry-After. Who sends many, or many at once, sees it; under a limit that tenants share, so do others.",
		Cure:    "look at how many requests come at most, and see that callers try again after a 429",
		Covers:  []string{"Endpoint.RateLimit"},
		On:      changed(func(c *Call, old, new *ir.Endpoint) { lowered(c, "rateLimit", old.RateLimit, new.RateLimit) }),
	},
	{
		ID: "rate-limit-raised", Audience: Operator, Severity: Safe,
		Purpose: "more requests of a service may come in a time",
		Explain: "Callers get fewer answers 429, and the server more work.",
		On: changed(func(c *Call, old, new *ir.Service) {
			raised(c, "traffic.rateLimit", old.Traffic.RateLimit, new.Traffic.RateLimit)
		}),
	},
	{
		ID: "endpoint-rate-limit-raised", Audience: Operator, Severity: Safe,
		Purpose: "more requests of an endpoint may come in a time",
		Explain: "Callers get fewer answers 429, and the server more work.",
		On:      changed(func(c *Call, old, new *ir.Endpoint) { raised(c, "rateLimit", old.RateLimit, new.RateLimit) }),
	},
	{
		ID: "rate-limit-header-changed", Audience: Caller, Severity: Risky,
		Purpose: "tenants of a service are told apart by another header",
		Explain: "Requests that do not say the new header are of one tenant, and share what one may send.",
		Cure:    "see that gateways set the new header before it is rolled out",
		Covers:  []string{"TenantRates.Header"},
		On: changed(func(c *Call, old, new *ir.Service) {
			reheaded(c, "traffic.rateLimit", old.Traffic.RateLimit, new.Traffic.RateLimit)
		}),
	},
	{
		ID: "endpoint-rate-limit-header-changed", Audience: Caller, Severity: Risky,
		Purpose: "tenants of an endpoint are told apart by another header",
		Explain: "Requests that do not say the new header are of one tenant, and share what one may send.",
		Cure:    "see that gateways set the new header before it is rolled out",
		On:      changed(func(c *Call, old, new *ir.Endpoint) { reheaded(c, "rateLimit", old.RateLimit, new.RateLimit) }),
	},
}

// rates gives the rates of a limit by their paths in it.
func rates(l *ir.RateLimit) map[string]*ir.Rate {
	out := map[string]*ir.Rate{}
	if l == nil {
		return out
	}
	if l.All != nil {
		out[".all"] = l.All
	}
	if t := l.Tenants; t != nil {
		out[".tenants.each"] = t.Each
		for name, r := range t.Named {
			out[".tenants.named."+name] = r
		}
	}
	return out
}

// compareRates calls f with the rates that held and that hold, nil for none, at each path
// of which one of the sides speaks. A tenant that has no rate of its own has that of each.
func compareRates(old, new *ir.RateLimit, f func(path string, was, is *ir.Rate)) {
	before, after := rates(old), rates(new)
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if is := after[path]; is != nil || path == ".all" || path == ".tenants.each" {
			f(path, before[path], is)
		} else {
			f(path, before[path], after[".tenants.each"])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if before[path] != nil {
			continue
		}
		if path == ".all" || path == ".tenants.each" {
			f(path, nil, after[path])
		} else {
			f(path, before[".tenants.each"], after[path])
		}
	}
}

func lowered(c *Call, field string, old, new *ir.RateLimit) {
	compareRates(old, new, func(path string, was, is *ir.Rate) {
		switch {
		case is == nil:
		case was == nil:
			c.Find(field+path, Finding{After: rateText(is), Reason: "requests beyond " + rateText(is) + " are refused with 429, where there was no limit"})
		case slower(was, is) || is.Burst < was.Burst:
			c.Find(field+path, Finding{Before: rateText(was), After: rateText(is), Reason: "requests beyond " + rateText(is) + " are refused with 429"})
		}
	})
}

func raised(c *Call, field string, old, new *ir.RateLimit) {
	compareRates(old, new, func(path string, was, is *ir.Rate) {
		switch {
		case was == nil:
		case is == nil:
			c.Find(field+path, Finding{Before: rateText(was), Reason: "any number of requests may come in a time"})
		case slower(is, was) || is.Burst > was.Burst:
			c.Find(field+path, Finding{Before: rateText(was), After: rateText(is), Reason: "more requests may come: " + rateText(is)})
		}
	})
}

func reheaded(c *Call, field string, old, new *ir.RateLimit) {
	if old == nil || new == nil || old.Tenants == nil || new.Tenants == nil || old.Tenants.Header == new.Tenants.Header {
		return
	}
	c.Find(field+".tenants.header", Finding{Before: old.Tenants.Header, After: new.Tenants.Header, Reason: "tenants are told apart by the header " + new.Tenants.Header})
}

// slower tells whether b lets fewer requests come than a.
func slower(a, b *ir.Rate) bool {
	return int64(b.Requests)*a.PerMs < int64(a.Requests)*b.PerMs
}

func rateText(r *ir.Rate) string {
	return fmt.Sprintf("%d in %s, %d at once", r.Requests, durationText(r.PerMs), r.Burst)
}
