package diag

// Explain gives the documentation of a code: what it means, an example and the
// cure. It is "" for a code that does not exist.
func Explain(c Code) string {
	for _, part := range []map[Code]string{explainCUE, explainGraph, explainService, explainLater} {
		if text, ok := part[c]; ok {
			return text
		}
	}
	return ""
}

// explainCUE documents what goes wrong while CUE is read and evaluated.
var explainCUE = map[Code]string{
	Syntax: `The text is not CUE, or a module file is not what CUE expects.

	name "hello"        a colon is missing
	name: "hello"       right

The place is where the parser could not go on; the mistake may lie before it, such
as a brace that is not closed. ` + "`cue fmt`" + ` and editors show the same message.`,

	UnknownField: `The schema, or a closed type of your own, has no field of this name. Most often it
is misspelt: all misspelt fields are reported at once.

	runners: det: {engine: onnx: model: models.det, instnaces: 2}
	runners: det: {engine: onnx: model: models.det, instances: 2}

A definition such as #Line is closed: to add fields to one, put ... into it. The
definitions #input, #output, #in, #out, #item and #each are the only lower case ones.`,

	MissingField: `A field that must be there is not.

	services: api: {}                                          endpoints is missing
	services: api: endpoints: greet: runner: runners.greet     right

The hint says what the field is for. A node's #in must name every input of its runner
that has no default.`,

	WrongType: `A value is of another type than the schema asks for.

	instances: "2"      a string
	instances: 2        a number

Sizes and times are strings with a unit: memory: "2Gi", timeout: "30s".`,

	BadValue: `A value is of the right type but not allowed: out of bounds, not one of an
enumeration, or not written as it must be.

	traffic: timeout: "30"        no unit
	traffic: timeout: "30s"       right

Times take ms, s, m and h; sizes take Ki, Mi, Gi, Ti and k, M, G, T. Names begin with a
lower case letter.`,

	Conflict: `Two places give one thing values that exclude each other. CUE joins values, it
does not override them, so two different constants never fit.

	memory: "2Gi"                 in bento.cue
	memory: "4Gi"                 in bento_prod.cue

Give the value that may change as a default, memory: *"2Gi" | string, then the other
file can set it. The same code stands for names that collide.`,

	Incomplete: `A field needs a constant, but has only a type or refers to something that is not
there.

	name: string        a type
	name: "ocr"         a constant

Values that are there only at run time belong into #input, #in, #output and #each. A
field with @tag(x) needs -t x=….`,

	ImportNotFound: `An import cannot be found. Bentoc knows its own schema, CUE's standard library and
the packages of the CUE module that bento.cue lies in; it fetches nothing.

	import "bentoc.dev/schema"         found
	import "example.com/ocr/shared"    found, in the module example.com/ocr

The module's name is in cue.mod/module.cue.`,

	OutsideModule: `A path, or a symbolic link, leads out of the CUE module: out of the folder that
holds cue.mod, or of bento.cue's own folder where there is none. Bentoc reads nothing
there, so that a build depends on nothing that a checkout does not have.

	files: "/app/words.txt": path: "../../words.txt"      outside
	files: "/app/words.txt": path: "data/words.txt"       right

Copy the file into the module, or put cue.mod into a folder further up.`,

	EvalLimit: `Evaluating the CUE sources took longer than the limit. CUE has no limit of its own,
and a few characters can ask for endless work, such as list.Range(0, 10000000, 1) or
comprehensions inside comprehensions.

Look for the list or the disjunction that grows. --time-limit sets another limit.`,

	NoBento: `There is no bento at this path: no bento.cue, or no field bento in its package that
is written under bentoc's schema.

	package hello

	import "bentoc.dev/schema@v0"

	bento: schema.#Bento & {name: "hello"}

Name bento.cue, its folder, or nothing for the current folder. ` + "`bentoc init`" + ` writes a
first bento. Keep the & form: a schema that is embedded does not find misspelt fields.`,

	OneOf: `Exactly one of several fields must be set, because each says what the thing is.

	engine: {}                                            none
	engine: go: {package: "./steps", func: "Greet"}       right

It holds for an engine (go, onnx), a model's source (path, http, pypi), a node (call,
graph, map), an endpoint (graph, runner) and a base (image, layout).`,

	UnsupportedType: `An IO type uses a part of CUE that the server cannot check, or that has no
counterpart in the types that clients see. Nothing is dropped silently.

	#input: hi: int & >lo                  a bound that depends on another field
	#input: hi: int & >0 & <=100           right

Known are: the kinds, constants, enumerations, defaults, bounds, !=, =~ and !~, lists,
tuples, [string]: T, structs, optional fields, recursion, disjunctions whose arms can be
told apart, schema.#Image, #File and #Tensor, and the validators strings.MinRunes,
strings.MaxRunes, list.MinItems, list.MaxItems, list.UniqueItems, struct.MinFields,
struct.MaxFields, math.MultipleOf and close. Check the rest in a step.

A type may contain itself through a struct, not through lists alone; a tuple may go on
with items of its own type only; integers have 64 bits.`,

	StaleSchema: `The copy of the schema under cue.mod/pkg/bentoc.dev is not the one that this bentoc
has. Builds are not affected: bentoc uses its own. Editors and cue vet read the copy and
may say something else.

` + "`bentoc init --schema`" + ` in the module's folder writes the copy anew.`,
}

