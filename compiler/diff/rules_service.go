package diff

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"bentoc.dev/compiler/ir"
)

// serviceRules are about services: what they may have of their machine, and how many are
// served how.
var serviceRules = []Rule{
	{
		ID: "service-removed", Audience: Caller, Severity: Breaking,
		Purpose: "a service is gone, with all its endpoints",
		Explain: "Every request to one of its routes is answered with 404.",
		Cure:    "keep it until nobody calls it",
		On: removed(func(c *Call, old *ir.Service) {
			c.Find("", Finding{Before: plural(len(old.Endpoints), "endpoint"), Reason: "the service is gone with " + plural(len(old.Endpoints), "endpoint") + ": their callers get 404"})
		}),
	},
	{
		ID: "service-added", Audience: Caller, Severity: Safe,
		Purpose: "a service is new",
		Explain: "Nobody can have called it before.",
		On: added(func(c *Call, new *ir.Service) {
			c.Find("", Finding{After: plural(len(new.Endpoints), "endpoint"), Reason: "the service is new"})
		}),
	},
	{
		ID: "cpu-raised", Audience: Bill, Severity: Risky,
		Purpose: "a service asks for more cores",
		Explain: "Every instance of the service is given, and paid for, as many cores as it asks for. A machine holds fewer of them, and one that is smaller than what is asked for holds none.",
		Cure:    "see that the machines have as much, and that somebody agrees to pay for it",
		Covers:  []string{"Service.Resources", "Resources.MilliCPU"},
		On: changed(func(c *Call, old, new *ir.Service) {
			was, is := old.Resources.MilliCPU, new.Resources.MilliCPU
			switch {
			case was > 0 && is > was:
				c.Find("resources.cpu", Finding{Before: coresText(was), After: coresText(is), Reason: fmt.Sprintf("every instance costs %s cores in place of %s", coresText(is), coresText(was))})
			case was == 0 && is > 0:
				c.Find("resources.cpu", Finding{After: coresText(is), Reason: "every instance asks for " + coresText(is) + " cores, where it did not say"})
			}
		}),
	},
	{
		ID: "cpu-lowered", Audience: Operator, Severity: Risky,
		Purpose: "a service asks for fewer cores",
		Explain: "Under load an instance answers more slowly, or fewer requests a second.",
		Cure:    "measure the service under load with as many cores",
		On: changed(func(c *Call, old, new *ir.Service) {
			was, is := old.Resources.MilliCPU, new.Resources.MilliCPU
			switch {
			case is > 0 && is < was:
				c.Find("resources.cpu", Finding{Before: coresText(was), After: coresText(is), Reason: fmt.Sprintf("every instance has %s cores in place of %s: under load it answers more slowly", coresText(is), coresText(was))})
			case was > 0 && is == 0:
				c.Find("resources.cpu", Finding{Before: coresText(was), Reason: "the service does not say any more how many cores it needs: it has what is left to it"})
			}
		}),
	},
	{
		ID: "memory-raised", Audience: Bill, Severity: Risky,
		Purpose: "a service asks for more memory",
		Explain: "Every instance of the service is given, and paid for, as much memory as it asks for. A machine holds fewer of them, and one that is smaller than what is asked for holds none.",
		Cure:    "see that the machines have as much, and that somebody agrees to pay for it",
		Covers:  []string{"Resources.Memory"},
		On: changed(func(c *Call, old, new *ir.Service) {
			if was, is := old.Resources.Memory, new.Resources.Memory; was > 0 && is > was {
				c.Find("resources.memory", Finding{Before: bytesText(was), After: bytesText(is), Reason: fmt.Sprintf("every instance costs %s of memory in place of %s", bytesText(is), bytesText(was))})
			}
		}),
	},
	{
		ID: "memory-lowered", Audience: Operator, Severity: Risky,
		Purpose: "a service may have less memory",
		Explain: "The server keeps requests within the memory that the service asks for: a request that needs more than there is, such as a picture of many pixels, is refused with 413, and one that does not fit beside the others with 503. Models that no longer fit stop the server.",
		Cure:    "try the largest requests that callers send with as much memory",
		On: changed(func(c *Call, old, new *ir.Service) {
			was, is := old.Resources.Memory, new.Resources.Memory
			switch {
			case is > 0 && was == 0:
				c.Find("resources.memory", Finding{After: bytesText(is), Reason: "requests that take more than is left of " + bytesText(is) + " are refused with 413 or 503, where nothing but the machine's own limit held"})
			case is > 0 && is < was:
				c.Find("resources.memory", Finding{Before: bytesText(was), After: bytesText(is), Reason: "large requests, and many at once, are refused with 413 and 503 that were answered before"})
			case is == 0 && was > 0:
				c.Find("resources.memory", Finding{Before: bytesText(was), Reason: "only the limit that the server is started under holds: without one, large requests can end the process"})
			}
		}),
	},
	{
		ID: "concurrency-lowered", Audience: Caller, Severity: Risky,
		Purpose: "fewer requests are worked on at the same time",
		Explain: "The requests beyond are refused at once with 429 and Retry-After. Callers see it under load alone.",
		Cure:    "run more instances, or see that callers try again after a 429",
		Covers:  []string{"Service.Traffic", "Traffic.MaxConcurrency"},
		On: changed(func(c *Call, old, new *ir.Service) {
			was, is := old.Traffic.MaxConcurrency, new.Traffic.MaxConcurrency
			switch {
			case is > 0 && was == 0:
				c.Find("traffic.maxConcurrency", Finding{After: countText(is), Reason: fmt.Sprintf("requests beyond %d at the same time are refused with 429, where there was no limit", is)})
			case is > 0 && is < was:
				c.Find("traffic.maxConcurrency", Finding{Before: countText(was), After: countText(is), Reason: fmt.Sprintf("requests beyond %d at the same time are refused with 429, in place of %d", is, was)})
			}
		}),
	},
	{
		ID: "concurrency-raised", Audience: Operator, Severity: Safe,
		Purpose: "more requests are worked on at the same time",
		Explain: "Callers get fewer answers 429. Under load an instance holds more requests in memory at once.",
		On: changed(func(c *Call, old, new *ir.Service) {
			if was, is := old.Traffic.MaxConcurrency, new.Traffic.MaxConcurrency; was > 0 && (is == 0 || is > was) {
				c.Find("traffic.maxConcurrency", Finding{Before: countText(was), After: countText(is), Reason: "more requests are worked on at the same time, and in memory"})
			}
		}),
	},
	{
		ID: "endpoint-concurrency-lowered", Audience: Caller, Severity: Risky,
		Purpose: "fewer requests of an endpoint are worked on at the same time",
		Explain: "The requests beyond wait in the queue of the service, or are refused at once with 429 where it has none. Callers see it under load alone.",
		Cure:    "run more instances, or see that callers try again after a 429",
		Covers:  []string{"Endpoint.MaxConcurrency"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if was, is := old.MaxConcurrency, new.MaxConcurrency; is > 0 && (was == 0 || is < was) {
				c.Find("maxConcurrency", Finding{Before: maximumText(was), After: countText(is), Reason: fmt.Sprintf("of its requests %d are worked on at the same time, in place of %s", is, maximumText(was))})
			}
		}),
	},
	{
		ID: "endpoint-concurrency-raised", Audience: Operator, Severity: Safe,
		Purpose: "more requests of an endpoint are worked on at the same time",
		Explain: "They take more of the places of their service, which its other endpoints share.",
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if was, is := old.MaxConcurrency, new.MaxConcurrency; was > 0 && (is == 0 || is > was) {
				c.Find("maxConcurrency", Finding{Before: countText(was), After: maximumText(is), Reason: "more of its requests are worked on at the same time"})
			}
		}),
	},
	{
		ID: "queue-shortened", Audience: Caller, Severity: Risky,
		Purpose: "fewer requests wait for their turn",
		Explain: "The requests beyond are refused at once with 429 and Retry-After. Callers see it under load alone.",
		Cure:    "see that callers try again after a 429",
		Covers:  []string{"Traffic.Queue", "Queue.MaxRequests", "Queue.MaxBytes"},
		On: changed(func(c *Call, old, new *ir.Service) {
			was, is := queueOf(old), queueOf(new)
			switch {
			case old.Traffic.Queue != nil && new.Traffic.Queue == nil:
				c.Find("traffic.queue", Finding{Before: countText(was.MaxRequests), Reason: "requests beyond maxConcurrency are refused at once, which waited for their turn"})
			case old.Traffic.Queue != nil && is.MaxRequests < was.MaxRequests:
				c.Find("traffic.queue.maxRequests", Finding{Before: countText(was.MaxRequests), After: countText(is.MaxRequests), Reason: fmt.Sprintf("%d requests may wait, in place of %d", is.MaxRequests, was.MaxRequests)})
			}
			if is.MaxBytes > 0 && old.Traffic.Queue != nil && (was.MaxBytes == 0 || is.MaxBytes < was.MaxBytes) {
				c.Find("traffic.queue.maxBytes", Finding{After: bytesText(is.MaxBytes), Reason: "requests that wait may hold " + bytesText(is.MaxBytes) + " together: less than before"})
			}
		}),
	},
	{
		ID: "queue-lengthened", Audience: Operator, Severity: Safe,
		Purpose: "more requests wait for their turn",
		Explain: "Callers get fewer answers 429. Under load an instance holds more requests in memory at once, and answers take longer.",
		On: changed(func(c *Call, old, new *ir.Service) {
			was, is := queueOf(old), queueOf(new)
			if is.MaxRequests > was.MaxRequests {
				c.Find("traffic.queue", Finding{After: countText(is.MaxRequests), Reason: fmt.Sprintf("up to %d requests wait for their turn, and hold memory", is.MaxRequests)})
			} else if was.MaxBytes > 0 && new.Traffic.Queue != nil && (is.MaxBytes == 0 || is.MaxBytes > was.MaxBytes) {
				c.Find("traffic.queue.maxBytes", Finding{Before: bytesText(was.MaxBytes), Reason: "requests that wait may hold more memory"})
			}
		}),
	},
	{
		ID: "queue-order-changed", Audience: Caller, Severity: Risky,
		Purpose: "requests that wait have their turn in another order",
		Explain: "Under load, which requests are answered first, and which are refused when the queue is full, depends on other headers, shares or levels.",
		Cure:    "see that gateways set the headers, and that callers know their levels",
		Covers:  []string{"Queue.Tenants", "Queue.Priority", "TenantShares.Header", "TenantShares.Weights", "PriorityLevels.Header", "PriorityLevels.Levels"},
		On: changed(func(c *Call, old, new *ir.Service) {
			if old.Traffic.Queue == nil || new.Traffic.Queue == nil {
				return
			}
			was, is := queueOf(old), queueOf(new)
			if !reflect.DeepEqual(was.Tenants, is.Tenants) {
				c.Find("traffic.queue.tenants", Finding{Reason: "tenants share the places in another way"})
			}
			if !reflect.DeepEqual(was.Priority, is.Priority) {
				c.Find("traffic.queue.priority", Finding{Reason: "other requests begin before others"})
			}
		}),
	},
	{
		ID: "timeout-shortened", Audience: Caller, Severity: Risky,
		Purpose: "a request has less time",
		Explain: "A request that takes longer is answered with 504, and what was done for it is thrown away. Who sends large requests, or sends them under load, sees it first.",
		Cure:    "look at how long the slowest requests take before it is rolled out",
		Covers:  []string{"Traffic.TimeoutMs", "Endpoint.TimeoutMs"},
		On: limited(timeout, func(was, is int64) (Finding, bool) {
			return Finding{Reason: "requests that take longer than " + durationText(is) + " are answered with 504"}, is < was
		}),
	},
	{
		ID: "timeout-lengthened", Audience: Caller, Severity: Safe,
		Purpose: "a request has more time",
		Explain: "Requests that were answered with 504 may be answered. A caller, or a proxy between, that waits less long than the server gives up first.",
		On: limited(timeout, func(was, is int64) (Finding, bool) {
			return Finding{Reason: "requests may take up to " + durationText(is)}, is > was
		}),
	},
	{
		ID: "body-limit-lowered", Audience: Caller, Severity: Breaking,
		Purpose: "the body of a request may be less large",
		Explain: "A larger one, which was taken before, is refused with 413.",
		Cure:    "keep the limit, or see how large the bodies are that callers send",
		Covers:  []string{"Traffic.MaxBodyBytes", "Endpoint.MaxBodyBytes"},
		On: limited(bodyLimit, func(was, is int64) (Finding, bool) {
			return Finding{Reason: "bodies larger than " + bytesText(is) + " are refused with 413, which were taken up to " + bytesText(was)}, is < was
		}),
	},
	{
		ID: "body-limit-raised", Audience: Operator, Severity: Safe,
		Purpose: "the body of a request may be larger",
		Explain: "More is taken. An instance holds larger bodies in memory; where the service says how much memory it has, the server keeps requests within it.",
		On: limited(bodyLimit, func(was, is int64) (Finding, bool) {
			return Finding{Reason: "bodies up to " + bytesText(is) + " are taken"}, is > was
		}),
	},
}

