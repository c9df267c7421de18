package check

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

// verdict says how far the values of a producer fit a consumer.
type verdict int

const (
	no      verdict = iota // some kind of value never fits: a mistake
	checked                // values may or may not fit: the server looks
	yes                    // every value fits
)

// answer is a verdict with, unless it is yes, the reason and where inside the
// types it lies, such as "[].box".
type answer struct {
	verdict verdict
	at      string
	why     string
}

func sure() answer { return answer{verdict: yes} }

func never(format string, args ...any) answer {
	return answer{verdict: no, why: fmt.Sprintf(format, args...)}
}

func maybe(format string, args ...any) answer {
	return answer{verdict: checked, why: fmt.Sprintf(format, args...)}
}

// and is the answer of a whole with two parts: the worse, and the first of equals.
func (a answer) and(b answer) answer {
	if b.verdict < a.verdict {
		return b
	}
	return a
}

// in moves an answer into a part of the whole.
func (a answer) in(part string) answer {
	a.at = part + a.at
	return a
}

// String writes the reason for people.
func (a answer) String() string {
	if a.at == "" {
		return a.why
	}
	return a.at + ": " + a.why
}

// fitter decides whether one type fits another, over the IR alone. Types may be
// recursive: a question that comes up again while it is being answered counts as
// yes, so that two types fit unless some finite value tells them apart.
type fitter struct {
	b *ir.Bento
	// open holds the questions being answered and those answered yes or checked
	// under them; log is the order in which they were added.
	open map[question]answer
	log  []question
	// fails holds questions answered no, which assumptions cannot change.
	fails map[question]answer
	// dims are the sizes that the consumer's symbols stand for; from is what
	// keeps the producer's symbols apart from those of other producers.
	dims *dims
	from string
}

type question struct{ producer, consumer *ir.Type }

func newFitter(b *ir.Bento) *fitter {
	return &fitter{b: b, open: map[question]answer{}, fails: map[question]answer{}, dims: newDims()}
}

// fit decides whether every value of p fits c.
func (f *fitter) fit(p, c *ir.Type) answer {
	if p == nil || c == nil {
		return sure() // not known: reported elsewhere, or pending
	}
	if p.Kind != ir.KindRef && c.Kind != ir.KindRef {
		return f.plain(p, c)
	}
	q := question{f.named(p), f.named(c)}
	if q.producer == nil || q.consumer == nil {
		return never("a type refers only to itself")
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
	if a.verdict == no {
		f.rewind(mark)
		f.fails[q] = a
		return a
	}
	f.open[q] = a
	return a
}

// named follows references; the types that they end at are pointers of the IR,
// which makes questions about them comparable.
func (f *fitter) named(t *ir.Type) *ir.Type {
	t = f.b.Resolve(t)
	if t != nil && t.Kind == ir.KindRef {
		return nil
	}
	return t
}

// rewind forgets what was answered on an assumption that turned out wrong.
func (f *fitter) rewind(mark int) {
	for _, q := range f.log[mark:] {
		delete(f.open, q)
	}
	f.log = f.log[:mark]
}

// plain decides for types that are no references.
func (f *fitter) plain(p, c *ir.Type) answer {
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
	case p.Kind != c.Kind && !(p.Kind == ir.KindInt && c.Kind == ir.KindFloat):
		return never("%s does not fit %s", describe(f.b, p), describe(f.b, c))
	}
	switch c.Kind {
	case ir.KindInt, ir.KindFloat:
		return f.number(p, c).and(f.listed(p, c))
	case ir.KindBool, ir.KindString, ir.KindBytes:
		return f.text(p, c).and(f.listed(p, c))
	case ir.KindList:
		return f.list(p, c)
	case ir.KindMap:
		return f.length(p.MinLen, p.MaxLen, c, "entries").and(f.item(p.Elem, c.Elem).in("[]"))
	case ir.KindObject:
		return f.object(p, c)
	case ir.KindTensor:
		return f.tensor(p, c)
	case ir.KindImage, ir.KindFile:
		return f.media(p, c)
	}
	return sure() // null
}

// constants decides exactly where the producer lists its values.
func (f *fitter) constants(p, c *ir.Type) answer {
	fits, why := 0, answer{}
	for _, v := range p.Enum {
		if a := f.conforms(v, c); a.verdict == yes {
			fits++
		} else if why.why == "" {
			why = a
		}
	}
	switch {
	case fits == len(p.Enum):
		return sure()
	case fits == 0:
		return why
	}
	why.verdict = checked
	return why
}

// listed compares a producer that does not list its values with the values that
// the consumer allows.
func (f *fitter) listed(p, c *ir.Type) answer {
	if len(c.Enum) == 0 {
		return sure()
	}
	possible := 0
	for _, v := range c.Enum {
		if f.conforms(v, p).verdict == yes {
			possible++
		}
	}
	switch {
	case possible == 0:
		return never("%s is none of %s", describe(f.b, p), enumText(c.Enum))
	case p.Kind == ir.KindBool && possible == 2:
		return sure()
	}
	return maybe("only %s is allowed", enumText(c.Enum))
}

// intoAny: any JSON value is anything but a picture, a file or a tensor.
func (f *fitter) intoAny(p *ir.Type) answer {
	bad := f.notJSON(p, map[*ir.Type]bool{})
	if bad == nil {
		return sure()
	}
	return never("%s is no JSON value", describe(f.b, bad))
}

func (f *fitter) fromAny(c *ir.Type) answer {
	if bad := f.notJSON(c, map[*ir.Type]bool{}); bad != nil {
		return never("a value of any type does not fit %s", describe(f.b, bad))
	}
	return maybe("a value of any type may not be %s", describe(f.b, c))
}

// notJSON gives the first part of t that has no place in a JSON value that is
// passed on as it is.
func (f *fitter) notJSON(t *ir.Type, seen map[*ir.Type]bool) *ir.Type {
	t = f.named(t)
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	switch t.Kind {
	case ir.KindTensor, ir.KindImage, ir.KindFile:
		return t
	}
	parts := append([]*ir.Type{t.Elem}, t.Prefix...)
	parts = append(parts, t.Arms...)
	for _, field := range t.Fields {
		parts = append(parts, field.Type)
	}
	for _, part := range parts {
		if bad := f.notJSON(part, seen); bad != nil {
			return bad
		}
	}
	return nil
}