// explainGraph documents mistakes in graphs.
var explainGraph = map[Code]string{
	ComputedEdge: `An edge is one reference to a run-time value and nothing else. There is no value yet
when CUE evaluates, so CUE would compute with a default, or with nothing.

	#in: limit: #input.score * 2        computed
	#in: limit: #input.score            right

The same holds for string interpolation, list indices, if and for, spreading a reference
into a struct, and aliases by let. Write the reference in full, and compute in a step.`,

	DanglingEdge: `An edge refers to something that is not there, or that is no run-time value.

	#in: x: prepare.#out.x              there is no node called prepare
	#in: x: prep.#out.x                 right

An edge begins at the graph's #input, at a node's #out, or at the #item of the map node
around it. Inside nodes, a node is called by its bare name; outside, in #output, it is
nodes.NAME; inside a map node, nodes.NAME is a node of the map node.`,

	MissingInput: `A node does not get something that its runner or graph needs.

	cut: {call: runners.cut, #in: image: #input.image}                              scores is missing
	cut: {call: runners.cut, #in: {image: #input.image, scores: detect.#out.y}}     right

Fields that are optional or have a default may be left out.`,

	UnknownInput: `A node is given something that its runner or graph does not take.

	prep: {call: runners.prep, #in: picture: #input.image}      the runner takes image
	prep: {call: runners.prep, #in: image: #input.image}        right

The names are those of the runner's #input, or of the nested graph's.`,

	TypeMismatch: `What an edge brings does not fit where it goes. Both places are named: where the
value comes from, and what is asked for.

	#input: name: string
	nodes: greet: {call: runners.greet, #in: age: #input.name}      a string for an int

Where a value fits sometimes (a string for a field with =~"^a"), there is no error: the
server checks it at run time, and the plan shows that it does.`,

	Cycle: `Nodes wait for each other, or a definition contains itself without an end.

	a: {call: runners.f, #in: x: b.#out.y}
	b: {call: runners.g, #in: x: a.#out.y}

A graph has no cycles. A recursive type needs a way to end: a list, an optional field,
or null in a disjunction.`,

	UnreachableNode: `Nothing that the graph gives back depends on this node, so it would run for nothing.

	nodes: log: {call: runners.log, #in: x: prep.#out.x}
	#output: y: nodes.detect.#out.y

Refer to the node's #out in #output, or take the node away.`,

	UnknownRunner: `A node or an endpoint refers to a runner that does not exist, or to something that
is no runner.

	call: runners.preb      there is no such runner
	call: runners.prep      right

It must be a reference, not a struct written on the spot.`,

	UnknownGraph: `A node or an endpoint refers to a graph that does not exist, or to something that is
no graph.

	endpoints: read: graph: graphs.raed
	endpoints: read: graph: graphs.read

It must be a reference, not a struct written on the spot.`,
}

