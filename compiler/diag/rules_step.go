package diag

// Go steps and their types.
var (
	MissingStep = rule(Rule{Code: "missing-step", Category: Steps, Severity: Error, Purpose: "Go functions that do not exist", Explain: `The Go function of a runner does not exist, or its package does not.

	engine: go: {package: "./steps", func: "Greet"}

needs a folder steps beside bento.cue with a package that has

	func Greet(ctx context.Context, in bentogen.GreetInput) (bentogen.GreetOutput, error)

` + "`bentoc generate`" + ` writes the types.`})

	BadStep = rule(Rule{Code: "bad-step", Category: Steps, Severity: Error, Purpose: "Go packages that no server can import", Explain: `The Go package of a runner is there, but a server cannot import it: it is a program
(package main), lies in a folder internal, or belongs to another Go module.

	engine: go: {package: "./cmd/tool", func: "Greet"}     package main
	engine: go: {package: "./steps", func: "Greet"}

Steps are ordinary packages of the Go module at or above bento.cue. What they call
may lie anywhere.`})

	StepSignature = rule(Rule{Code: "step-signature", Category: Steps, Severity: Error, Purpose: "Go functions of other parameters or results", Explain: `A Go function of a runner has other parameters or results than the runner's #input
and #output ask for.

	func Greet(in bentogen.GreetInput) bentogen.GreetOutput
	func Greet(ctx context.Context, in bentogen.GreetInput) (bentogen.GreetOutput, error)

open and close are func(context.Context) error.`})

	StaleGenerated = rule(Rule{Code: "stale-generated", Category: Steps, Severity: Warning, Purpose: "generated Go types that are not those of the declaration", Explain: `The Go types in the folder bentogen are not those of the present bento.cue, or none
have been written yet.

` + "`bentoc generate`" + ` writes them anew; then the Go compiler shows what has to change in
the steps.`})

	StepCompile = rule(Rule{Code: "step-compile", Category: Steps, Severity: Error, Purpose: "Go code that does not compile", Explain: `The Go code of a step does not compile. The message is the Go compiler's, at the line
of your own file.

When it is about a type of the package bentogen, run ` + "`bentoc generate`" + ` first: the types
follow #input and #output in bento.cue.`})
)
