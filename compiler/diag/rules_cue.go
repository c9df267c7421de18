package diag

// Reading and evaluating CUE.
var (
	Syntax = rule(Rule{Code: "syntax", Category: CUE, Severity: Error, Purpose: "text that is not CUE", Explain: `The text is not CUE, or a module file is not what CUE expects.

	name "hello"        a colon is missing
	name: "hello"       right

The place is where the parser could not go on; the mistake may lie before it, such
as a brace that is not closed. ` + "`cue fmt`" + ` and editors show the same message.`})

	UnknownField = rule(Rule{Code: "unknown-field", Category: CUE, Severity: Error, Purpose: "fields that nothing declares", Explain: `The schema, or a closed type of your own, has no field of this name. Most often it
is misspelt: all misspelt fields are reported at once.

	runners: det: {engine: onnx: model: models.det, instnaces: 2}
	runners: det: {engine: onnx: model: models.det, instances: 2}

A definition such as #Line is closed: to add fields to one, put ... into it. The
definitions #input, #output, #in, #out, #item, #each, #map, #on and #match are the only
lower case ones.`})

	MissingField = rule(Rule{Code: "missing-field", Category: CUE, Severity: Error, Purpose: "fields that are not there but must be", Explain: `A field that must be there is not.

	services: api: {}                                          endpoints is missing
	services: api: endpoints: greet: runner: runners.greet     right

The hint says what the field is for. A node's #in must name every input of its runner
that has no default.`})

	WrongType = rule(Rule{Code: "wrong-type", Category: CUE, Severity: Error, Purpose: "values of another type than asked for", Explain: `A value is of another type than the schema asks for.

	instances: "2"      a string
	instances: 2        a number

Sizes are numbers and take their unit from CUE, memory: 2Gi; times are strings with a
unit, timeout: "30s".`})

	BadValue = rule(Rule{Code: "bad-value", Category: CUE, Severity: Error, Warns: true, Purpose: "values that are not allowed", Explain: `A value is of the right type but not allowed: out of bounds, not one of an
enumeration, or not written as it must be.

	traffic: timeout: "30"        no unit
	traffic: timeout: "30s"       right

Times take ms, s, m and h; sizes take CUE's Ki, Mi, Gi, Ti and K, M, G, T, without
quotes. Names begin with a lower case letter.`})

	Conflict = rule(Rule{Code: "conflict", Category: CUE, Severity: Error, Warns: true, Purpose: "two things that exclude each other in one place", Explain: `Two places give one thing values that exclude each other. CUE joins values, it
does not override them, so two different constants never fit.

	memory: 2Gi                 in bento.cue
	memory: 4Gi                 in bento_prod.cue

Give the value that may change as a default, memory: *2Gi | int, then the other
file can set it. The same code stands for names that collide, and for files of which two
come to one place in the image, or one to a place that the image has something at.`})

	Incomplete = rule(Rule{Code: "incomplete", Category: CUE, Severity: Error, Purpose: "fields without a constant that need one", Explain: `A field needs a constant, but has only a type or refers to something that is not
there.

	name: string        a type
	name: "ocr"         a constant

Values that are there only at run time belong into #input, #in, #on, #output and
#each. A field with @tag(x) needs -t x=….`})

	ImportNotFound = rule(Rule{Code: "import-not-found", Category: CUE, Severity: Error, Purpose: "imports that lead nowhere", Explain: `An import cannot be found. Bentoc knows its own schema, CUE's standard library and
the packages of the CUE module that bento.cue lies in, those that are kept under
cue.mod/pkg, and those of the modules that cue.mod/module.cue names.

	import "bentoc.dev/schema"         found
	import "example.com/ocr/shared"    found, in the module example.com/ocr
	import "example.org/policy@v0"     found with deps: "example.org/policy@v0": v: "v0.1.0"

The module's name is in cue.mod/module.cue. ` + "`cue mod tidy`" + ` adds modules there. CUE
knows no folder cue.mod/vendor, and neither does bentoc.`})

	CUEModule = rule(Rule{Code: "cue-module", Category: CUE, Severity: Error, Purpose: "CUE modules that are not here or do not fit", Explain: `A CUE module that cue.mod/module.cue names cannot be used: it is not locked or not in the
state folder, needs a higher version of another than the module file has, or is not what
its name says.

	deps: "example.org/policy@v0": v: "v0.1.0"

` + "`bentoc lock`" + ` brings modules from the registry that CUE_REGISTRY names, with the logins of
` + "`cue login`" + ` and of DOCKER_CONFIG, and writes their digests into bento.lock; nothing else asks
a registry, but a build for what is locked. ` + "`cue mod tidy`" + ` makes the module file whole.`})

	OutsideModule = rule(Rule{Code: "outside-module", Category: CUE, Severity: Error, Purpose: "paths that leave the module", Explain: `A path, or a symbolic link, leads out of the CUE module: out of the folder that
holds cue.mod, or of bento.cue's own folder where there is none. Bentoc reads nothing
there, so that a build depends on nothing that a checkout does not have.

	files: "/app/words.txt": path: "../../words.txt"      outside
	files: "/app/words.txt": path: "data/words.txt"       right

Copy the file into the module, or put cue.mod into a folder further up.`})

	EvalLimit = rule(Rule{Code: "evaluation-limit", Category: CUE, Severity: Error, Purpose: "CUE that takes too long or too much memory", Explain: `Evaluating the CUE sources took longer than the limit, or more memory, or a value
has more than 10,000 labels, operators or brackets that hang on each other. CUE has no
limit of its own, and a few characters can ask for endless work, such as
list.Range(0, 10000000, 1) or comprehensions inside comprehensions.

Look for the list or the disjunction that grows. --time-limit sets another limit.`})

	NoBento = rule(Rule{Code: "no-bento", Category: CUE, Severity: Error, Purpose: "a path without a bento", Explain: `There is no bento at this path: no bento.cue, or no field bento in its package that
is written under bentoc's schema.

	package hello

	import "bentoc.dev/schema@v0"

	bento: schema.#Bento & {name: "hello"}

Name bento.cue, its folder, or nothing for the current folder. ` + "`bentoc init`" + ` writes a
first bento. Keep the & form: a schema that is embedded does not find misspelt fields.`})

	OneOf = rule(Rule{Code: "one-of", Category: CUE, Severity: Error, Purpose: "things of which not exactly one of several fields is set", Explain: `Exactly one of several fields must be set, because each says what the thing is.

	engine: {}                                            none
	engine: go: {package: "./steps", func: "Greet"}       right

It holds for an engine (go, onnx), a model's source (path, http, pypi), a node (call,
graph, #map), an endpoint (graph, runner) and a base (image, layout).`})

	UnsupportedType = rule(Rule{Code: "unsupported-type", Category: CUE, Severity: Error, Purpose: "IO types that the server cannot check", Explain: `An IO type uses a part of CUE that the server cannot check, or that has no
counterpart in the types that clients see. Nothing is dropped silently.

	#input: hi: int & >lo                  a bound that depends on another field
	#input: hi: int & >0 & <=100           right

Known are: the kinds, constants, enumerations, defaults, bounds, !=, =~ and !~, lists,
tuples, [string]: T and [=~"^x-"]: T, structs, optional fields, recursion, disjunctions whose arms can be
told apart, schema.#Image, #Audio, #File, #Tensor and #Bytes, and the
validators strings.MinRunes, strings.MaxRunes, list.MinItems, list.MaxItems, list.UniqueItems, struct.MinFields,
struct.MaxFields, math.MultipleOf and close. Texts may be written in a format: time.Time,
time.Format, time.Duration, uuid.Valid, net.URL, net.AbsURL, regexp.Valid, string & net.IP,
net.IPv4, net.IPv6 or net.IPCIDR, and schema.#Date, #Time, #ISODuration, #Email, #Hostname,
#JSONPointer and #Decimal. Check the rest in a step.

A type may contain itself through a struct, not through lists alone; a tuple may go on
with items of its own type only; integers have 64 bits. A schema.#Stream is checked, and
refused until a protocol of the server carries it.`})

	BadPattern = rule(Rule{Code: "bad-pattern", Category: CUE, Severity: Error, Warns: true, Purpose: "regular expressions that are none, or that documents go without", Explain: `A text after =~ or !~ is not a regular expression. The syntax is RE2's, Go's
and CUE's own: no look-ahead and look-behind, no back-references, counts up to 1000.

	=~"^[a-z"                     the bracket is not closed
	=~"^(?=.*[0-9])[a-z0-9]+$"    look-ahead
	=~"[0-9]" & =~"^[a-z0-9]+$"   right: two expressions, both must match

JSON Schema and OpenAPI get the same expressions as ECMA-262 writes them.`})

	NumberRange = rule(Rule{Code: "number-range", Category: CUE, Severity: Error, Purpose: "numbers that 64 bits do not hold", Explain: `A number does not fit the 64 bits that the server has for it. CUE's numbers have
no size; an int is an integer of 64 bits, a number or float is a float64.

	id:   int & >1e19             no integer of 64 bits is that large
	id:   number | *9007199254740993   a float64 would make another number of it
	huge: number & <1e400         right: no number is larger, so the bound is left out

Ids that are longer are texts: =~"^[0-9]{1,30}$".`})

	StaleSchema = rule(Rule{Code: "stale-schema", Category: CUE, Severity: Warning, Purpose: "a copy of the schema that is not this one", Explain: `The copy of the schema under cue.mod/pkg/bentoc.dev is not the one that this bentoc
has. Builds are not affected: bentoc uses its own. Editors and cue vet read the copy and
may say something else.

` + "`bentoc init --schema`" + ` in the module's folder writes the copy anew.`})

	UnsupportedPart = rule(Rule{Code: "unsupported", Category: CUE, Severity: Error, Warns: true, Purpose: "parts that cannot be built yet or are not used", Explain: `The bento uses something that the schema knows but that this version of bentoc
cannot build yet. The message names it.

` + "`bentoc version`" + ` says which version this is.`})

	SwitchedOff = rule(Rule{Code: "switched-off", Category: CUE, Severity: Error, Warns: true, Purpose: "diagnostics that cannot be switched off, or are for nothing", Explain: `A bento switches off what is no warning, or a warning of which there is none.

	diagnostics: "unused-grahp": {off: true, why: "…"}     there is no such code
	diagnostics: "missing-input": {off: true, why: "…"}    an error
	diagnostics: "unused-graph": {off: true, why: "dev.cue serves it"}

Errors cannot be switched off: mend them. Where a code is both, only its warnings are
unsaid. A warning that was mended is said again if it comes back, so take what switches
it off away with it; off: false has it said in this file or for this tag alone.`})

	SchemaVersion = rule(Rule{Code: "schema-version", Category: CUE, Severity: Error, Purpose: "bentos that are written under another version of the schema", Explain: `The bento says that it is written under a version of the schema that this bentoc does
not have: by the major version of an import, by the module file, or by #schema.

	import "bentoc.dev/schema@v1"                        this bentoc has v0.1.0
	deps: "bentoc.dev@v0": v: "v0.2.0"                   in cue.mod/module.cue
	bento: schema.#Bento & {#schema: "v0.2.0"}

A newer schema may say things that this bentoc would misread: use a bentoc that has it.
A bento of an older one is written under the new one by hand: change the version, see
what ` + "`bentoc vet`" + ` says, and let ` + "`bentoc init --schema`" + ` write the copy that
editors read. Without a version the bento follows the bentoc that builds it.`})
)
