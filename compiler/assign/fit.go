package assign

import "bentoc.dev/compiler/ir"

// Fitter decides whether one type fits another, over the IR alone. Types may be
// recursive: a question that comes up again while it is being answered counts as
// yes, so that two types fit unless some finite value tells them apart.
type Fitter struct {
	b *ir.Bento // of consumers
	// p is the bento of producers, wire how their values come; see [Across].
	p    *ir.Bento
	wire *Wire
	// sends: constants are held against what the producer sends.
	sends bool
	// open holds the questions being answered and those answered yes or checked
	// under them; log is the order in which they were added.
	open map[question]Result
	log  []question
	// fails holds questions answered no, which assumptions cannot change.
	fails map[question]Result
	// sizes are what the consumer's symbols stand for; from is what keeps the
	// producer's symbols apart from those of other producers.
	sizes *Sizes
	from  string
	// found are the sizes that the symbols stand for in the document at hand.
	found     map[string]int64
	documents bool // constants are what clients send, see AsSent
}

type question struct{ producer, consumer *ir.Type }

// New gives a fitter for types of b that shares sizes with no other.
func New(b *ir.Bento) *Fitter { return With(b, NewSizes(), "") }

// With gives a fitter for types of b that reads and binds sizes. From names the
// producer: two questions about one producer share its symbols.
func With(b *ir.Bento, sizes *Sizes, from string) *Fitter {
	return &Fitter{b: b, p: b, open: map[question]Result{}, fails: map[question]Result{}, sizes: sizes, from: from}
}

// Fit decides whether every value of p fits c.
func (f *Fitter) Fit(p, c *ir.Type) Result {
	if p == nil || c == nil {
		return sure() // not known: reported elsewhere, or pending
	}
	if p.Kind != ir.KindRef && c.Kind != ir.KindRef {
		return f.plain(p, c)
	}
	q := question{f.given(p), f.Named(c)}
	if q.producer == nil || q.consumer == nil {
		return Never("a type refers only to itself")
	}
	if a, ok := f.fails[q]; ok {
		return a
	}
	if a, ok := f.open[q]; ok {
		return a
	}
	mark := len(f.log)
	f.open[q], f.log = sure(), append(f.log, q)
	a := f.plain(q.producer, q.consumer)
	if a.Verdict == No {
		f.rewind(mark)
		f.fails[q] = a
		return a
	}
	f.open[q] = a
	return a
}

// Named follows references; the types that they end at are pointers of the IR,
// which makes questions about them comparable.
func (f *Fitter) Named(t *ir.Type) *ir.Type {
	t = f.b.Resolve(t)
	if t != nil && t.Kind == ir.KindRef {
		return nil
	}
	return t
}

// given is Named for a type of the producer.
func (f *Fitter) given(t *ir.Type) *ir.Type {
	t = f.p.Resolve(t)
	if t != nil && t.Kind == ir.KindRef {
		return nil
	}
	return t
}

// rewind forgets what was answered on an assumption that turned out wrong.
func (f *Fitter) rewind(mark int) {
	for _, q := range f.log[mark:] {
		delete(f.open, q)
	}
	f.log = f.log[:mark]
}

// plain decides for types that are no references.
func (f *Fitter) plain(p, c *ir.Type) Result {
	switch {
	case p.Kind == ir.KindUnion:
		return f.eachArm(p, c)
	case c.Kind == ir.KindUnion:
		return f.someArm(p, c)
	case len(p.Enum) > 0:
		return f.constants(p, c)
	case c.Kind == ir.KindAny:
		return f.intoAny(p)
	case p.Kind == ir.KindAny:
		return f.fromAny(c)
	case p.Kind == ir.KindObject && c.Kind == ir.KindMap:
		return f.objectIntoMap(p, c)
	case p.Kind == ir.KindMap && c.Kind == ir.KindObject && len(c.Entries) > 0:
		return f.mapIntoObject(p, c)
	case p.Kind != c.Kind && !(p.Kind == ir.KindInt && c.Kind == ir.KindFloat):
		return Never("%s does not fit %s", Describe(f.b, p), Describe(f.b, c))
	}
	return kinds[c.Kind].fit(f, p, c)
}

// constants decides exactly where the producer lists its values.
func (f *Fitter) constants(p, c *ir.Type) Result {
	fits, why := 0, Result{}
	for _, v := range p.Enum {
		if a := f.Conforms(v, c); a.Verdict == Fits {
			fits++
		} else if why.Why == "" {
			why = a
		}
	}
	switch {
	case fits == len(p.Enum):
		return sure()
	case fits == 0:
		return why
	}
	why.Verdict = FitsAtRunTime
	return why
}

// listed compares a producer that does not list its values with the values that
// the consumer allows.
func (f *Fitter) listed(p, c *ir.Type) Result {
	if len(c.Enum) == 0 {
		return sure()
	}
	if _, all := f.listsAll(p, c); all {
		return sure() // decided already
	}
	if _, all := f.language(p, c); all {
		return sure()
	}
	possible := 0
	for _, v := range c.Enum {
		if f.sender().Conforms(v, p).Verdict == Fits {
			possible++
		}
	}
	switch {
	case possible == 0:
		return Never("%s is none of %s", Describe(f.b, p), enumText(c.Enum))
	case p.Kind == ir.KindBool && possible == 2:
		return sure()
	}
	return maybe("only %s is allowed", enumText(c.Enum))
}

// intoAny: any JSON value is anything but a picture, a file or a tensor.
func (f *Fitter) intoAny(p *ir.Type) Result {
	bad := f.sender().notJSON(p, map[*ir.Type]bool{})
	if bad == nil {
		return sure()
	}
	return Never("%s is no JSON value", Describe(f.b, bad))
}

func (f *Fitter) fromAny(c *ir.Type) Result {
	if bad := f.notJSON(c, map[*ir.Type]bool{}); bad != nil {
		return Never("a value of any type does not fit %s", Describe(f.b, bad))
	}
	return unknown("a value of any type may not be %s", Describe(f.b, c))
}

// notJSON gives the first part of t that has no place in a JSON value that is
// passed on as it is.
func (f *Fitter) notJSON(t *ir.Type, seen map[*ir.Type]bool) *ir.Type {
	t = f.Named(t)
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	if kinds[t.Kind].apart {
		return t
	}
	parts := append([]*ir.Type{t.Elem}, t.Prefix...)
	parts = append(parts, t.Arms...)
	for _, field := range t.Fields {
		parts = append(parts, field.Type)
	}
	for _, e := range t.Entries {
		parts = append(parts, e.Elem)
	}
	for _, part := range parts {
		if bad := f.notJSON(part, seen); bad != nil {
			return bad
		}
	}
	return nil
}
