package gen

import (
	"bentoc.dev/compiler/ir"
)

// Artifact is something that is made out of a checked bento alone: no lock, no store
// and no builder has a part in it. compile --emit prints it.
//
// To add one, write its Emit in a file of its own and give it a row in [Artifacts]:
// the command, its help and its tests read the rows. What the server carries too has
// one in documents.
type Artifact struct {
	Name    string // what --emit calls it
	Purpose string // a line of the command's help
	// Tree is an artifact of several files, which compile -o writes into a folder.
	// One of a single file is printed.
	Tree bool
	// Whole is one of all services; the others are of one alone where there are several.
	Whole bool
	Emit  func(*ir.Bento, Options) ([]File, error)
}

// Artifacts are all of them, in the order of the help.
var Artifacts = []Artifact{
	{Name: "ir", Purpose: "what bento.cue says, as JSON; its digest is that of the image's label", Whole: true, Emit: emitIR},
	{Name: "schema", Purpose: "the types of the endpoints as JSON Schema 2020-12", Emit: emitJSONSchema},
	{Name: "openapi", Purpose: "the API as OpenAPI 3.1", Emit: emitDocument("openapi.json")},
	{Name: "proto", Purpose: "the API as proto3; fields have their numbers of bento.lock", Whole: true, Emit: emitProto},
	{Name: "go", Purpose: "the generated server; -o DIR writes the files", Tree: true, Emit: emitServer},
}

func emitIR(b *ir.Bento, _ Options) ([]File, error) {
	data, err := b.Readable()
	return []File{{Path: "ir.json", Data: data}}, err
}

// emitServer gives the server's files and, where they lie in the user's own module,
// those of package bentogen.
func emitServer(b *ir.Bento, o Options) ([]File, error) {
	out, err := Generate(b, o)
	if err != nil {
		return nil, err
	}
	files := out.Server
	if b.HasSteps() {
		types, err := Bentogen(b, o) // as generate writes them
		if err != nil {
			return nil, err
		}
		for _, f := range types {
			files = append(files, File{Path: "bentogen/" + f.Path, Data: f.Data, User: true})
		}
	}
	return files, nil
}
