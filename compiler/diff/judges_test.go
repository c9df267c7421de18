package diff

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
)

var (
	pairsFlag = flag.Int("pairs", 60, "how many random pairs of types the judges see")
	seedFlag  = flag.Uint64("seed", 1, "what they are made of")
	outFlag   = flag.String("pairs-out", "", "a file for the judges that are no Go programs, a pair a line")
)

const cueHead = "import (\n\t\"list\"\n\t\"math\"\n\t\"strings\"\n\t\"struct\"\n)\n_use: [list.Sum([]), math.Pi, strings.ToUpper(\"\"), struct.MaxFields(1)]\n"

// cueJudge is the CUE evaluator, which knows nothing of package assign.
type cueJudge struct {
	ctx *cue.Context
	v   cue.Value
}

func newCUE(ctx *cue.Context, t *ir.Type, types map[string]*ir.Type, r reading) (*cueJudge, error) {
	var s strings.Builder
	s.WriteString(cueHead)
	for _, name := range []string{"Tree", "Point"} {
		fmt.Fprintf(&s, "#%s: %s\n", name, cueText(types[name], r))
	}
	fmt.Fprintf(&s, "#T: f!: %s\n", cueText(t, r))
	v := ctx.CompileString(s.String())
	if err := v.Err(); err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, s.String())
	}
	return &cueJudge{ctx, v.LookupPath(cue.ParsePath("#T"))}, nil
}

func (j *cueJudge) takes(doc string) bool {
	in := j.ctx.CompileString(`{"f": ` + doc + `}`)
	return in.Err() == nil && j.v.Unify(in).Validate(cue.Concrete(true), cue.Final()) == nil
}

// namedTypes are what the random types refer to.
func namedTypes(r *family) map[string]*ir.Type {
	tree := &ir.Type{Kind: ir.KindObject, Fields: []ir.Field{
		{Name: "n", Type: &ir.Type{Kind: ir.KindInt}, Required: true},
		{Name: "kids", Type: &ir.Type{Kind: ir.KindList, Elem: &ir.Type{Kind: ir.KindRef, Ref: "Tree"}}, Required: true},
	}}
	point := &ir.Type{Kind: ir.KindObject, Fields: []ir.Field{
		{Name: "x", Type: &ir.Type{Kind: ir.KindFloat}, Required: true}, {Name: "y", Type: &ir.Type{Kind: ir.KindFloat}},
	}}
	if r != nil && r.one(3) {
		r.constrain(tree.Fields[0].Type)
	}
	if r != nil && r.one(3) {
		r.constrain(point.Fields[0].Type)
	}
	return map[string]*ir.Type{"Tree": tree, "Point": point}
}

// randomPair is two types, one of which may have come of the other.
type randomPair struct {
	old, new *ir.Bento
	how      []string
	strict   bool
	request  bool
}

func (p randomPair) types() (old, new *ir.Type) {
	if p.request {
		return p.old.Runners["r"].Input, p.new.Runners["r"].Input
	}
	return p.old.Runners["r"].Output, p.new.Runners["r"].Output
}

func newPair(r *family) randomPair {
	p := randomPair{request: r.one(2), strict: r.one(3)}
	old, new := namedTypes(nil), namedTypes(nil)
	if r.one(4) {
		new = namedTypes(r)
		p.how = append(p.how, "named types")
	}
	r.types = old
	a := r.object(3)
	for !r.right(a) {
		a = r.object(3)
	}
	r.types = new
	b, how := r.edit(a)
	p.how = append(p.how, how...)
	for r.one(8) || !r.right(b) {
		b, p.how = r.object(3), []string{"another type"}
	}
	p.old, p.new = ended("{}", "{}", nil), ended("{}", "{}", nil)
	for i, t := range []*ir.Type{a, b} {
		side := []*ir.Bento{p.old, p.new}[i]
		side.Types = []map[string]*ir.Type{old, new}[i]
		side.Services["s"].Endpoints["e"].Strict = p.strict
		if p.request {
			side.Runners["r"].Input = t
		} else {
			side.Runners["r"].Output = t
		}
	}
	return p
}

// seen counts what the judges saw.
type seen struct {
	sync.Mutex
	pairs, documents, apart, safe, risky, breaking, onlyRisky int
	how                                                       map[string]int
}

// TestJudges makes random pairs of types and holds what is said of them against the CUE
// evaluator: where a document shows that less fits than before, somebody is warned, and
// each break has a document that shows it.
func TestJudges(t *testing.T) {
	t.Parallel()
	count := &seen{how: map[string]int{}}
	var out *os.File
	if *outFlag != "" {
		var err error
		if out, err = os.Create(*outFlag); err != nil {
			t.Fatal(err)
		}
		defer out.Close()
	}
	const each = 200
	var wait sync.WaitGroup
	parts := make(chan int)
	for range 2 {
		wait.Go(func() {
			for part := range parts {
				r := &family{Rand: rand.New(rand.NewPCG(*seedFlag, uint64(part))), json: true}
				ctx := cuecontext.New() // it keeps all that it has seen
				for range min(each, *pairsFlag-part*each) {
					judgePair(t, ctx, r, count, out)
				}
			}
		})
	}
	for part := range (*pairsFlag + each - 1) / each {
		parts <- part
	}
	close(parts)
	wait.Wait()
	t.Logf("seed %d: %d pairs, %d documents, CUE tells %d pairs apart; worst %d safe, %d risky, %d breaking; of those that CUE tells apart %d are only risky",
		*seedFlag, count.pairs, count.documents, count.apart, count.safe, count.risky, count.breaking, count.onlyRisky)
	for _, e := range edits {
		if count.how[e.name] == 0 && count.pairs > 2000 {
			t.Errorf("no pair had the edit %q", e.name)
		}
	}
}