// explainService documents mistakes in services and what is around them.
var explainService = map[Code]string{
	DuplicateRoute: `Two endpoints answer on the same path of the URL.

	endpoints: {
		read: {graph: graphs.read, route: "/v1"}
		scan: {graph: graphs.scan, route: "/v1"}
	}

Give one of them another route. Without a route, an endpoint has "/" and its name.`,

	BadRoute: `A route is not a path that a URL can have, or it is one of the server's own.

	route: "read me"       a blank, no slash at the beginning
	route: "/read-me"      right

/livez, /readyz, /healthz, /metrics, /schema.json and /docs.json belong to the server.`,

	ResourceBounds: `A resource is asked for in an amount that makes no sense: none at all, or more than
any machine has.

	resources: {cpu: 0.00001, memory: "1"}
	resources: {cpu: 0.5, memory: "256Mi"}

cpu counts cores, memory counts bytes.`,

	BadPlatform: `The image cannot be built for this platform, or a part of the bento does not exist
for it.

	platforms: ["linux/riscv64"]
	platforms: ["linux/amd64", "linux/arm64"]`,

	UnusedRunner: `No node and no endpoint uses this runner. It is left out of the image.

Use it, or take it away. To keep it for another file with @if(…), ignore the warning.`,

	UnusedModel: `No runner uses this model. It is left out of the image.

Use it in engine: onnx: model: models.NAME, or take it away.`,

	MissingFile: `A file or folder that the bento names does not exist.

	files: "/app/words.txt": path: "data/word.txt"
	files: "/app/words.txt": path: "data/words.txt"

Paths are relative to bento.cue's folder.`,

	MissingStep: `The Go function of a runner does not exist, or its package does not.

	engine: go: {package: "./steps", func: "Greet"}

needs a folder steps beside bento.cue with a package that has

	func Greet(ctx context.Context, in bentogen.GreetInput) (bentogen.GreetOutput, error)

` + "`bentoc generate`" + ` writes the types.`,

	StepSignature: `A Go function of a runner has other parameters or results than the runner's #input
and #output ask for.

	func Greet(in bentogen.GreetInput) bentogen.GreetOutput
	func Greet(ctx context.Context, in bentogen.GreetInput) (bentogen.GreetOutput, error)

open and close are func(context.Context) error.`,

	StaleGenerated: `The Go types in the folder bentogen are not those of the present bento.cue.

` + "`bentoc generate`" + ` writes them anew; then the Go compiler shows what has to change in
the steps.`,

	UnsupportedPart: `The bento uses something that the schema knows but that this version of bentoc
cannot build yet. The message names it.

` + "`bentoc version`" + ` says which version this is.`,
}

// explainLater documents mistakes that show after the checks: in models, in the
// lock, and while building.
var explainLater = map[Code]string{
	BadModel: `A model does not exist, cannot be read, or is not of the format that its engine
needs.

	engine: onnx: model: models.dte
	engine: onnx: model: models.det

An onnx engine needs an ONNX file. Where the source is an archive, file names the model
in it.`,

	SignatureConflict: `The bento says something about a model's tensors that the model file contradicts:
another element type, another number of dimensions, another size, or a batch axis that is
not there.

	prep: #output: x: schema.#Tensor & {dtype: "float64"}      the file says float32

The file is right about itself. Change the declaration, or the step before the model.`,

	UnknownTensor: `The model has no tensor of this name.

	outputs: y: "sigmoid"
	outputs: y: "sigmoid_0.tmp_0"

inputs and outputs map a name of the bento to a name of the file.`,

	LockMissing: `There is no bento.lock beside bento.cue, or it has no entry for something that the
bento needs, and it may not be written now (--locked, or CI is set).

` + "`bentoc lock`" + ` writes it. Commit it: it makes builds the same everywhere.`,

	LockStale: `bento.lock is not for the present bento.cue: a model, a base or a Go module has
changed since it was written.

` + "`bentoc lock`" + ` brings it up to date and prints what changed;
` + "`bentoc lock --update=NAME`" + ` takes a newer version of one thing.`,

	LockCorrupt: `bento.lock cannot be read. It was cut off, merged by hand with a mistake, or edited.

Take it from version control again, or remove it and run ` + "`bentoc lock`" + `, which may choose
newer versions.`,

	LockTooNew: `bento.lock was written by a newer bentoc, in a format that this one does not know.

Use that version of bentoc or a newer one.`,

	LockMismatch: `Something that was downloaded, or that lies in the store, is not what bento.lock says:
its SHA-256 or its size differ. Nothing of it is kept.

If you trust the new content, ` + "`bentoc lock --update=NAME`" + ` records it. If nothing was
published anew, the download was tampered with or cut off.`,

	StepCompile: `The Go code of a step does not compile. The message is the Go compiler's, at the line
of your own file.

When it is about a type of the package bentogen, run ` + "`bentoc generate`" + ` first: the types
follow #input and #output in bento.cue.`,

	BuildStep: `A step of the build failed: the place is the line of bento.cue that the step comes
from, the message what the step printed.

When a file is missing, look at the path that the line names. When it is the tool's own
step, such as packing a layer, the build log (--progress=plain) says more.`,
}
