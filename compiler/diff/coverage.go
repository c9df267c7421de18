package diff

// uncovered says, of each field of the IR that no rule covers, why none does. A test
// walks the structs of [ir.Bento]: a field that is neither here nor in the Covers of a
// rule fails it, and so does one that is in both.
var uncovered = map[string]string{
	"Bento.Version":         "it is of the IR's form, not of the bento: both sides are read into the present one",
	"Bento.Doc":             "words for people",
	"Model.Doc":             "words for people",
	"Runner.Doc":            "words for people",
	"Graph.Doc":             "words for people",
	"Node.Doc":              "words for people",
	"Service.Doc":           "words for people",
	"Endpoint.Doc":          "words for people",
	"Type.Doc":              "words for people",
	"Test.Doc":              "words for people",
	"Field.Doc":             "words for people",
	"ValueField.Doc":        "words for people",
	"Bento.Services":        "they are paired",
	"Bento.Runners":         "they are paired",
	"Bento.Graphs":          "they are paired",
	"Bento.Models":          "they are paired",
	"Bento.Types":           "they are paired, and followed from the endpoints",
	"Node.Name":             "nodes are paired by it",
	"Field.Name":            "fields are paired by it",
	"Node.Item":             "the checks infer it",
	"Node.Result":           "the checks infer it",
	"Node.Out":              "it is part of the type of what the graph gives back",
	"Graph.Input":           "it is compared as what its endpoints take; what nodes give a nested graph the checks hold to it",
	"Graph.Result":          "it is compared as what its endpoints answer",
	"Runner.Input":          "it is compared as what its endpoints take; between nodes it is the bento's own affair: a step that does not fit fails the build",
	"Runner.Output":         "it is compared as what its endpoints answer; between nodes it is the bento's own affair",
	"Type.Elem":             "items and entries are compared by themselves",
	"Type.Ref":              "named types are followed, and compared where they are used",
	"Field.Type":            "it is compared by itself",
	"Value.Declared":        "it is part of the type of what the graph gives back",
	"ValueField.Deprecated": "it is part of the type of what the graph gives back",
}
