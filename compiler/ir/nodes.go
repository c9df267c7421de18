package ir

// Node is one step of a graph. Exactly one of Call, Graph, Map, Fold, On and Choose says what it
// does; an arm of a switch or a choice is a node that has Output.
type Node struct {
	Name string `json:"name"`
	Doc  string `json:"doc,omitempty"`

	Call  string `json:"call,omitempty"`  // name of a runner
	Graph string `json:"graph,omitempty"` // name of a nested graph
	In    *Value `json:"in,omitempty"`    // argument of Call and Graph, an object

	// Map is the list that the node maps over; Nodes run once an item and Each
	// is what an item becomes. The node's output is the list of Each.
	Map   *Value  `json:"map,omitempty"`
	Nodes []*Node `json:"nodes,omitempty"`
	Each  *Value  `json:"each,omitempty"`
	// Parallelism is how many items of Map run at the same time; 0: the server decides.
	Parallelism int `json:"parallelism,omitempty"`

	// Fold is the list that the node makes one value of, of the type Out: Init, or what
	// Each gave for the last item. Nodes run once an item.
	Fold *Value `json:"fold,omitempty"`
	Init *Value `json:"init,omitempty"`

	// On is the value by which the node chooses one of Arms, of which no two match the
	// same. Nodes of an arm run only where it is chosen. Out is the type that what every
	// arm gives fits, and the type of the node's output.
	On   *Value  `json:"on,omitempty"`
	Out  *Type   `json:"out,omitempty"`
	Arms []*Node `json:"arms,omitempty"` // in the order declared

	// Choose is there where one of Arms is chosen by the weights of these, or by a header.
	Choose *Choose `json:"choose,omitempty"`

	// Output is what an arm gives. Match is what the values are that choose the arm;
	// nil for the one that takes what no other arm matches, see [DefaultArm].
	Output *Value `json:"output,omitempty"`
	Match  *Type  `json:"match,omitempty"`

	// Weight is an arm's share of the requests of Choose, among those that no header sends
	// elsewhere. Values are what the header says of those that it sends to the arm.
	Weight float64  `json:"weight,omitempty"`
	Values []string `json:"values,omitempty"`

	// Item is the type of one item of Map or Fold, Result the type of the node's output;
	// the checks fill both in.
	Item   *Type `json:"item,omitempty"`
	Result *Type `json:"result,omitempty"`

	// TimeoutMs is how long one attempt of the node may take, in milliseconds; 0: as long
	// as the request. Retry is nil where a node that fails is not tried again. Fallback is
	// an arm that gives the node's result where that fails in the end, see [FallbackArm];
	// nil: none does. All three are for nodes with an argument.
	TimeoutMs float64 `json:"timeoutMs,omitempty"`
	Retry     *Retry  `json:"retry,omitempty"`
	Fallback  *Node   `json:"fallback,omitempty"`

	// Mirror is a second runner that sees a share of what Call takes; nil: none does.
	Mirror *Mirror `json:"mirror,omitempty"`

	// Cache keeps what Call gives; nil: nothing does.
	Cache *Cache `json:"cache,omitempty"`

	Pos Pos `json:"-"`
}

// Retry says how often a node is tried that fails. The pause before the second attempt is
// InitialBackoffMs, in milliseconds, and each further one is twice as long.
type Retry struct {
	MaxAttempts      int     `json:"maxAttempts"` // the first included
	InitialBackoffMs float64 `json:"initialBackoffMs"`
	Pos              Pos     `json:"-"`
}

// Mirror says what a second runner sees of a node, and how what it gives is compared.
type Mirror struct {
	Call        string  `json:"call"` // name of the runner
	Share       float64 `json:"share"`
	Tolerance   float64 `json:"tolerance,omitempty"`
	TimeoutMs   float64 `json:"timeoutMs"` // milliseconds
	MaxInFlight int     `json:"maxInFlight"`
	Pos         Pos     `json:"-"`
}

// Cache says what is kept of answers, of a node or an endpoint.
type Cache struct {
	TTLMs    float64 `json:"ttlMs"` // milliseconds, from when a run began
	MaxBytes int64   `json:"maxBytes"`
	Pos      Pos     `json:"-"`
}

