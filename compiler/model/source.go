// Package model finds the files of the models that a bento runs, wherever they
// come from, and reads what those say about their tensors.
//
// Where a model comes from is an arm of #Source in the schema, a field of
// [ir.Source], and a file source_ARM.go here.
//
// # To add a source
//
//  1. Declare it: an arm of #Source in schema/model.cue, and a field of [ir.Source] of
//     the same name with a struct that has the same fields: it is read by them.
//  2. Write source_ARM.go, which has a [Source] and enters it into the table, and
//     source_ARM_test.go, which has a fixture that all sources are asked the same of.
//
// A test fails while one of them is missing.
package model

import (
	"context"
	"fmt"
	"path"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Source is where the files of one model come from.
type Source interface {
	// Check gives what is wrong with the declaration itself, asking nobody. The
	// data path of the model is "bento." + at; place gives the position of a path.
	Check(at string, place func(path string) diag.Pos) diag.List
	// Origin says in one word where the model comes from, as a lock has it. There
	// is no secret in it.
	Origin() string
	// Main is the path of the model's own file inside the source.
	Main() string
	// Pinned is the digest that the declaration gives the model's own file, "" for
	// none: the lock says what it is.
	Pinned() string
	// Wheel is the file of a package index that the files are in; nil for none.
	Wheel() *Wheel
	// Local reports whether the files lie in the module: they are there, may change,
	// and travel with it.
	Local() bool

	// locate gives the path on this machine of a file, and what it is.
	locate(ctx context.Context, p Place, want File) (string, File, error)
}

// Wheel names a wheel of the Python package index.
type Wheel struct {
	Project string // in its normal form
	Version string
}

// sources makes a [Source] of a model, by the arm of [ir.Source] that is set.
var sources = map[string]func(m *ir.Model) Source{}

// source enters an arm into the table.
func source(arm string, of func(m *ir.Model) Source) struct{} {
	sources[arm] = of
	return struct{}{}
}

// SourceOf gives the source of a model.
func SourceOf(m *ir.Model) Source {
	for _, arm := range ir.SetArms(m.Source) {
		if of := sources[arm]; of != nil {
			return of(m)
		}
	}
	return nowhere{}
}

// Name gives the path of a file of a model inside its source.
func Name(s Source, f File) string {
	if f.Main {
		return s.Main()
	}
	return path.Join(path.Dir(s.Main()), f.Name)
}

// nowhere is the source of a model that declares none, which a check reports.
type nowhere struct{}

func (nowhere) Check(string, func(string) diag.Pos) diag.List { return nil }
func (nowhere) Origin() string                                { return "nowhere" }
func (nowhere) Main() string                                  { return "" }
func (nowhere) Pinned() string                                { return "" }
func (nowhere) Wheel() *Wheel                                 { return nil }
func (nowhere) Local() bool                                   { return false }

func (nowhere) locate(_ context.Context, _ Place, want File) (string, File, error) {
	return "", want, fmt.Errorf("the model has no source")
}