// queueOf is how requests of a service wait; where they do not, none may.
func queueOf(s *ir.Service) ir.Queue {
	if s.Traffic.Queue == nil {
		return ir.Queue{}
	}
	return *s.Traffic.Queue
}

// maximumText is a maximum as people read it.
func maximumText(n int) string {
	if n == 0 {
		return "as many as there are"
	}
	return countText(n)
}

// limit is a bound that a service sets for all its endpoints, and one may set for itself.
type limit struct {
	service, endpoint string // the names of the fields
	ofService         func(*ir.Service) int64
	ofEndpoint        func(*ir.Endpoint) int64 // 0: the service's
	text              func(int64) string
}

var timeout = limit{
	"traffic.timeout", "timeout",
	func(s *ir.Service) int64 { return s.Traffic.TimeoutMs }, func(e *ir.Endpoint) int64 { return e.TimeoutMs }, durationText,
}

var bodyLimit = limit{
	"traffic.maxBody", "maxBody",
	func(s *ir.Service) int64 { return s.Traffic.MaxBodyBytes }, func(e *ir.Endpoint) int64 { return e.MaxBodyBytes }, bytesText,
}

func (l limit) holds(s *ir.Service, e *ir.Endpoint) int64 {
	if own := l.ofEndpoint(e); own != 0 {
		return own
	}
	return l.ofService(s)
}