// Choose says by what a request is sent to an arm besides the arms' weights. Key is a header
// of whose values each has one arm; Header one whose values arms name; "" is none.
type Choose struct {
	Key    string `json:"key,omitempty"`
	Header string `json:"header,omitempty"`
	Pos    Pos    `json:"-"`
}

// Parts gives the arms that belong to n: those of a switch or a choice, and the fallback.
func (n *Node) Parts() []*Node {
	if n.Fallback == nil {
		return n.Arms
	}
	return append(n.Arms[:len(n.Arms):len(n.Arms)], n.Fallback)
}

// Guarded tells whether something is done about a node that fails or is slow.
func (n *Node) Guarded() bool { return n.TimeoutMs > 0 || n.Retry != nil || n.Fallback != nil }

// NodeKind is what a node does.
type NodeKind string

// The kinds of nodes.
const (
	NodeCall  NodeKind = "call"  // calls a runner
	NodeGraph NodeKind = "graph" // runs a nested graph
	NodeMap   NodeKind = "map"   // runs nodes once an item of a list
	NodeFold  NodeKind = "fold"  // makes one value of a list, by nodes that run once an item

	NodeSwitch NodeKind = "switch" // runs the nodes of one of several arms
	NodeChoose NodeKind = "choose" // runs those of one that a request is sent to by weight or header
	NodeArm    NodeKind = "arm"    // one arm of a switch or a choice: a part of it, and no node by itself
)

// DefaultArm is the name of the arm that takes what no other arm matches.
const DefaultArm = "default"

// FallbackArm is the name of the arm that is a node's fallback.
const FallbackArm = "fallback"

// nodeKind is one kind of node. All that the rest of the IR asks of a node, it asks of
// its row; load, check and gen have rows of their own.
type nodeKind struct {
	kind NodeKind
	is   func(*Node) bool // whether a node says that it is one
	// runners and graphs name what the node runs, list is what its #item is an item
	// of; nil where there is none.
	runners, graphs func(*Node) []string
	list            func(*Node) *Value
	// takes is the type of #in and where that is declared, nil for one that is not
	// known; where takes is nil a node has no #in.
	takes func(b *Bento, n *Node) (*Type, Pos)
	// inside: a node has nodes of its own.
	inside bool
	// part: such a node is a part of another one, and stands nowhere else.
	part   bool
	result func(s *Scope, path string, n *Node) *Type
}

// nodeKinds has a row for each kind.
var nodeKinds []nodeKind

func init() { // a result is inferred from those of other nodes
	nodeKinds = []nodeKind{
		{
			kind: NodeCall, is: func(n *Node) bool { return n.Call != "" },
			runners: func(n *Node) []string { return []string{n.Call} },
			takes: func(b *Bento, n *Node) (*Type, Pos) {
				if r := b.Runners[n.Call]; r != nil {
					return b.RunnerInput(n.Call), r.Pos
				}
				return nil, Pos{}
			},
			result: func(s *Scope, _ string, n *Node) *Type { return s.b.RunnerOutput(n.Call) },
		},
		{
			kind: NodeGraph, is: func(n *Node) bool { return n.Graph != "" },
			graphs: func(n *Node) []string { return []string{n.Graph} },
			takes: func(b *Bento, n *Node) (*Type, Pos) {
				if g := b.Graphs[n.Graph]; g != nil {
					return g.Input, g.Pos
				}
				return nil, Pos{}
			},
			result: func(s *Scope, _ string, n *Node) *Type { return s.nested(n.Graph) },
		},
		{
			kind: NodeMap, is: func(n *Node) bool { return n.Map != nil },
			list:   func(n *Node) *Value { return n.Map },
			inside: true,
			result: (*Scope).mapped,
		},
		{
			kind: NodeFold, is: func(n *Node) bool { return n.Fold != nil },
			list:   func(n *Node) *Value { return n.Fold },
			inside: true,
			result: func(_ *Scope, _ string, n *Node) *Type { return n.Out },
		},
		{
			kind: NodeSwitch, is: func(n *Node) bool { return n.On != nil },
			result: func(_ *Scope, _ string, n *Node) *Type { return n.Out },
		},
		{
			kind: NodeChoose, is: func(n *Node) bool { return n.Choose != nil },
			result: func(_ *Scope, _ string, n *Node) *Type { return n.Out },
		},
		{
			kind: NodeArm, is: func(n *Node) bool { return n.Output != nil },
			inside: true, part: true,
			result: func(s *Scope, _ string, n *Node) *Type { return s.TypeOf(n.Output).Type },
		},
	}
}

