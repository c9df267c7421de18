package diff

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// endpointRules are about endpoints apart from the types of what they take and answer.
var endpointRules = []Rule{
	{
		ID: "endpoint-removed", Audience: Caller, Severity: Breaking,
		Purpose: "an endpoint is gone",
		Explain: "Every request to its route is answered with 404. One that was deprecated, and whose last day has passed, is safe to take away.",
		Cure:    "keep it until nobody calls it: deprecate it with a day, and take it away after that",
		Covers:  []string{"Service.Endpoints"},
		On: removed(func(c *Call, old *ir.Endpoint) {
			if c.atRoute(old.Route) == "" { // else its route is taken, which is worse
				c.Find("", c.promised(old.Deprecated, Finding{Before: old.Route, Reason: "the endpoint is gone: its callers get 404"}))
			}
		}),
	},
	{
		ID: "endpoint-added", Audience: Caller, Severity: Safe,
		Purpose: "an endpoint is new",
		Explain: "Nobody can have called it before.",
		On: added(func(c *Call, new *ir.Endpoint) {
			c.Find("", Finding{After: new.Route, Reason: "the endpoint is new"})
		}),
	},
	{
		ID: "endpoint-cached-otherwise", Audience: Operator, Severity: Risky,
		Purpose: "answers of an endpoint are kept for another time, in other memory, or not at all",
		Explain: "With a cache, a request with an input that was asked before is answered without work, and its answer may be as old as ttl says; without, or with less, there is more to do.",
		Cure:    "watch bentoc_cache_hits_total and bentoc_cache_bytes, and see that what steps look up stays true for as long",
		Covers:  []string{"Endpoint.Cache"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if was, is := cacheText(old.Cache), cacheText(new.Cache); was != is {
				c.Find("cache", Finding{Before: was, After: is, Reason: "answers are given again: " + is})
			}
		}),
	},
	{
		ID: "endpoint-moved", Audience: Caller, Severity: Breaking,
		Purpose: "an endpoint has another route",
		Explain: "Every request to the old route is answered with 404, or by the endpoint that has the route now.",
		Cure:    "keep the old route, or add a second endpoint on it until nobody calls it",
		Covers:  []string{"Endpoint.Route"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if old.Route != new.Route && c.atRoute(old.Route) == "" && !c.renamedAlone(old, new) {
				c.Find("route", Finding{Before: old.Route, After: new.Route, Reason: "callers of " + old.Route + " get 404"})
			}
		}),
	},
	{
		ID: "route-taken", Audience: Caller, Severity: Breaking,
		Purpose: "another endpoint answers a route",
		Explain: "Callers of the route get no 404 that tells them: another endpoint reads what they send, and answers.",
		Cure:    "give the new endpoint a route of its own, and let the old one be answered with 404",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, service := range slices.Sorted(maps.Keys(old.Services)) {
				path := joinPath("services", service)
				before, after := byRoute(old, path), byRoute(new, c.walk.now[path])
				for _, route := range slices.Sorted(maps.Keys(before)) {
					if was, is := before[route], after[route]; is.path != "" && !c.same(was.path, is.path) {
						c.Find("", c.taken(route, was, is))
					}
				}
			}
		}),
	},
	{
		ID: "endpoint-runs-other", Audience: Caller, Severity: Risky,
		Purpose: "another graph or runner answers an endpoint",
		Explain: "The types of what it takes and answers are compared by themselves; what it answers comes from elsewhere and may be anything of that type.",
		Cure:    "call it with known requests and look at the answers",
		Covers:  []string{"Endpoint.Graph", "Endpoint.Runner"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			was, is := runs(old), runs(new)
			if was != is && !c.same(was, is) {
				c.Find(cmp.Or(fieldIf(new.Graph != "", "graph"), "runner"), Finding{Before: was, After: is, Reason: "the answers come from " + is + " now"})
			}
		}),
	},
	{
		ID: "strict-on", Audience: Caller, Severity: Breaking,
		Purpose: "unknown fields of a request are refused",
		Explain: "A request with a field that the input does not name, which was ignored before, is answered with 400: a misspelt optional field, or one of an older version.",
		Cure:    "leave it off, or see in the access log that no caller sends such fields",
		Covers:  []string{"Endpoint.Strict"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if !old.Strict && new.Strict {
				c.Find("strict", Finding{Before: "false", After: "true", Reason: "requests with fields that the input does not name are refused with 400, which were ignored"})
			}
		}),
	},
	{
		ID: "sensitive-changed", Audience: Operator, Severity: Risky,
		Purpose: "what requests and answers hold is kept out of the log, or is not any more",
		Explain: "Of an endpoint that is sensitive, the log has no text of an error: what is private stays so, and who looks for a cause sees less. Without, such texts may quote what a request has.",
		Cure:    "see that nothing private is in the errors of its steps, or who looks for causes knows",
		Covers:  []string{"Endpoint.Sensitive"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if old.Sensitive != new.Sensitive {
				c.Find("sensitive", Finding{Before: strconv.FormatBool(old.Sensitive), After: strconv.FormatBool(new.Sensitive), Reason: "texts of errors, which may quote requests, are " + map[bool]string{true: "not logged any more", false: "logged now"}[new.Sensitive]})
			}
		}),
	},
	{
		ID: "strict-off", Audience: Caller, Severity: Safe,
		Purpose: "unknown fields of a request are ignored",
		Explain: "More requests are taken. A caller who misspells an optional field is no longer told.",
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if old.Strict && !new.Strict {
				c.Find("strict", Finding{Before: "true", After: "false", Reason: "fields that the input does not name are ignored, which were refused"})
			}
		}),
	},
	{
		ID: "non-finite-changed", Audience: Caller, Severity: Breaking,
		Purpose: "NaN and infinities travel in another way",
		Explain: "Callers write them in requests as they were told to, null or NaN, and read them in answers so: the other way is refused with 400, or not understood. Where none could travel before, what was a failed request is an answer with them in it.",
		Cure:    "keep the way that callers know, or add a second endpoint",
		Covers:  []string{"Endpoint.NonFinite"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if old.NonFinite == new.NonFinite {
				return
			}
			f := Finding{Before: cmp.Or(old.NonFinite, "refuse"), After: cmp.Or(new.NonFinite, "refuse")}
			switch {
			case old.NonFinite == "" && new.NonFinite == ir.NonFiniteLiteral:
				f.Severity, f.Reason = Risky, "answers that were refused with 500 may have NaN and Infinity in them, which most readers of JSON do not take"
			case old.NonFinite == "":
				f.Severity, f.Reason = Risky, "answers that were refused with 500 may have null where a number was"
			case new.NonFinite == "":
				f.Reason = "requests with NaN or infinities are refused with 400, and answers that have any with 500"
			case new.NonFinite == ir.NonFiniteLiteral:
				f.Reason = "answers have NaN and Infinity where null was, which most readers of JSON do not take"
			default:
				f.Reason = "requests with NaN and Infinity are refused with 400, and answers have null in their place"
			}
			c.Find("nonFinite", f)
		}),
	},
}

