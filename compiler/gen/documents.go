package gen

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

// servedDoc is a description of the API that the server carries and answers with.
type servedDoc struct {
	path        string // at which it is served; the checks keep endpoints off it
	contentType string
	file        string // in the server's module
	variable    string // that embeds it
	write       func(*generator) ([]byte, error)
}

// documents are all of them, in the order of service.go.
var documents = []servedDoc{
	{"/schema.json", "application/json", "schema.json", "schemaJSON", (*generator).schemaJSON},
	{"/docs.json", "application/json", "openapi.json", "openAPI", (*generator).openAPI},
	{"/graph.svg", "image/svg+xml", "graph.svg", "graphSVG", (*generator).graphSVG},
}

// embedDocuments declares the variables that hold the documents.
func embedDocuments(s *source) {
	s.useAs("embed", "_")
	for _, d := range documents {
		s.p("//go:embed %s", d.file)
		s.p("var %s []byte", d.variable)
		s.p("")
	}
}

// documentsLiteral hands the documents to the server.
func documentsLiteral(s *source) {
	s.p("Documents: []spec.Document{")
	for _, d := range documents {
		s.p("{Path: %q, ContentType: %q, Data: %s},", d.path, d.contentType, d.variable)
	}
	s.p("},")
}

// writeDocuments gives the documents as files of the server's module.
func (g *generator) writeDocuments() ([]File, error) {
	var files []File
	for _, d := range documents {
		data, err := d.write(g)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", d.file, err)
		}
		files = append(files, File{Path: d.file, Data: data})
	}
	return files, nil
}

// emitDocument gives one of the documents as an artifact.
func emitDocument(file string) func(*ir.Bento, Options) ([]File, error) {
	return func(b *ir.Bento, o Options) ([]File, error) {
		out, err := Generate(b, o)
		if err != nil {
			return nil, err
		}
		for _, f := range out.Server {
			if f.Path == file {
				return []File{f}, nil
			}
		}
		return nil, fmt.Errorf("the server has no %s", file)
	}
}
