package drawing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// scope makes the drawing of a graph, or of the inside of a node.
type scope struct {
	*maker
	types *ir.Scope
	graph string // path of the graph, such as graphs.read
	path  string // of the node around within the graph, "" for the graph itself
	d     *Drawing
	// outer are the edges from things outside, which the drawing around shows too.
	outer []outerEdge
}

type outerEdge struct {
	edge *ir.Edge
	path string // of the place that it leads to
}

// end adds a place where values enter or leave.
func (s *scope) end(path, title string) {
	s.d.Nodes = append(s.d.Nodes, &Node{Path: path, Kind: End, Title: title})
}

// at is the path in the IR of the node at a path in the graph.
func (s *scope) at(node string) string { return s.graph + ".nodes." + node }

// nodes adds the nodes of the scope, and the edges to them.
func (s *scope) nodes(nodes []*ir.Node) {
	for _, n := range nodes {
		s.node(ir.JoinPath(s.path, n.Name), n)
	}
}

func (s *scope) node(path string, n *ir.Node) {
	at := s.at(path)
	box := &Node{Path: at, Kind: Step, Title: n.Name, Lines: s.what(n)}
	s.d.Nodes = append(s.d.Nodes, box)
	s.values(at, func(f func(ir.Place, *ir.Value)) {
		ir.NodeValues(path, n, func(p ir.Place, v *ir.Value) {
			if p.Scope == s.path {
				f(p, v)
			}
		})
	})
	if !n.Kind().HasNodes() && len(n.Parts()) == 0 {
		return
	}
	in := &scope{maker: s.maker, types: s.types, graph: s.graph, path: path, d: &Drawing{}}
	if n.List() != nil {
		in.end(at+".item", "#item")
	}
	if n.Kind() == ir.NodeFold {
		in.end(at+".acc", "#acc")
	}
	in.nodes(n.Nodes)
	in.nodes(n.Parts())
	end := ".each"
	switch n.Kind() {
	case ir.NodeMap, ir.NodeFold:
		in.end(at+end, "#each")
	case ir.NodeArm:
		end = ".output"
		in.end(at+end, "#output")
	}
	in.values(at+end, func(f func(ir.Place, *ir.Value)) {
		ir.NodeValues(path, n, func(p ir.Place, v *ir.Value) {
			if p.Scope == path {
				f(p, v)
			}
		})
	})
	box.Inside = in.d
	for _, o := range in.outer { // what the inside takes, the box takes
		s.incoming(at, o.edge, "", o.path)
	}
}

// what says what a node does.
func (s *scope) what(n *ir.Node) (lines []string) {
	for _, name := range n.Runners() {
		if r := s.b.Runners[name]; r != nil {
			lines = append(lines, r.Engine.Kind()+" "+name)
		}
	}
	if m := n.Mirror; m != nil {
		lines[len(lines)-1] = fmt.Sprintf("%.4g %% mirrored by %s", 100*m.Share, m.Call)
	}
	if c := n.Cache; c != nil {
		lines = append(lines, fmt.Sprintf("kept for %v", time.Duration(c.TTLMs*float64(time.Millisecond))))
	}
	for _, name := range n.Graphs() {
		lines = append(lines, "graph "+name)
	}
	switch {
	case n.Kind() == ir.NodeArm && n.Match != nil:
		lines = append(lines, assign.Describe(s.b, n.Match))
	case n.Kind() == ir.NodeArm && (n.Weight > 0 || len(n.Values) > 0):
		if n.Weight > 0 {
			lines = append(lines, fmt.Sprintf("weight %g", n.Weight))
		}
		if len(n.Values) > 0 {
			lines = append(lines, strings.Join(n.Values, ", "))
		}
	case n.Kind() == ir.NodeArm: // default or fallback, as it is called
	case len(lines) == 0:
		lines = append(lines, string(n.Kind()))
	}
	if c := n.Choose; c != nil {
		if c.Header != "" {
			lines = append(lines, "by "+c.Header)
		}
		if c.Key != "" {
			lines = append(lines, "key "+c.Key)
		}
	}
	return append(lines, guards(n)...)
}

// guards says what is done about a node that fails or is slow.
func guards(n *ir.Node) (lines []string) {
	if n.Parallelism > 0 {
		lines = append(lines, fmt.Sprintf("%d at once", n.Parallelism))
	}
	if n.TimeoutMs > 0 {
		lines = append(lines, fmt.Sprintf("timeout %gms", n.TimeoutMs))
	}
	if n.Retry != nil {
		lines = append(lines, fmt.Sprintf("%d attempts", n.Retry.MaxAttempts))
	}
	return lines
}

// values adds the edges to the node at a path, of all values that each gives.
func (s *scope) values(to string, each func(func(ir.Place, *ir.Value))) {
	each(func(p ir.Place, v *ir.Value) {
		if v.Edge == nil {
			return
		}
		path := strings.Join(append([]string{to}, p.Field...), ".")
		if p.Role == ir.RoleIn || p.Role == ir.RoleMap || p.Role == ir.RoleOn || p.Role == ir.RoleFold || p.Role == ir.RoleInit {
			path = strings.Join(append([]string{to, string(p.Role)}, p.Field...), ".")
		}
		s.incoming(to, v.Edge, fieldName(p), path)
	})
}

// fieldName names the part of an input that a value is.
func fieldName(p ir.Place) string {
	name := ""
	for _, f := range p.Field {
		if strings.Trim(f, "0123456789") == "" { // of a list
			name += "[" + f + "]"
			continue
		}
		if name != "" {
			name += "."
		}
		name += f
	}
	return name
}

// incoming adds what an edge of the IR brings to the node at to.
func (s *scope) incoming(to string, e *ir.Edge, field, path string) {
	from, here := s.from(e)
	if !here {
		if s.d.node(from) == nil {
			i := 0 // beside the others, above everything
			for i < len(s.d.Nodes) && (s.d.Nodes[i].Kind == Outer || s.d.Nodes[i].Kind == End && i == 0) {
				i++
			}
			root := *e
			root.Path = nil
			s.d.Nodes = slices.Insert(s.d.Nodes, i, &Node{Path: from, Kind: Outer, Title: root.Ref()})
		}
		s.outer = append(s.outer, outerEdge{e, path})
	}
	text := "?"
	if in, err := s.types.EdgeType(e); err == nil {
		text = s.text(in.Type)
	}
	if field == "" && len(e.Path) > 0 {
		field = e.Path[len(e.Path)-1]
	}
	if field != "" {
		text = field + ": " + text
	}
	edge := s.d.edge(from, to, false, path)
	if !slices.Contains(edge.Labels, text) {
		edge.Labels = append(edge.Labels, text)
	}
}

// from gives the path of the node that an edge begins at, and whether that is in this
// very scope.
func (s *scope) from(e *ir.Edge) (path string, here bool) {
	switch e.From {
	case ir.FromInput:
		if s.path == "" {
			return s.graph + ".input", true
		}
		return s.at(s.path) + "<input", false
	case ir.FromItem, ir.FromAcc:
		end := "." + string(e.From)
		if e.Node == s.path {
			return s.at(e.Node) + end, true
		}
		return s.at(s.path) + "<" + e.Node + end, false
	}
	if around, _ := ir.SplitPath(e.Node); around == s.path {
		return s.at(e.Node), true
	}
	return s.at(s.path) + "<" + e.Node, false
}
