package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

const cachePath = "bentoc.dev/runtime/cache"

// cached gives the statement that runs the statements of a node where a cache has no answer:
// under a guard each attempt asks it, and a mirror sees what is run alone. A server without
// a cache has no package for one.
func (g *generator) cached(b *block, n *ir.Node, path string, own *runnerCode, arg string, lines []string) []string {
	gc := b.gc
	field := g.mainNames.pick(gc.fnName + exported(path) + "Cache")
	in, out := own.in.expr(false), own.out.expr(false)
	g.field(field, fmt.Sprintf("*cache.Cache[%s, %s]", in, out))
	g.service.use(cachePath)
	g.useGen(g.service, own.in, own.out)
	g.beside = append(g.beside, field)
	s := g.graphsGo
	s.use(cachePath)
	g.useGen(s, own.in, own.out)
	g.making.p("b.%s = cache.New[%s, %s](cache.Config{Graph: %q, Node: %q, %s})", field, in, out, gc.name, path, cacheConfig(s, n.Cache))
	if n.Mirror == nil {
		return []string{fmt.Sprintf("return b.%s.Run(ctx, b.%s, %s)", field, own.call, arg)}
	}
	head := fmt.Sprintf("return b.%s.Run(ctx, func(ctx context.Context, in %s) (%s, error) {", field, in, out)
	return append(append([]string{head}, lines...), "}, "+arg+")")
}

// cacheConfig writes what a cache may keep.
func cacheConfig(s *source, c *ir.Cache) string {
	return fmt.Sprintf("MaxBytes: %d, %s", c.MaxBytes, s.milliseconds("TTL", c.TTLMs))
}

// declareCaches names the caches of endpoints.
func (g *generator) declareCaches() {
	g.eachCached(func(service, name string, e *ir.Endpoint) {
		field := g.mainNames.pick(unexported(service) + exported(name) + "Cache")
		g.endpointCaches[e] = field
		g.field(field, "*cache.Endpoint")
		g.service.use(cachePath)
	})
}

// makeCaches makes them.
func (g *generator) makeCaches() {
	g.eachCached(func(service, _ string, e *ir.Endpoint) {
		fields := []string{fmt.Sprintf("Service: %q, Endpoint: %q", service, e.Route), cacheConfig(g.service, e.Cache)}
		g.service.p("b.%s = cache.NewEndpoint(cache.Config{%s})", g.endpointCaches[e], strings.Join(fields, ", "))
		g.beside = append(g.beside, g.endpointCaches[e])
	})
}

func (g *generator) eachCached(f func(service, name string, e *ir.Endpoint)) {
	for _, service := range sorted(g.b.Services) {
		endpoints := g.b.Services[service].Endpoints
		for _, name := range sorted(endpoints) {
			if endpoints[name].Cache != nil {
				f(service, name, endpoints[name])
			}
		}
	}
}
