package gen

// goldenPath is the package of the runtime that asks golden cases.
const goldenPath = "bentoc.dev/runtime/golden"

// goldenFile has the golden cases in the server's module, goldenData embeds it.
const goldenFile, goldenData = "golden.json", "goldenJSON"

// embedGolden declares the variable that holds the golden cases that the server asks
// itself before it is ready.
func (g *generator) embedGolden() {
	if len(g.o.Golden) == 0 {
		return
	}
	s := g.service
	s.use(goldenPath)
	s.p("//go:embed %s", goldenFile)
	s.p("var %s []byte", goldenData)
	s.p("")
}

// goldenLiteral hands them to the server.
func (g *generator) goldenLiteral() {
	if len(g.o.Golden) > 0 {
		g.service.p("Prove: golden.Prove(%s),", goldenData)
	}
}

// goldenFiles gives them as a file of the server's module.
func (g *generator) goldenFiles() []File {
	if len(g.o.Golden) == 0 {
		return nil
	}
	return []File{{Path: goldenFile, Data: g.o.Golden}}
}
