// Package check finds the mistakes in a bento that CUE cannot see, and completes
// the IR: what the generator needs to know about types is filled in where the
// checks found it out.
//
// Each rule is one file and one line of the table in [Rules]. Rules run in the
// order of the table and never stop each other, so that one run tells everything;
// a rule stays silent about what an earlier one already reported.
//
// To add a rule, write NAME.go with a function that reports what it finds by
// pass.errorf or pass.warnf, at the place in the IR and by the data path; put its row
// into [Rules], before that of diagnostics, where it sees what those before it found; and, where no code
// fits, add one to a file rules_*.go of package diag: its row has the text of `bentoc
// explain`. A bento of testdata shows what the rule says. Codes that are ever warnings
// can be switched off by a bento; nothing has to be done for that. What a kind of type
// fits is asked of package assign.
package check

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Options says what the checks may look at beside the IR.
type Options struct {
	// FS is the root of the CUE module, to see whether named files exist; an
	// os.Root's FS also tells which leave it. Nil leaves those rules out.
	FS fs.FS
	// SignaturesPending turns the error about a model whose signature is not
	// locked yet into a warning, for the run that comes before the lock. What
	// depends on such a model has no type and is not checked.
	SignaturesPending bool
}

// Rule is one check.
type Rule struct {
	// Name is the name of the rule's file.
	Name string
	// Codes are what the rule may report.
	Codes []diag.Code
	// Purpose ends the sentence "the rule checks that …".
	Purpose string

	run func(*pass)
}

// Rules gives every check, in the order in which they run.
func Rules() []Rule {
	return []Rule{
		{"names", codes(diag.BadValue), "names fit routes, Go and paths, and do not collide in Go", checkNames},
		{"platforms", codes(diag.BadPlatform), "the image is for platforms that bentoc builds", checkPlatforms},
		{"types", codes(diag.UnsupportedType, diag.BadPattern), "the server has a form for every IO type", checkTypes},
		{"env", codes(diag.BadValue), "environment variables and labels have usable names", checkEnv},
		{"models", codes(diag.OneOf, diag.BadValue, diag.MissingField, diag.LockMissing), "models have one source and a signature", checkModels},
		{"runners", codes(diag.OneOf, diag.BadModel, diag.UnknownTensor, diag.SignatureConflict, diag.BatchAxis, diag.MissingField, diag.WrongType, diag.Conflict, diag.BadValue, diag.ResourceBounds), "runners have one engine and the types that it needs", checkRunners},
		{"calls", codes(diag.OneOf, diag.UnknownRunner, diag.UnknownGraph, diag.MissingField, diag.UnknownField), "nodes do one thing, with runners and graphs that exist", checkCalls},
		{"recursion", codes(diag.Cycle), "no graph runs itself", checkRecursion},
		{"edges", codes(diag.DanglingEdge), "edges lead to something that is seen where they stand", checkEdges},
		{"cycles", codes(diag.Cycle), "no node waits for itself", checkCycles},
		{"reach", codes(diag.UnreachableNode), "every node has a part in the output", checkReach},
		{"maps", codes(diag.TypeMismatch), "map and fold nodes have lists", checkMaps},
		{"folds", codes(diag.TypeMismatch, diag.MayNotFit, diag.MissingInput, diag.UnknownInput), "what a list is folded into is of one type", checkFolds},
		{"switches", codes(diag.TypeMismatch, diag.ArmNeverChosen, diag.ArmsOverlap, diag.UnmatchedValue, diag.MissingField, diag.BadValue, diag.MayNotFit, diag.MissingInput, diag.UnknownInput), "a switch has one arm for each value, and arms give what it says", checkSwitches},
		{"choices", codes(diag.MissingField, diag.UnknownField, diag.ArmNeverChosen, diag.ArmWithoutWeight, diag.ArmsOverlap, diag.AnswerByChance, diag.TypeMismatch, diag.MayNotFit, diag.MissingInput, diag.UnknownInput), "requests can be shared out among arms, which give what their node says", checkChoices},
		{"inputs", codes(diag.MissingInput, diag.UnknownInput, diag.TypeMismatch, diag.MayNotFit), "nodes get all that they take, of types that fit", checkInputs},
		{"guards", codes(diag.UnknownField, diag.ResourceBounds, diag.BadValue, diag.NotIdempotent, diag.TypeMismatch, diag.MayNotFit, diag.MissingInput, diag.UnknownInput), "only what is idempotent is run again, and a fallback gives what its node does", checkGuards},
		{"order", codes(diag.BadValue), "calls of what has state have an order", checkOrder},
		{"mirrors", codes(diag.UnknownField, diag.BadMirror, diag.ResourceBounds), "a runner that mirrors another takes and gives the same, and can be compared", checkMirrors},
		{"caches", codes(diag.UnknownField, diag.BadCache, diag.NotIdempotent, diag.ResourceBounds), "what is kept of answers goes by their input alone", checkCaches},
		{"outputs", codes(diag.TypeMismatch, diag.MissingField, diag.MayNotFit), "outputs are there and fit their declared types", checkOutputs},
		{"endpoints", codes(diag.OneOf, diag.UnknownGraph, diag.UnknownRunner, diag.MissingField, diag.TypeMismatch), "endpoints are answered by something that exists, in encodings that its types have", checkEndpoints},
		{"routes", codes(diag.BadRoute, diag.DuplicateRoute), "routes are valid and there is one endpoint on each", checkRoutes},
		{"deprecations", codes(diag.BadDeprecation), "callers can heed what is deprecated", checkDeprecations},
		{"resources", codes(diag.ResourceBounds, diag.BadValue, diag.UnknownField), "resources, times and counts are sane", checkResources},
		{"gpu", codes(diag.ResourceBounds, diag.BadValue, diag.UnknownField, diag.UnknownRunner, diag.Conflict, diag.BadPlatform), "what runners ask of GPUs can be had", checkGPUs},
		{"files", codes(diag.MissingFile, diag.OutsideModule, diag.BadValue, diag.Conflict), "files exist in the module and have distinct places in the image", checkFiles},
		{"budgets", codes(diag.ResourceBounds), "budgets can be kept", checkBudgets},
		{"tests", codes(diag.UnknownEndpoint, diag.OneOf, diag.BadValue, diag.MissingField, diag.MissingFile, diag.OutsideModule, diag.UnknownInput, diag.UnknownField, diag.TypeMismatch, diag.ResourceBounds), "golden cases ask endpoints that exist for what they take", checkTests},
		{"unused", codes(diag.UnusedRunner, diag.UnusedModel, diag.UnusedGraph), "runners, models and graphs are used", checkUnused},
		{"diagnostics", codes(diag.SwitchedOff), "only warnings are switched off, and none for nothing", checkDiagnostics},
	}
}

