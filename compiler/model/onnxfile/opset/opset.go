// Package opset has the schemas of the operators that ONNX Runtime 1.32 knows:
// how many tensors each takes and gives, of which element types, and with which
// attributes.
//
// The schemas are in ort.txt, which schemas.py writes by asking the library. A
// line that begins with # is a set of element types, by the numbers of
// TensorProto.DataType; a + at its end is for other types than tensors. Any
// other line is a schema:
//
//	DOMAIN NAME SINCE INPUTS OUTPUTS IN,IN… OUT,OUT… ATTRIBUTE,ATTRIBUTE…
//
// A - after SINCE marks an operator that is not to be used from that version on, a
// ? one of which ONNX Runtime looks at nothing before it runs.
// INPUTS and OUTPUTS are MIN:MAX. IN and OUT are PARAMETER#SET, where equal
// parameters stand for one type, with ? for what may be left out, * for any
// number and ** for any number of any types. ATTRIBUTE is NAME:TYPE, with ! for
// one that is required; ... stands for any others.
package opset

import (
	_ "embed"
	"math"
	"strconv"
	"strings"
	"sync"
)

// Option says how often a formal input or output stands for tensors.
type Option int

// The options of formal inputs and outputs.
const (
	Single   Option = iota
	Optional        // may be left out, or be empty
	Variadic        // the last one: any number
)

// Formal is an input or output of a schema.
type Formal struct {
	// Param names a type that all formals with this name share, "" for none.
	Param  string
	Option Option
	// Mixed is whether the tensors of a Variadic may have different types.
	Mixed bool
	// Types has bit n set where tensors of TensorProto.DataType n fit.
	Types uint32
	// Others is whether sequences, maps or the like fit too.
	Others bool
}

// Attribute is an attribute of a schema.
type Attribute struct {
	// Type is that of AttributeProto.type, 0 where it is not known.
	Type     int
	Required bool
}

// Schema is one version of an operator.
type Schema struct {
	Since                        int64
	Deprecated                   bool
	Unchecked                    bool // nothing is compared with it
	MinIn, MaxIn, MinOut, MaxOut int
	In, Out                      []Formal
	Attributes                   map[string]Attribute
	AnyAttribute                 bool // also others than Attributes
}

//go:embed ort.txt
var text string

// index has the lines of ort.txt by set, and by domain and name.
var index = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(text) {
		domain, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(domain, "#") {
			m[domain] = []string{rest}
			continue
		}
		name, rest, _ := strings.Cut(rest, " ")
		m[domain+" "+name] = append(m[domain+" "+name], rest)
	}
	return m
})

// Lookup gives the schema that an operator has in a version of its domain, which
// is "" for ai.onnx; nil where there is none.
func Lookup(domain, name string, version int64) *Schema {
	if domain == "" {
		domain = "ai.onnx"
	}
	found := ""
	for _, line := range index()[domain+" "+name] { // in the order of versions
		since, _, _ := strings.Cut(line, " ")
		if n, err := strconv.ParseInt(strings.TrimRight(since, "-?"), 10, 64); err == nil && n <= version {
			found = line
		}
	}
	if found == "" {
		return nil
	}
	return parse(strings.Fields(found))
}

func parse(words []string) *Schema {
	s := &Schema{Attributes: map[string]Attribute{}}
	since := strings.TrimRight(words[0], "-?")
	s.Since = int64(number(since))
	s.Deprecated, s.Unchecked = words[0] == since+"-", words[0] == since+"?"
	s.MinIn, s.MaxIn = bounds(words[1])
	s.MinOut, s.MaxOut = bounds(words[2])
	s.In, s.Out = formals(words[3]), formals(words[4])
	if words[5] == "-" {
		return s
	}
	for a := range strings.SplitSeq(words[5], ",") {
		if a == "..." {
			s.AnyAttribute = true
			continue
		}
		name, typ, _ := strings.Cut(a, ":")
		typ, required := strings.CutSuffix(typ, "!")
		s.Attributes[name] = Attribute{Type: attributeTypes[typ], Required: required}
	}
	return s
}

// attributeTypes are the numbers of AttributeProto.AttributeType.
var attributeTypes = map[string]int{
	"f": 1, "i": 2, "s": 3, "t": 4, "g": 5, "F": 6, "I": 7, "S": 8, "T": 9, "G": 10, "p": 11, "P": 12, "y": 13, "Y": 14,
}

func formals(text string) (list []Formal) {
	if text == "-" {
		return nil
	}
	for f := range strings.SplitSeq(text, ",") {
		param, set, _ := strings.Cut(f, "#")
		formal := Formal{Param: param}
		switch rest := strings.TrimRight(set, "?*"); set[len(rest):] {
		case "?":
			formal.Option = Optional
		case "*":
			formal.Option = Variadic
		case "**":
			formal.Option, formal.Mixed = Variadic, true
		}
		codes, others := strings.CutSuffix(index()["#"+strings.TrimRight(set, "?*")][0], "+")
		formal.Others = others
		for code := range strings.SplitSeq(codes, ",") {
			if code != "" {
				formal.Types |= 1 << number(code)
			}
		}
		list = append(list, formal)
	}
	return list
}

func bounds(text string) (least, most int) {
	a, b, _ := strings.Cut(text, ":")
	if b == "inf" {
		return number(a), math.MaxInt
	}
	return number(a), number(b)
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