// limited finds endpoints for which another limit holds than before: once for those that
// leave it to their service on both sides, else for each by itself.
func limited(l limit, judge func(was, is int64) (Finding, bool)) Handler {
	return changed(func(c *Call, old, new *ir.Service) {
		shared := 0
		for _, name := range slices.Sorted(maps.Keys(old.Endpoints)) {
			oldPath := c.OldPath + ".endpoints." + name
			path := c.walk.now[oldPath]
			was, is := old.Endpoints[name], new.Endpoints[lastName(path)]
			if is == nil {
				continue
			}
			before, after := l.holds(old, was), l.holds(new, is)
			f, found := judge(before, after)
			switch {
			case !found || before == after:
			case l.ofEndpoint(was) == 0 && l.ofEndpoint(is) == 0:
				shared++
			default:
				f.Path, f.Before, f.After = path+"."+l.endpoint, l.text(before), l.text(after)
				f.Old, f.New = place(c.Old.Bento, was, oldPath, l.endpoint), place(c.New.Bento, is, path, l.endpoint)
				c.Find("", f)
			}
		}
		if shared > 0 {
			before, after := l.ofService(old), l.ofService(new)
			f, _ := judge(before, after)
			f.Before, f.After = l.text(before), l.text(after)
			if all := len(new.Endpoints); all > 1 {
				f.Reason += fmt.Sprintf(" (%d of %s)", shared, plural(all, "endpoint"))
			}
			c.Find(l.service, f)
		}
	})
}
