package gen

import "bentoc.dev/compiler/drawing"

// maxDrawn is how many nodes are drawn for the page of a server. Of a larger bento
// there is the outline, or a word: bentoc graph draws it.
const maxDrawn = 200

// graphSVG draws what is served, for the page. Where a model comes from is left out: a
// server does not change with that.
func (g *generator) graphSVG() ([]byte, error) {
	d := drawing.Of(g.served)
	for _, n := range d.Nodes {
		if n.Kind == drawing.Model {
			n.Lines = nil
		}
	}
	if d.Size() > maxDrawn {
		d = d.Outline()
	}
	if d.Size() > maxDrawn {
		d = &drawing.Drawing{Name: d.Name, Nodes: []*drawing.Node{{Path: d.Name, Kind: drawing.Rest, Title: d.Name, Lines: []string{"too large to be drawn here", "bentoc graph draws it"}}}}
	}
	return d.SVG(), nil
}
