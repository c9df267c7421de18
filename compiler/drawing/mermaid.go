package drawing

import (
	"fmt"
	"strconv"
	"strings"
)

// Mermaid writes d as a flow chart of Mermaid. Nodes have numbers for names, and texts
// are quoted with every sign that means something to Mermaid, or to HTML, as an entity.
func (d *Drawing) Mermaid() []byte {
	m := &mermaid{ids: map[string]string{}}
	m.line(0, "---\ntitle: %s\n---\nflowchart TB", strconv.QuoteToASCII(d.Name))
	m.drawing(1, d)
	for i, classes := range m.classes {
		if classes != "" {
			m.line(1, "class n%d %s", i, classes)
		}
	}
	for _, c := range []struct{ name, style string }{
		{"service", "fill:#e9ecf1,stroke:#b9c1cd,color:#1c2430"}, {"endpoint", "fill:#e3edfd,stroke:#8fb3ea,color:#1c2430"},
		{"runner", "fill:#e4f4ea,stroke:#8fcaa5,color:#1c2430"}, {"model", "fill:#fdf1dc,stroke:#e2b96b,color:#1c2430"},
		{"added", "stroke:#1a7f37,stroke-width:3px"}, {"removed", "stroke:#8c4a4a,stroke-width:3px,stroke-dasharray:5 3"},
		{"changed", "stroke:#5a62c9,stroke-width:3px"}, {"safe", "stroke:#1a7f37,stroke-width:3px"},
		{"risky", "stroke:#bc6a00,stroke-width:3px"}, {"breaking", "stroke:#cf222e,stroke-width:3px"},
	} {
		if m.used[c.name] {
			m.line(1, "classDef %s %s", c.name, c.style)
		}
	}
	return []byte(m.String())
}

type mermaid struct {
	strings.Builder
	ids     map[string]string
	classes []string
	used    map[string]bool
}

func (m *mermaid) line(depth int, format string, args ...any) {
	m.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(m, format+"\n", args...)
}

func (m *mermaid) drawing(depth int, d *Drawing) {
	for _, n := range d.Nodes {
		id := fmt.Sprintf("n%d", len(m.ids))
		m.ids[n.Path] = id
		m.class(n)
		text := mermaidText(append([]string{n.Title}, n.Lines...))
		if n.Inside != nil {
			m.line(depth, "subgraph %s[%s]", id, text)
			m.drawing(depth+1, n.Inside)
			m.line(depth, "end")
			continue
		}
		switch n.Kind {
		case End, Outer, Endpoint:
			m.line(depth, "%s([%s])", id, text)
		case Model:
			m.line(depth, "%s[(%s)]", id, text)
		default:
			m.line(depth, "%s[%s]", id, text)
		}
	}
	for _, e := range d.Edges {
		arrow := "-->"
		if e.Calls {
			arrow = "-.->"
		}
		if len(e.Labels) > 0 {
			arrow += "|" + mermaidText(e.labelLines()) + "|"
		}
		m.line(depth, "%s %s %s", m.ids[e.From], arrow, m.ids[e.To])
	}
}

// class notes the classes of a node.
func (m *mermaid) class(n *Node) {
	if m.used == nil {
		m.used = map[string]bool{}
	}
	name := ""
	switch {
	case n.Mark.Severity != "":
		name = n.Mark.Severity
	case n.Mark.Change != Same:
		name = string(n.Mark.Change)
	case n.Kind == Service, n.Kind == Endpoint, n.Kind == Runner, n.Kind == Model:
		name = string(n.Kind)
	}
	m.used[name] = true
	m.classes = append(m.classes, name)
}

// mermaidText quotes lines of text.
func mermaidText(lines []string) string {
	quoted := make([]string, len(lines))
	for i, l := range lines {
		quoted[i] = mermaidEscape(l)
	}
	return `"` + strings.Join(quoted, "<br>") + `"`
}

// mermaidEscape writes all but letters, figures and a few plain signs as entities by
// number: Mermaid reads Markdown, HTML and icons in texts.
func mermaidEscape(s string) string {
	var b strings.Builder
	for _, r := range escapeControl(s) {
		switch {
		case r > 0x7e, r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', strings.ContainsRune(" .,/", r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// escapeControl puts spaces and replacement characters in the place of what is no text.
func escapeControl(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r', r == '\u2028', r == '\u2029':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xFFFE, r == 0xFFFF:
			return '\uFFFD'
		}
		return r
	}, s)
}
