package diag

// Graphs and their edges.
var (
	ComputedEdge = rule(Rule{Code: "computed-edge", Category: Graphs, Severity: Error, Purpose: "edges that compute", Explain: `An edge is one reference to a run-time value and nothing else. There is no value yet
when CUE evaluates, so CUE would compute with a default, or with nothing.

	#in: limit: #input.score * 2        computed
	#in: limit: #input.score            right

The same holds for string interpolation, items of lists, and if and for over what only a
request brings. Templates, let, and if and for over what is written are followed to the one
reference they lead to. Compute in a step.`})

	BadSpread = rule(Rule{Code: "bad-spread", Category: Graphs, Severity: Error, Purpose: "spreads of fields that are not known, or come twice", Explain: `A reference without a name in a struct of references stands for all fields of what it
refers to, as if each were written out.

	#output: {prep.#out, more: 3}                 right: {text: prep.#out.text, …, more: 3}
	#output: {prep.#out, text: "other"}           text has two sources
	#output: {prep.#out, lines.#out}              lines gives a list

So the fields have to be known by name where the graph is written: not of a list, of a
struct with ... or with a pattern for its keys, of one of several structs, nor of a runner
whose types are its model's. No field is overridden by another: CUE would join the two.`})

	DanglingEdge = rule(Rule{Code: "dangling-edge", Category: Graphs, Severity: Error, Purpose: "edges that lead nowhere", Explain: `An edge refers to something that is not there, or that is no run-time value.

	#in: x: prepare.#out.x              there is no node called prepare
	#in: x: prep.#out.x                 right

An edge begins at the graph's #input, at a node's #out, or at the #item of the map node
around it. Inside nodes, a node is called by its bare name; outside, in #output, it is
nodes.NAME; inside a map node, nodes.NAME is a node of the map node.`})

	MissingInput = rule(Rule{Code: "missing-input", Category: Graphs, Severity: Error, Purpose: "inputs that a node does not get", Explain: `A node does not get something that its runner or graph needs.

	cut: {call: runners.cut, #in: image: #input.image}                              scores is missing
	cut: {call: runners.cut, #in: {image: #input.image, scores: detect.#out.y}}     right

Fields that are optional or have a default may be left out.`})

	UnknownInput = rule(Rule{Code: "unknown-input", Category: Graphs, Severity: Error, Purpose: "inputs that nothing takes", Explain: `A node is given something that its runner or graph does not take.

	prep: {call: runners.prep, #in: picture: #input.image}      the runner takes image
	prep: {call: runners.prep, #in: image: #input.image}        right

The names are those of the runner's #input, or of the nested graph's.`})

	TypeMismatch = rule(Rule{Code: "type-mismatch", Category: Graphs, Severity: Error, Purpose: "values that never fit where they go", Explain: `What an edge brings does not fit where it goes. Both places are named: where the
value comes from, and what is asked for.

	#input: name: string
	nodes: greet: {call: runners.greet, #in: age: #input.name}      a string for an int

Where a value fits sometimes (a string for a field with =~"^a") there is no error but a
warning, may-not-fit: the server checks it at run time, and the plan shows that it does.`})

	MayNotFit = rule(Rule{Code: "may-not-fit", Category: Graphs, Severity: Warning, Purpose: "values that fit only sometimes where they go", Explain: `An edge brings values of which some do not fit where they go. The server looks at
each: what a request brought and does not fit is answered with 422, what a step gave back
with 500.

	#input: n: int & <=100
	nodes: a: {call: runners.f, #in: n: #input.n}      f takes int & <=10

Give both ends one type, #input: n: int & <=10, so that the API's documents say so too and
no request gets that far. Where it is meant, declare it at the edge, which is then checked
without a word: #in: n: #input.n & int & <=10.`})

	Cycle = rule(Rule{Code: "cycle", Category: Graphs, Severity: Error, Purpose: "nodes and definitions that need themselves", Explain: `Nodes wait for each other, or a definition contains itself without an end.

	a: {call: runners.f, #in: x: b.#out.y}
	b: {call: runners.g, #in: x: a.#out.y}

A graph has no cycles. A recursive type needs a way to end: a list, an optional field,
or null in a disjunction.`})

	UnreachableNode = rule(Rule{Code: "unreachable-node", Category: Graphs, Severity: Error, Purpose: "nodes that no output depends on", Explain: `Nothing that the graph gives back depends on this node, so it would run for nothing.

	nodes: log: {call: runners.log, #in: x: prep.#out.x}
	#output: y: nodes.detect.#out.y

Refer to the node's #out in #output, or take the node away.`})

	ArmNeverChosen = rule(Rule{Code: "arm-never-chosen", Category: Graphs, Severity: Error, Purpose: "arms of a switch that no value chooses", Explain: `No value that #on can have is one of this arm's #match, so its nodes would never run.

	#input: language: "en" | "de"
	nodes: answer: {
		#on: #input.language
		arms: french: {#match: "fr", …}      language is never "fr"
	}

Change #match, give #on a wider type, or take the arm away. The arm default takes what no
other arm matches: where the others match everything, it is never chosen either.`})

	BadMirror = rule(Rule{Code: "bad-mirror", Category: Graphs, Severity: Error, Purpose: "mirrors that cannot see or say what their node does", Explain: `A mirror is a second runner that gets copies of what a node's own runner gets, and whose
answers are compared with the node's. So it takes whatever the other takes, and gives
values of the same type:

	runners: old: {#input: text: string, #output: score: number, …}
	runners: new: {#input: {text: string, lang?: string}, #output: score: number, …}
	nodes: rate: {call: runners.old, #in: text: #input.text, mirror: call: runners.new}

An input of the second that is required and that the first does not have, or a narrower
type, is an error: nothing would give it. So are files, pictures, recordings, tables and
unions in either: there are no copies of them that could not be written to.`})

	BadCache = rule(Rule{Code: "bad-cache", Category: Graphs, Severity: Error, Purpose: "caches of what goes by more than its input", Explain: `A cache gives an answer again where the same input comes once more. That is right only
where nothing else has a part in the answer. A runner with state answers by what came
before; a node with choose by chance or by a header, which another request does not have;
a stream is no one answer. So they are refused, also where an endpoint reaches them by way
of its graph:

	services: s: endpoints: ask: {graph: graphs.ask, cache: ttl: "10m"} // has a choose
	graphs: ask: nodes: pick: {
		choose: {}
		arms: small: {weight: 1, nodes: run: {call: runners.small, cache: ttl: "10m", …}, …}
	}

Give the cache to the nodes inside the arms, or to those before and after.`})

	ArmWithoutWeight = rule(Rule{Code: "arm-without-weight", Category: Graphs, Severity: Warning, Purpose: "arms of a choice that get no request", Explain: `An arm of a node with choose has no weight, or 0, and no value of a header sends a request
to it: it is in the image, and no request goes there.

	choose: {}
	arms: stable: {weight: 1, …}
	arms: canary: {weight: 0, …}        no request goes here, yet

That is right for an arm that is to come. Where it stays, take the arm away.`})

	AnswerByChance = rule(Rule{Code: "answer-by-chance", Category: Services, Severity: Warning, Purpose: "golden cases whose answer is left to chance", Explain: `A golden case asks an endpoint whose graph sends requests to arms by weight. A golden
case has no header, so that each run may get what another arm gives: it does not fail
where the arms differ by no more than its tolerance, and fails now and then where they do.

Ask the arms in cases of their own, by an endpoint for the runner or graph of each.`})

	ArmsOverlap = rule(Rule{Code: "arms-overlap", Category: Graphs, Severity: Error, Purpose: "arms of a switch that match the same value", Explain: `A value of #on is matched by two arms. The fields of a struct have no order in CUE, and so
arms have none: which of the two is chosen would be left to chance.

	arms: low: {#match: <=0.5, …}
	arms: high: {#match: >=0.5, …}      0.5 is matched by both
	arms: high: {#match: >0.5, …}       right

Numbers are told apart as a server has them, in 64 bits. What is left over goes to an arm
called default, which needs no #match.`})

	UnmatchedValue = rule(Rule{Code: "unmatched-value", Category: Graphs, Severity: Error, Purpose: "values that no arm of a switch matches", Explain: `#on can have a value that no arm matches, and there is no arm called default.

	#input: language: "en" | "de" | "fr"
	nodes: answer: {
		#on: #input.language
		arms: english: {#match: "en", …}
		arms: german: {#match: "de", …}      "fr" is matched by neither
		arms: default: {…}                   right
	}

Add an arm for the value, add default, or give #on a narrower type. What the message names
is one such value; there may be more.`})

	NotIdempotent = rule(Rule{Code: "not-idempotent", Category: Graphs, Severity: Error, Purpose: "retries of what may do harm twice", Explain: `A node with retry runs what has failed again, and a runner that it runs does not say that
it is idempotent. A call that failed may have done all that it does: a mail that is sent, a
row that is written, is there twice then.

	runners: ask: {engine: go: {package: "./steps", func: "Ask"}, idempotent: true, …}
	nodes: ask: {call: runners.ask, retry: maxAttempts: 3}

Say so of a runner whose second call does no harm. A model keeps nothing between its runs
and need not say it.`})

	UnknownRunner = rule(Rule{Code: "unknown-runner", Category: Graphs, Severity: Error, Purpose: "names of runners that do not exist", Explain: `A node or an endpoint refers to a runner that does not exist, or to something that
is no runner.

	call: runners.preb      there is no such runner
	call: runners.prep      right

It must be a reference, not a struct written on the spot.`})

	UnknownGraph = rule(Rule{Code: "unknown-graph", Category: Graphs, Severity: Error, Purpose: "names of graphs that do not exist", Explain: `A node or an endpoint refers to a graph that does not exist, or to something that is
no graph.

	endpoints: read: graph: graphs.raed
	endpoints: read: graph: graphs.read

It must be a reference, not a struct written on the spot.`})

	UnusedGraph = rule(Rule{Code: "unused-graph", Category: Graphs, Severity: Warning, Purpose: "graphs that no endpoint runs", Explain: `No endpoint runs this graph, itself or by way of other graphs. It is left out
of the image.

Run it with endpoints: NAME: graph: graphs.NAME, or take it away.`})
)
