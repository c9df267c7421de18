package load_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/load"
)

// everyField has a bento's fields that take one value, with %s around each value, so
// that they can be written in several ways.
const everyField = `package m

import "bentoc.dev/schema@v0"

bento: schema.#Bento & {
	name: <"m">
	description: <"d">
	platforms: <["linux/amd64"]>
	base: image: <"example.org/b:1">
	requiredEnv: <["A"]>
	env: B: <"b">
	labels: team: <"t">
	files: "/x": {path: <"x">, mode: <"0755">}
	diagnostics: "unused-runner": {off: <true>, why: <"w">}
	models: m: {source: pypi: {project: <"p">, version: <"1">}, file: <"f.onnx">, inputs: x: <"y">, batchAxis: <1>}
	models: n: {source: http: {url: <"https://example.org/n">, sha256: <"%064d">}}
	models: o: {source: path: <"o.onnx">}
	runners: {
		m: {engine: onnx: {model: models.m, threads: <2>}, instances: <3>, batching: {maxSize: <4>, latencyTarget: <"5ms">}}
		n: engine: onnx: model: models.n
		o: engine: onnx: model: models.o
		g: {
			engine: go: {package: <"./s">, func: <"G">, open: <"O">, close: <"C">}
			instances: <6>
			#input: {
				i: schema.#Image & {mediaTypes: <["image/png"]>, maxBytes: <7>, maxPixels: <8>}
				t: schema.#Tensor & {dtype: <"int8">, shape: <[9]>}
				r: schema.#Table & {columns: {c: int}, minRows: <2>, maxRows: <9>, orient: <"columns">}
			}
			#output: {}
		}
	}
	services: m: {
		resources: {cpu: <0.5>, memory: <64Mi>}
		traffic: {timeout: <"10s">, maxConcurrency: <11>, maxBody: <12Ki>}
		endpoints: {
			g: {runner: runners.g, route: <"/r">, timeout: <"13s">, maxBody: <14>, strict: <true>, nonFinite: <"null">}
			for n in ["m", "n", "o"] {(n): runner: runners[n]}
		}
	}
}
`

// TestDefaultsAreValues holds that a value says the same however it comes to be one: as
// a default that another file may change, out of a sum of constraints, or by a reference.
func TestDefaultsAreValues(t *testing.T) {
	t.Parallel()
	source := strings.Replace(everyField, "%064d", strings.Repeat("0", 64), 1)
	want := canonical(t, strings.NewReplacer("<", "", ">", "").Replace(source))
	for name, around := range map[string][2]string{
		"default":    {"*", " | _"},
		"last":       {"_ | *", ""},
		"same twice": {"_ & ", ""},
		"brackets":   {"(", ")"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := canonical(t, strings.NewReplacer("<", around[0], ">", around[1]).Replace(source))
			if !bytes.Equal(got, want) {
				t.Errorf("another bento:\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// canonical gives the canonical IR of a bento without positions.
func canonical(t *testing.T, source string) []byte {
	t.Helper()
	res, diags, err := load.Bento(t.Context(), project(map[string]string{"bento.cue": source}), load.Options{})
	if err != nil || diags.HasErrors() {
		t.Fatalf("%v\n%s\n%s", err, source, text(t, diags, res))
	}
	out, err := res.IR.Canonical()
	if err != nil {
		t.Fatal(fmt.Errorf("no canonical form: %w", err))
	}
	return out
}