// NodeKinds lists every kind that is no part of another.
func NodeKinds() (all []NodeKind) {
	for _, k := range nodeKinds {
		if !k.part {
			all = append(all, k.kind)
		}
	}
	return all
}

// NodeKindsText lists the fields of every kind for a sentence: call, graph, #map and so on.
func NodeKindsText() string {
	text := ""
	for i, k := range NodeKinds() {
		switch {
		case i > 0 && i == len(NodeKinds())-1:
			text += " and "
		case i > 0:
			text += ", "
		}
		text += k.Field()
	}
	return text
}

// Field is what the field of a kind is called in CUE: what has a value only when a
// request runs is a definition there.
func (k NodeKind) Field() string {
	switch k {
	case NodeMap:
		return "#map"
	case NodeFold:
		return "#fold"
	case NodeSwitch:
		return "#on"
	}
	return string(k)
}

// Kinds gives what n says that it does: one kind, unless n is a mistake.
func (n *Node) Kinds() (is []NodeKind) {
	for _, k := range nodeKinds {
		if k.is(n) {
			is = append(is, k.kind)
		}
	}
	return is
}

// Kind gives the kind of n, the first where it has several, "" where it has none.
func (n *Node) Kind() NodeKind { return n.row().kind }

func (n *Node) row() nodeKind {
	for _, k := range nodeKinds {
		if k.is(n) {
			return k
		}
	}
	return nodeKind{}
}

// Runners names the runners that n itself calls, the one that mirrors it last.
func (n *Node) Runners() []string {
	all := of(n, n.row().runners)
	if n.Mirror != nil {
		return append(all, n.Mirror.Call)
	}
	return all
}

// Graphs names the graphs that n itself runs.
func (n *Node) Graphs() []string { return of(n, n.row().graphs) }

// List is the list that #item is an item of, nil for a node that has no #item.
func (n *Node) List() *Value { return of(n, n.row().list) }

// Argument gives the type of n's #in and where that is declared, nil where it is not
// known or has none.
func (n *Node) Argument(b *Bento) (*Type, Pos) {
	if takes := n.row().takes; takes != nil {
		return takes(b, n)
	}
	return nil, Pos{}
}

// TakesArgument tells whether nodes of the kind have an #in.
func (k NodeKind) TakesArgument() bool { return k.row().takes != nil }

// HasNodes tells whether nodes of the kind have nodes inside.
func (k NodeKind) HasNodes() bool { return k.row().inside }

func (k NodeKind) row() nodeKind {
	for _, r := range nodeKinds {
		if r.kind == k {
			return r
		}
	}
	return nodeKind{}
}

func of[T any](n *Node, f func(*Node) T) (none T) {
	if f == nil {
		return none
	}
	return f(n)
}

// Role tells which part of a graph a value stands in.
type Role string

// The roles.
const (
	RoleIn     Role = "in"     // the argument of a call or of a nested graph
	RoleMap    Role = "map"    // the list that a map node maps over
	RoleEach   Role = "each"   // what an item of a map node becomes, or the value of a fold node by it
	RoleFold   Role = "fold"   // the list of a fold node
	RoleInit   Role = "init"   // what a fold node begins with
	RoleOn     Role = "on"     // what a switch chooses by
	RoleOutput Role = "output" // what the graph gives back, or an arm
)

// nodeSlot is a value that a node may hold.
type nodeSlot struct {
	role  Role
	value func(*Node) *Value
	inner bool // the value stands in the node's own scope, not in the one around it
}

// nodeSlots has a row for each, in the order in which they are walked.
var nodeSlots = []nodeSlot{
	{RoleIn, func(n *Node) *Value { return n.In }, false},
	{RoleMap, func(n *Node) *Value { return n.Map }, false},
	{RoleEach, func(n *Node) *Value { return n.Each }, true},
	{RoleFold, func(n *Node) *Value { return n.Fold }, false},
	{RoleInit, func(n *Node) *Value { return n.Init }, false},
	{RoleOn, func(n *Node) *Value { return n.On }, false},
	{RoleOutput, func(n *Node) *Value { return n.Output }, true},
}
