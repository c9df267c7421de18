package gen

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"slices"
	"strings"
)

// source is one Go file while it is written.
type source struct {
	pkg     string
	doc     []string
	imports map[string]string // by path; the name, "" for the package's own
	body    bytes.Buffer
}

func newSource(pkg string) *source {
	return &source{pkg: pkg, imports: map[string]string{}}
}

func (s *source) empty() bool { return s.body.Len() == 0 }

// comment sets the comment above the package clause.
func (s *source) comment(lines ...string) { s.doc = lines }

// use imports a package.
func (s *source) use(path string) { s.imports[path] = "" }

// useAs imports a package under a name.
func (s *source) useAs(path, name string) { s.imports[path] = name }

// p writes one line.
func (s *source) p(f string, args ...any) {
	fmt.Fprintf(&s.body, f, args...)
	s.body.WriteByte('\n')
}

// lines writes lines as they are.
func (s *source) lines(lines []string) {
	for _, l := range lines {
		s.body.WriteString(l)
		s.body.WriteByte('\n')
	}
}

// docLines writes text as a comment; an empty text writes nothing.
func (s *source) docLines(text string) {
	for _, l := range docComment(text) {
		s.p("%s", l)
	}
}

// docComment makes comment lines out of text.
func docComment(text string) []string {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		l = strings.Map(printable, strings.TrimRight(l, " \t\r"))
		lines[i] = strings.TrimRight("// "+l, " ")
	}
	return lines
}

// printable drops what would end or disturb a comment.
func printable(r rune) rune {
	if r < ' ' && r != '\t' || r == 0x7f || r == '\ufeff' {
		return -1
	}
	return r
}

// bytes gives the file, formatted.
func (s *source) bytes() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(Header + "\n\n")
	for _, l := range s.doc {
		b.WriteString("// " + l + "\n")
	}
	fmt.Fprintf(&b, "package %s\n\n", s.pkg)
	s.writeImports(&b)
	b.Write(s.body.Bytes())
	out, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, b.Bytes())
	}
	return out, nil
}

// writeImports writes the standard library first, then the rest, each sorted.
func (s *source) writeImports(b *bytes.Buffer) {
	if len(s.imports) == 0 {
		return
	}
	var std, rest []string
	for p := range s.imports {
		if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
			rest = append(rest, p)
		} else {
			std = append(std, p)
		}
	}
	b.WriteString("import (\n")
	for i, group := range [][]string{std, rest} {
		slices.Sort(group)
		if i > 0 && len(std) > 0 && len(rest) > 0 {
			b.WriteByte('\n')
		}
		for _, p := range group {
			if name := s.imports[p]; name != "" {
				fmt.Fprintf(b, "%s %q\n", name, p)
			} else {
				fmt.Fprintf(b, "%q\n", p)
			}
		}
	}
	b.WriteString(")\n\n")
}

// useMentioned imports the packages that lines name. Expressions are put together
// in many places; what they need is seen in them.
func useMentioned(s *source, g *generator, lines []string) {
	packages := map[string]string{"codec.": codecPath, "bentogen.": g.bentogenPath()}
	for _, row := range goRows {
		for _, p := range row.pkgs {
			packages[path.Base(p)+"."] = p
		}
	}
	for prefix, p := range packages {
		for _, l := range lines {
			if mentions(l, prefix) {
				s.use(p)
			}
		}
	}
}

// mentions tells whether a line uses a package, apart from texts in quotes.
func mentions(line, prefix string) bool {
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0:
			if c == '\\' && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '`':
			quote = c
		case strings.HasPrefix(line[i:], prefix) && (i == 0 || !isWord(line[i-1])):
			return true
		}
	}
	return false
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}
