package ir

// Graph is a typed DAG of nodes. Edges are the [Value]s in the nodes' In, in Map
// and Each of map nodes, and in Output.
type Graph struct {
	Doc    string  `json:"doc,omitempty"`
	Input  *Type   `json:"input"`            // an object, or another type for a root input
	Nodes  []*Node `json:"nodes"`            // in the order declared
	Output *Value  `json:"output"`           //
	Result *Type   `json:"result,omitempty"` // type of Output; the checks fill it in
	Pos    Pos     `json:"-"`
}

// Value says where a run-time value comes from. Exactly one field is set.
type Value struct {
	Edge   *Edge        `json:"edge,omitempty"`   // a reference
	Const  Const        `json:"const,omitempty"`  // a constant
	Object []ValueField `json:"object,omitempty"` // an object made of values, in the order declared
	List   []*Value     `json:"list,omitempty"`
	// Empty marks an object or a list without members: "object" or "list".
	Empty string `json:"empty,omitempty"`

	// Declared is a type that the user wrote beside the value, such as
	// `text: string & nodes.spell.#out.text` in #output; nil where none is.
	Declared *Type `json:"declared,omitempty"`

	Pos Pos `json:"-"`
}

// ValueField is one member of an object value.
type ValueField struct {
	Name  string `json:"name"`
	Value *Value `json:"value"`
	Doc   string `json:"doc,omitempty"`
	// Deprecated is for a field of what the graph gives back, see [Field].
	Deprecated *Deprecation `json:"deprecated,omitempty"`
	Pos        Pos          `json:"-"`
}

// EdgeFrom tells what an edge begins at.
type EdgeFrom string

// The origins of an edge.
const (
	FromInput EdgeFrom = "input" // the graph's #input
	FromNode  EdgeFrom = "node"  // a node's #out
	FromItem  EdgeFrom = "item"  // the #item of a map or fold node around the place of use
	FromAcc   EdgeFrom = "acc"   // the #acc of a fold node around the place of use
)

// Edge is a reference to a run-time value: #input, #out or #item, or a field
// below one.
type Edge struct {
	From EdgeFrom `json:"from"`
	// Node is the path of the node within its graph, such as "lines/recognise"
	// for a node inside the map node lines; "" for FromInput.
	Node string   `json:"node,omitempty"`
	Path []string `json:"path,omitempty"` // fields below
	// Check is set by the checks where the producer's type does not always fit
	// the consumer's: the server checks the value against this type then. Its
	// symbols stand for the same sizes in all of a node's inputs; those inside a
	// list or a map, in one item.
	Check *Type `json:"check,omitempty"`
	Pos   Pos   `json:"-"`
}
