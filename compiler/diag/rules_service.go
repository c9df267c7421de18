package diag

// Services and their surroundings.
var (
	DuplicateRoute = rule(Rule{Code: "duplicate-route", Category: Services, Severity: Error, Purpose: "two endpoints on one route", Explain: `Two endpoints of one service answer on the same path of the URL.

	endpoints: {
		read: {graph: graphs.read, route: "/v1"}
		scan: {graph: graphs.scan, route: "/v1"}
	}

Give one of them another route. Without a route, an endpoint has "/" and its name. Services
have an image each, and may have the same routes.`})

	BadRoute = rule(Rule{Code: "bad-route", Category: Services, Severity: Error, Purpose: "routes that no URL has", Explain: `A route is not a path that a URL can have, or it is one of the server's own.

	route: "read me"       a blank, no slash at the beginning
	route: "/read-me"      right

/livez, /readyz and what is below it, /healthz, /metrics, /schema.json and /docs.json belong to the server.`})

	ResourceBounds = rule(Rule{Code: "resource-bounds", Category: Services, Severity: Error, Purpose: "amounts of resources that make no sense", Explain: `A resource is asked for in an amount that makes no sense: none at all, or more than
any machine has.

	resources: {cpu: 0.00001, memory: 1}
	resources: {cpu: 0.5, memory: 256Mi}

cpu counts cores, memory counts bytes.`})

	BadPlatform = rule(Rule{Code: "bad-platform", Category: Services, Severity: Error, Purpose: "platforms that nothing is built for", Explain: `The image cannot be built for this platform, or a part of the bento does not exist
for it.

	platforms: ["linux/riscv64"]
	platforms: ["linux/amd64", "linux/arm64"]

An empty list builds nothing: leave platforms out to build for both.`})

	BadDeprecation = rule(Rule{Code: "bad-deprecation", Category: Services, Severity: Error, Warns: true, Purpose: "deprecations that say nothing to callers", Explain: `Something is deprecated with a day that does not exist, without saying until when or why,
or where nobody hears of it.

	endpoints: read: deprecated: {until: "2027-02-30", why: "use scan"}     no such day
	endpoints: read: deprecated: {until: "2027-02-28", why: "use scan"}

	#input: {lang?: string @deprecated(until="2027-02-28", why="it is found out")}

until is the last day on which callers can rely on it; the day after it can be taken
away. since, which may be left out, is the day from which they are told so. The attribute
stands behind a field of #input, #output, #each or a definition. An endpoint has the field.

A field of an endpoint's input that is deprecated and required is a warning: callers
cannot leave it out as long as it is there. Make it optional or give it a default.`})

	UnusedRunner = rule(Rule{Code: "unused-runner", Category: Services, Severity: Warning, Purpose: "runners that nothing uses", Explain: `No node and no endpoint uses this runner. It is left out of the image: neither its
step nor its model is there, and its open does not run.

Use it, or take it away. To keep it for another file with @if(…), switch the warning off.
Its step is checked and its model locked, so that a graph can be written for it.`})

	MissingFile = rule(Rule{Code: "missing-file", Category: Services, Severity: Error, Purpose: "files that do not exist", Explain: `A file or folder that the bento names does not exist.

	files: "/app/words.txt": path: "data/word.txt"
	files: "/app/words.txt": path: "data/words.txt"

Paths are relative to bento.cue's folder.`})

	UnknownEndpoint = rule(Rule{Code: "unknown-endpoint", Category: Services, Severity: Error, Purpose: "names of endpoints that do not exist", Explain: `A golden case asks an endpoint that does not exist, or something that is none.

	tests: ada: {endpoint: services.hello.endpoints.gret, input: name: "Ada"}
	tests: ada: {endpoint: services.hello.endpoints.greet, input: name: "Ada"}

It must be a reference, not a struct written on the spot.`})

	OverBudget = rule(Rule{Code: "over-budget", Category: Build, Severity: Error, Purpose: "what was built and is larger than its budget", Explain: `What was built is larger, or slower, than budgets allow, and nothing was written.

	budgets: image: 7Mi

The message has what grew since the figures of bento.lock, which the last build wrote
that kept the budgets. Make it smaller, or raise the budget and say why in the commit.`})

	GoldenCase = rule(Rule{Code: "golden-case", Category: Build, Severity: Error, Purpose: "golden cases whose answer is another", Explain: `An endpoint gives another answer than a golden case of the bento says, or gives it too
late. What differs is listed, field by field.

	tests: ada: {endpoint: services.hello.endpoints.greet, input: name: "Ada", output: text: "Hello, Ada!"}

Where the new answer is the right one, bentoc test --update writes it into the case's
outputFile; one that stands in bento.cue is changed there.`})
)