func fieldIf(is bool, field string) string {
	if is {
		return field
	}
	return ""
}

// runs gives the path of what answers an endpoint.
func runs(e *ir.Endpoint) string {
	if e.Graph != "" {
		return "graphs." + e.Graph
	}
	return "runners." + e.Runner
}

// renamedAlone tells whether the pair is reported as renamed, its route with it.
func (c *Call) renamedAlone(old, new *ir.Endpoint) bool {
	return c.OldPath != c.Path && old.Route == "/"+lastName(c.OldPath) && new.Route == "/"+lastName(c.Path)
}

// holder is an endpoint that a route leads to.
type holder struct {
	path     string
	endpoint *ir.Endpoint
}

// byRoute gives the endpoints of a service by their routes; other services may have the same
// ones. No path is none.
func byRoute(b *ir.Bento, service string) map[string]holder {
	all := map[string]holder{}
	if service == "" {
		return all
	}
	for name, e := range b.Services[lastName(service)].Endpoints {
		all[e.Route] = holder{joinPath(service+".endpoints", name), e}
	}
	return all
}

// taken is the finding that an endpoint has the route that another one had.
func (c *Call) taken(route string, was, is holder) Finding {
	f := Finding{
		Path: is.path + ".route", Before: lastName(was.path), After: lastName(is.path),
		Old: place(c.Old.Bento, was.endpoint, was.path, "route"), New: place(c.New.Bento, is.endpoint, is.path, "route"),
		Reason: "callers of " + route + " are answered by another endpoint, and no 404 tells them",
	}
	switch now, left := c.walk.now[was.path]; {
	case left:
		f.Reason += "; the one that they mean is on " + c.walk.routeOf(now)
	case was.endpoint.Deprecated != nil && c.over(was.endpoint.Deprecated):
		f.Severity, f.Reason = Risky, f.Reason+"; theirs was promised until "+was.endpoint.Deprecated.Until+", which has passed"
	default:
		f.Reason += "; theirs is gone"
	}
	return f
}

// routeOf gives the route of an endpoint of the new side.
func (w *walk) routeOf(path string) string {
	service, name, _ := strings.Cut(strings.TrimPrefix(path, "services."), ".endpoints.")
	return w.new.Services[service].Endpoints[name].Route
}

// atRoute names the endpoint that a route of the endpoint's service leads to on the new side, ""
// for none.
func (c *Call) atRoute(route string) string {
	service, _, _ := strings.Cut(c.OldPath, ".endpoints.")
	if h := c.walk.routes(c.walk.now[service])[route]; h.path != "" {
		return lastName(h.path)
	}
	return ""
}

// routes gives the endpoints of a service of the new side by their routes.
func (w *walk) routes(service string) map[string]holder {
	if w.byRoute == nil {
		w.byRoute = map[string]map[string]holder{}
	}
	if w.byRoute[service] == nil {
		w.byRoute[service] = byRoute(w.new, service)
	}
	return w.byRoute[service]
}
