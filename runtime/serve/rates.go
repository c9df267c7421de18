package serve

import (
	"net/http"

	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

// rates are how many requests may begin in a time, of the service and of the endpoint.
type rates struct{ service, endpoint spec.Rates } // nil: any number

// tooEarly counts the request in the rates; where it is too many for one, in none, and
// the answer says when to come again.
func (c *Call) tooEarly() *Status {
	r := &c.e.rates
	if r.service == nil && r.endpoint == nil {
		return nil
	}
	var most, own spec.Excess
	if r.service != nil {
		most = r.service.Take(c.start, c.x)
	}
	if r.endpoint != nil {
		own = r.endpoint.Take(c.start, c.x)
	}
	switch {
	case most.Wait == 0 && own.Wait == 0:
		return nil
	case most.Wait == 0 && r.service != nil:
		r.service.Give(c.start, c.x)
	case own.Wait == 0 && r.endpoint != nil:
		r.endpoint.Give(c.start, c.x)
	}
	if own.Wait > most.Wait {
		most = own
	}
	s := &Status{Code: http.StatusTooManyRequests, Reason: metrics.RateLimit, Message: "too many requests: the rate limit is reached", RetryAfter: most.Wait}
	if most.Tenant {
		s.Reason, s.Message = metrics.TenantRateLimit, "too many requests: the rate limit of the tenant is reached"
	}
	return s
}
