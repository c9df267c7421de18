// Package cases makes the golden cases of a bento ready to be asked: it puts together
// what their fields and files say. Who asks, and judges the answers, is not its
// business: a built server by HTTP, or the server itself before it is ready.
package cases

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"time"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Case is one golden case.
type Case struct {
	Name              string
	Service, Endpoint string
	Route             string
	Request           []byte // JSON
	Status            int
	// Want is the answer; nil where the status is all that is judged. Inline says that
	// bento.cue has it, in JSON, whatever the endpoint answers in.
	Want       []byte
	Inline     bool
	Tolerance  float64
	MaxLatency time.Duration
	Ready      bool
	// Record is the file of the module that the answer is written into, "" where
	// bento.cue has it; Recorded is false where there is no such file yet.
	Record   string
	Recorded bool
	Pos      ir.Pos
}

// largest bounds what a case sends: a request of the server's default size.
const largest = 32 << 20

// Read gives the cases of b, by name; module is the root of its CUE module.
func Read(module fs.FS, b *ir.Bento) ([]Case, error) {
	var all []Case
	for _, name := range slices.Sorted(maps.Keys(b.Tests)) {
		c, err := read(module, b, name, b.Tests[name])
		if err != nil {
			return nil, fmt.Errorf("golden case %s: %w", name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func read(module fs.FS, b *ir.Bento, name string, t *ir.Test) (c Case, err error) {
	e := b.Tested(t)
	c = Case{
		Name: name, Service: t.Service, Endpoint: t.Endpoint, Route: e.Route, Status: t.Status, Ready: t.Ready,
		MaxLatency: time.Duration(t.MaxLatencyMs) * time.Millisecond, Record: t.OutputFile, Pos: t.Pos,
	}
	if c.Status == 0 {
		c.Status = 200
	}
	if t.Tolerance != "" {
		if c.Tolerance, err = strconv.ParseFloat(t.Tolerance, 64); err != nil {
			return c, fmt.Errorf("reading the tolerance: %w", err)
		}
	}
	if c.Request, err = request(module, t); err != nil {
		return c, err
	}
	if t.OutputFile == "" {
		c.Want, c.Inline, c.Recorded = t.Output, true, true
		return c, nil
	}
	c.Want, err = readFile(module, t.OutputFile)
	if c.Recorded = err == nil; errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	return c, err
}

// request gives the document that a case sends: its input, with its files in base64.
func request(module fs.FS, t *ir.Test) ([]byte, error) {
	doc := []byte(t.Input)
	if t.InputFile != "" {
		var err error
		if doc, err = readFile(module, t.InputFile); err != nil {
			return nil, err
		}
		doc = bytes.TrimPrefix(doc, []byte("\ufeff"))
	}
	if len(t.Files) == 0 && doc != nil {
		return doc, nil
	}
	fields := map[string]json.RawMessage{}
	if doc != nil {
		if err := json.Unmarshal(doc, &fields); err != nil {
			return nil, fmt.Errorf("reading the input, which files are added to: %w", err)
		}
	}
	for field, name := range t.Files {
		data, err := readFile(module, name)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(base64.StdEncoding.EncodeToString(data))
		if err != nil {
			return nil, err
		}
		fields[field] = text
	}
	return json.Marshal(fields)
}

func readFile(module fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(module, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > largest {
		return nil, fmt.Errorf("%s has %d bytes, more than a golden case sends", name, info.Size())
	}
	return fs.ReadFile(module, name)
}

// carried is a case as a server carries it: golden.Case of the runtime.
type carried struct {
	Name       string          `json:"name"`
	Service    string          `json:"service"`
	Endpoint   string          `json:"endpoint"`
	Request    json.RawMessage `json:"request"`
	Want       []byte          `json:"want"`
	Inline     bool            `json:"inline,omitempty"`
	Tolerance  float64         `json:"tolerance,omitempty"`
	MaxLatency time.Duration   `json:"maxLatency,omitempty"`
}

// mostCarried bounds, in bytes, what a server carries of one case.
const mostCarried = 1 << 20

// Carried gives, as JSON, the cases that the server asks itself before it is ready; nil
// where there are none. What it could not judge is an error at the case's line.
func Carried(all []Case) ([]byte, error) {
	var own []carried
	var diags diag.List
	for _, c := range all {
		switch path := "bento.tests." + c.Name; {
		case !c.Ready:
			continue
		case !c.Recorded:
			diags.Errorf(diag.MissingFile, c.Pos, path+".outputFile", "there is no file %s in the module, and the server needs the answer", c.Record).
				Hintf("bentoc test --update writes it while ready is false")
		case len(c.Request)+len(c.Want) > mostCarried:
			diags.Errorf(diag.BadValue, c.Pos, path+".ready", "the case has %d bytes, more than a server carries", len(c.Request)+len(c.Want)).
				Hintf("leave ready out; bentoc test asks for it")
		}
		own = append(own, carried{c.Name, c.Service, c.Endpoint, c.Request, c.Want, c.Inline, c.Tolerance, c.MaxLatency})
	}
	if diags.HasErrors() || len(own) == 0 {
		return nil, diags.Err()
	}
	data, err := json.MarshalIndent(own, "", "  ")
	return append(data, '\n'), err
}
