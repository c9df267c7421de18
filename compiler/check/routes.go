package check

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// reservedRoutes are the server's own.
func reservedRoutes() []string {
	return []string{"/livez", "/readyz", "/healthz", "/metrics", "/schema.json", "/docs.json", "/graph.svg"}
}

// route is an endpoint with what is said about it.
type route struct {
	service, name string
	pos           ir.Pos
	path          string
	e             *ir.Endpoint
}

func checkRoutes(p *pass) {
	var all []route
	for _, s := range sorted(p.b.Services) {
		for _, name := range sorted(p.b.Services[s].Endpoints) {
			e := p.b.Services[s].Endpoints[name]
			path := "services." + s + ".endpoints." + name
			all = append(all, route{s, name, p.at(path+".route", e.Pos), path + ".route", e})
		}
	}
	// The one written first has the route.
	slices.SortStableFunc(all, func(a, b route) int {
		if a.pos.File != b.pos.File {
			return strings.Compare(a.pos.File, b.pos.File)
		}
		return (a.pos.Line-b.pos.Line)*1_000_000 + a.pos.Col - b.pos.Col
	})
	type at struct{ service, path string } // each service has an image of its own
	seen := map[at]route{}
	for _, r := range all {
		p.validRoute(r)
		if other, ok := seen[at{r.service, r.e.Route}]; ok {
			p.errorf(diag.DuplicateRoute, r.pos, r.path, "endpoints %s.%s and %s.%s are both on %s", other.service, other.name, r.service, r.name, r.e.Route).
				Hintf("give one of them another route").
				Also(other.pos, "endpoint %s.%s is here", other.service, other.name)
			continue
		}
		seen[at{r.service, r.e.Route}] = r
	}
}

func (p *pass) validRoute(r route) {
	const hint = "a route is a path such as /read or /v1/read"
	plain := regexp.MustCompile(`^[A-Za-z0-9._~/-]*$`)
	s := r.e.Route
	switch {
	case !strings.HasPrefix(s, "/"):
		p.errorf(diag.BadRoute, r.pos, r.path, "route %q does not begin with /", s).Hintf("write %q", "/"+s)
	case !plain.MatchString(s):
		p.errorf(diag.BadRoute, r.pos, r.path, "route %q has characters that a path needs escapes for", s).Hintf(hint)
	case path.Clean(s) != s && !slices.Contains(reservedRoutes(), path.Clean(s)) && !strings.HasPrefix(path.Clean(s), "/readyz/"):
		p.errorf(diag.BadRoute, r.pos, r.path, "route %q is not in its shortest form", s).Hintf("write %q", path.Clean(s))
	case slices.Contains(reservedRoutes(), path.Clean(s)), strings.HasPrefix(path.Clean(s), "/readyz/"):
		p.errorf(diag.BadRoute, r.pos, r.path, "route %s is the server's own", path.Clean(s)).
			Hintf("the server keeps %s", listOf(reservedRoutes()))
	}
}