func codes(c ...diag.Code) []diag.Code { return c }

// Run applies every rule to b and fills in Graph.Result, Node.Item, Node.Result,
// Edge.Check, the default routes and the types of onnx runners. The list is
// sorted by position.
func Run(b *ir.Bento, opts Options) diag.List {
	p := &pass{b: b, opts: opts, broken: map[string]bool{}}
	p.complete()
	for _, r := range Rules() {
		r.run(p)
	}
	return p.diags.Sorted()
}

// pass is one run over one bento.
type pass struct {
	b     *ir.Bento
	opts  Options
	diags diag.List
	// scopes has the inference of each graph by name.
	scopes map[string]*ir.Scope
	// broken holds the graphs with edges that lead nowhere or in circles: what
	// follows from that is not reported again.
	broken map[string]bool
	// clients holds the graphs whose input comes with requests alone; nil until
	// somebody asks.
	clients map[string]bool
}

func (p *pass) errorf(code diag.Code, pos ir.Pos, path, format string, args ...any) *diag.Diagnostic {
	return p.diags.Errorf(code, pos, "bento."+path, format, args...)
}

func (p *pass) warnf(code diag.Code, pos ir.Pos, path, format string, args ...any) *diag.Diagnostic {
	return p.diags.Warnf(code, pos, "bento."+path, format, args...)
}

// at is the place of a path that the structs have no Pos for, else that of the
// thing around it.
func (p *pass) at(path string, around ir.Pos) ir.Pos {
	if pos, ok := p.b.At[path]; ok && pos.IsValid() {
		return pos
	}
	return around
}

// nodePath is the data path of the node at path in a graph:
// graphs.read.nodes.lines.nodes.recognise, graphs.read.nodes.choose.arms.small.
func (p *pass) nodePath(graph, path string) string {
	at := "graphs." + graph
	var nodes, arms []*ir.Node
	var fallback *ir.Node
	if g := p.b.Graphs[graph]; g != nil {
		nodes = g.Nodes
	}
	for name := range strings.SplitSeq(path, "/") {
		isName := func(n *ir.Node) bool { return n.Name == name }
		if i := slices.IndexFunc(arms, isName); i >= 0 {
			at, nodes, arms = at+".arms."+name, arms[i].Nodes, nil
			continue
		}
		if fallback != nil && name == ir.FallbackArm {
			at, nodes, fallback = at+"."+ir.FallbackArm, fallback.Nodes, nil
			continue
		}
		at += ".nodes." + name
		if i := slices.IndexFunc(nodes, isName); i >= 0 {
			nodes, arms, fallback = nodes[i].Nodes, nodes[i].Arms, nodes[i].Fallback
		}
	}
	return at
}

// placePath is the data path of a value of a graph.
func (p *pass) placePath(graph string, at ir.Place) string {
	path := "graphs." + graph
	if at.Path != "" {
		path = p.nodePath(graph, at.Path)
	}
	switch at.Role {
	case ir.RoleIn:
		path += ".#in"
	case ir.RoleEach:
		path += ".#each"
	case ir.RoleMap:
		path += ".#map"
	case ir.RoleFold:
		path += ".#fold"
	case ir.RoleInit:
		path += ".#init"
	case ir.RoleOn:
		path += ".#on"
	default:
		path += ".#output"
	}
	return strings.Join(append([]string{path}, at.Field...), ".")
}

// sorted ranges over a map by key.
func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// first gives the first of positions that is one.
func first(positions ...ir.Pos) ir.Pos {
	for _, pos := range positions {
		if pos.IsValid() {
			return pos
		}
	}
	return ir.Pos{}
}