func judgePair(t *testing.T, ctx *cue.Context, r *family, count *seen, out *os.File) {
	p := newPair(r)
	report, err := Compare(Side{Name: "old", Bento: p.old}, Side{Name: "new", Bento: p.new}, Options{})
	if err != nil {
		t.Error(err)
		return
	}
	old, new := p.types()
	from, to, fromTypes, toTypes := old, new, p.old.Types, p.new.Types
	if !p.request {
		from, to, fromTypes, toTypes = new, old, p.new.Types, p.old.Types
	}
	sender, err := newCUE(ctx, from, fromTypes, reading{full: !p.request})
	if err != nil {
		t.Error(err)
		return
	}
	reader, err := newCUE(ctx, to, toTypes, reading{open: !p.request || !p.strict})
	if err != nil {
		t.Error(err)
		return
	}
	show := func() string {
		a, b := cueText(old, reading{}), cueText(new, reading{})
		s := fmt.Sprintf("request %v strict %v %q\n  %s\n  %s", p.request, p.strict, p.how, a, b)
		for _, f := range report.Findings {
			s += fmt.Sprintf("\n  %s %s %s: %s", f.Severity, f.Rule, f.Path, f.Reason)
		}
		return s
	}
	documents, shows := 0, ""
	for i := range 24 {
		r.types = fromTypes
		of := from
		if i%3 == 2 {
			r.types, of = toTypes, to
		}
		doc := r.doc(of, 4, !p.request)
		documents++
		if sender.takes(doc) && !reader.takes(doc) {
			shows = doc
			break
		}
	}
	worst := worstOf(report)
	if shows != "" && worst != Breaking && worst != Risky {
		t.Errorf("%s shows a break that nothing is said of:\n%s", shows, show())
	}
	for _, f := range report.Findings {
		switch {
		case f.Severity == Breaking && f.Witness == nil:
			t.Errorf("%s is breaking without a witness:\n%s", f.Rule, show())
		case f.Witness != nil && f.Witness.Kind != Positional:
			if doc := string(f.Witness.Value); !sender.takes(doc) || reader.takes(doc) {
				t.Errorf("the witness %s of %s: sent %v, read %v:\n%s", doc, f.Rule, sender.takes(doc), reader.takes(doc), show())
			}
		}
	}
	count.Lock()
	defer count.Unlock()
	count.pairs++
	count.documents += documents
	for _, how := range p.how {
		count.how[how]++
	}
	switch worst {
	case Breaking:
		count.breaking++
	case Risky:
		count.risky++
	default:
		count.safe++
	}
	if shows != "" {
		count.apart++
		if worst == Risky {
			count.onlyRisky++
		}
	}
	if out != nil {
		writePair(t, out, p, report, worst)
	}
}

// worstOf is the worst of what concerns types alone: defaults and orders are no matter
// of what is taken.
func worstOf(r *Report) (worst Severity) {
	for _, s := range Severities {
		for _, f := range r.Findings {
			if f.Severity == s && !slices.Contains([]string{"request-default-changed", "answer-default-changed", "request-fields-reordered", "request-form-text"}, f.Rule) {
				return s
			}
		}
	}
	return Safe
}

// writePair writes what judges that are no Go programs are asked: both schemas, who reads
// whom, and what is said.
func writePair(t *testing.T, out *os.File, p randomPair, report *Report, worst Severity) {
	line := map[string]any{"bentos": map[string]*ir.Bento{"old": p.old, "new": p.new}, "request": p.request, "strict": p.strict, "how": p.how, "worst": worst}
	for name, b := range map[string]*ir.Bento{"old": p.old, "new": p.new} {
		schema, err := gen.JSONSchema(b)
		if err != nil && strings.Contains(err.Error(), "cannot be generated") {
			return // no bento has the type
		}
		if err != nil {
			t.Error(err)
			return
		}
		line[name] = json.RawMessage(schema)
	}
	var witnesses []json.RawMessage
	for _, f := range report.Findings {
		if f.Witness != nil && f.Witness.Kind != Positional {
			witnesses = append(witnesses, f.Witness.Value)
		}
	}
	line["witnesses"], line["findings"] = witnesses, report.Findings
	text, err := json.Marshal(line)
	if err != nil {
		t.Error(err)
		return
	}
	fmt.Fprintf(out, "%s\n", text)
}

// TestOtherTypes does the same for what CUE has no words for: nothing is breaking without
// a witness that both types were asked about.
func TestOtherTypes(t *testing.T) {
	t.Parallel()
	r := &family{Rand: rand.New(rand.NewPCG(*seedFlag, 1<<40)), json: false}
	for range *pairsFlag {
		p := newPair(r)
		report, err := Compare(Side{Name: "old", Bento: p.old}, Side{Name: "new", Bento: p.new}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Findings {
			if f.Severity == Breaking && f.Witness == nil {
				t.Errorf("%+v has no witness", f)
			}
		}
	}
}
