package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// rates writes how many requests may come in a time: a server without a limit has no
// package for one.
func (g *generator) rates(l *ir.RateLimit) {
	if l == nil {
		return
	}
	s := g.service
	s.use("bentoc.dev/runtime/admit/rate")
	s.p("Rates: rate.New(rate.Config{")
	if l.All != nil {
		s.p("All: %s,", g.rate(l.All))
	}
	if t := l.Tenants; t != nil {
		s.p("Header: %q,", t.Header)
		s.p("Each: %s,", g.rate(t.Each))
		if len(t.Named) > 0 {
			s.p("Named: map[string]rate.Rate{")
			for _, name := range sorted(t.Named) {
				s.p("%q: %s,", name, g.rate(t.Named[name]))
			}
			s.p("},")
		}
	}
	s.p("}),")
}

// rate writes a rate.
func (g *generator) rate(r *ir.Rate) string {
	g.service.use("time")
	return fmt.Sprintf("rate.Rate{Requests: %d, Per: %d * time.Millisecond, Burst: %d}", r.Requests, r.PerMs, r.Burst)
}

// ratesText says to callers how many requests may come, of a service and an endpoint.
func ratesText(service, endpoint *ir.RateLimit) string {
	return strings.Join(append(rateTexts(service, " of the service"), rateTexts(endpoint, "")...), ", and ")
}

func rateTexts(l *ir.RateLimit, whose string) (all []string) {
	if l == nil {
		return nil
	}
	if l.All != nil {
		all = append(all, rateText(l.All)+whose)
	}
	if t := l.Tenants; t != nil {
		all = append(all, rateText(t.Each)+whose+" with the same "+t.Header)
	}
	return all
}

func rateText(r *ir.Rate) string {
	return fmt.Sprintf("%d in %v s (%d at once)", r.Requests, float64(r.PerMs)/1000, r.Burst)
}
