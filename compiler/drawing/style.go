package drawing

import (
	"fmt"
	"slices"
	"strings"
)

// colours are those of one way to look at the picture.
type colours struct {
	page, ink, quiet, line string            // ground, text, small text, edges
	fill, edge             map[string]string // of boxes by class
	added, removed         string
	changed                string
	breaking, risky, safe  string
}

var light = colours{
	page: "#ffffff", ink: "#1c2430", quiet: "#55606f", line: "#8a94a3",
	fill:  map[string]string{"service": "#e9ecf1", "endpoint": "#e3edfd", "graph": "#f6f7f9", "step": "#ffffff", "runner": "#e4f4ea", "model": "#fdf1dc", "end": "#eceff3", "outer": "#ffffff", "rest": "#ffffff"},
	edge:  map[string]string{"service": "#b9c1cd", "endpoint": "#8fb3ea", "graph": "#ccd2db", "step": "#b4bcc8", "runner": "#8fcaa5", "model": "#e2b96b", "end": "#c3cad4", "outer": "#c3cad4", "rest": "#b9c1cd"},
	added: "#1a7f37", removed: "#8c4a4a", changed: "#5a62c9", breaking: "#cf222e", risky: "#bc6a00", safe: "#1a7f37",
}

var dark = colours{
	page: "#0f141b", ink: "#e6eaf0", quiet: "#9aa5b4", line: "#6d7888",
	fill:  map[string]string{"service": "#262d38", "endpoint": "#172b4a", "graph": "#151b23", "step": "#1c2430", "runner": "#15301f", "model": "#37290f", "end": "#232a34", "outer": "#151b23", "rest": "#0f141b"},
	edge:  map[string]string{"service": "#4a5565", "endpoint": "#3d67a8", "graph": "#333d4a", "step": "#46515f", "runner": "#3c7a54", "model": "#8a6a2a", "end": "#3c4654", "outer": "#3c4654", "rest": "#4a5565"},
	added: "#3fb950", removed: "#c98484", changed: "#959df5", breaking: "#ff6a69", risky: "#e09b3d", safe: "#3fb950",
}

// kinds are those of the nodes in d, in the order in which their rules are written.
func (d *Drawing) kinds() (used []Kind) {
	has := map[Kind]bool{}
	d.walk(func(d *Drawing) {
		for _, n := range d.Nodes {
			has[n.Kind] = true
		}
	})
	for _, k := range []Kind{Service, Endpoint, Graph, Step, Runner, Model, End, Outer, Rest} {
		if has[k] {
			used = append(used, k)
		}
	}
	return used
}

// style is the style sheet of a picture. Its rules hold below the class bento, so that
// they leave a page alone that the picture is part of.
func style(kinds []Kind, marked bool) string {
	if marked && !slices.Contains(kinds, Step) { // the legend is of these
		kinds = append(kinds, Step)
	}
	var b strings.Builder
	b.WriteString(".bento text{font-family:ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans',sans-serif}" +
		".bento .t{font-size:13px;font-weight:600}" +
		".bento .d,.bento .l{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;font-size:11px}" +
		".bento .l{font-size:10.5px}" +
		".bento path{fill:none;stroke-width:1.3}.bento .c path{stroke-dasharray:4 3}.bento g.e path.h{stroke:none}")
	if slices.Contains(kinds, End) {
		b.WriteString(".bento .end .t,.bento .outer .t{font-size:12px;font-weight:500}.bento .outer rect{stroke-dasharray:3 3}")
	}
	if marked {
		b.WriteString(".bento .added>rect,.bento .changed>rect,.bento .removed>rect,.bento .breaking>rect,.bento .risky>rect,.bento .safe>rect,.bento .e.added path,.bento .e.changed path,.bento .e.removed path{stroke-width:2}" +
			".bento .removed>rect,.bento .e.removed path{stroke-dasharray:5 3}.bento .removed .t,.bento .k.removed .l{text-decoration:line-through}" +
			".bento .k>rect{stroke-width:1;stroke-dasharray:none}.bento g rect.b{stroke:none}.bento .same:not(.around):not(.k){opacity:.5}.bento .k.same text{opacity:.55}.bento .bt{font-weight:600}")
	}
	light.rules(&b, kinds, marked)
	b.WriteString("@media(prefers-color-scheme:dark){")
	dark.rules(&b, kinds, marked)
	b.WriteString("}")
	return b.String()
}

func (c *colours) rules(b *strings.Builder, kinds []Kind, marked bool) {
	fmt.Fprintf(b, ".bento .page,.bento .k rect{fill:%s}.bento text{fill:%s}.bento .d,.bento .l,.bento .end .t,.bento .outer .t{fill:%s}.bento path{stroke:%s}.bento .h{fill:%s}", c.page, c.ink, c.quiet, c.line, c.line)
	for _, k := range kinds {
		fmt.Fprintf(b, ".bento .%s>rect{fill:%s;stroke:%s}", k, c.fill[string(k)], c.edge[string(k)])
	}
	for _, k := range []Kind{Graph, Step} { // what has something inside
		if !slices.Contains(kinds, k) {
			continue
		}
		fmt.Fprintf(b, ".bento .on-%s rect{fill:%s}", k, c.fill[string(k)])
	}
	if !marked {
		return
	}
	for _, m := range []struct{ class, colour string }{
		{"added", c.added}, {"removed", c.removed}, {"changed", c.changed}, {"safe", c.safe}, {"risky", c.risky}, {"breaking", c.breaking},
	} {
		fmt.Fprintf(b, ".bento .%s>rect{stroke:%s}.bento .e.%s path{stroke:%s}.bento .e.%s .h,.bento .k.%s .l,.bento .%s .b{fill:%s}", m.class, m.colour, m.class, m.colour, m.class, m.class, m.class, m.colour)
	}
	fmt.Fprintf(b, ".bento .bt{fill:%s}", c.page)
}
