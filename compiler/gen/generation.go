package gen

// writeGeneration writes the struct that holds what one generation of the server
// runs on. Nothing of that is a variable of the package: a process may hold two.
func (g *generator) writeGeneration() {
	s := g.service
	if len(g.runners)+len(g.graphs) == 0 {
		return
	}
	s.p("// bento is what one generation of this server runs on.")
	s.p("type bento struct {")
	for _, f := range g.fields {
		s.p("%s", f)
	}
	s.p("}")
	s.p("")
}

// makeGeneration fills that struct in.
func (g *generator) makeGeneration() {
	s := g.service
	if len(g.runners)+len(g.graphs) > 0 {
		s.p("b := new(bento)")
	}
	if len(g.runners) > 0 {
		s.p("b.addRunners(set)")
	}
	if len(g.graphs) > 0 {
		s.p("b.addGraphs()")
	}
	g.makeCaches()
	for _, field := range g.beside { // closed before the runners
		s.p("set.Add(b.%s.Life())", field)
	}
}

// field adds a field to that struct. What its type imports, service.go does too.
func (g *generator) field(name, typ string) { g.fields = append(g.fields, name+" "+typ) }
