package compiler_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/plan"
)

// built is what the digests of an image depend on, each part as a digest.
type built struct{ server, rootfs, models, config, annotations string }

// build gives what an edited bento is built from. Layers in the place of those that
// need a store have digests of what would be packed into them.
func (b *built) of(t *testing.T, all fstest.MapFS, path string) {
	t.Helper()
	s := session(t, compiler.Options{FS: all, Path: path})
	if err := s.Compile(t.Context()); err != nil {
		t.Fatal(err)
	}
	canonical, err := s.IR.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	records, err := s.Records()
	if err != nil {
		t.Fatal(err)
	}
	served := s.IR.Served()
	inputs := []plan.Input{
		{ID: plan.InputToolchain, Layer: "toolchain"}, {ID: plan.InputModules, Layer: "modules"},
		{ID: plan.InputSource, Layer: digest(s.Code.Workspace.Files)},
		{ID: plan.InputRootfs, Layer: digest(canonical, records)},
	}
	for _, kind := range plan.Kinds(served) {
		e, err := plan.EngineOf(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range e.Layers {
			inputs = append(inputs, plan.Input{ID: id, Layer: id})
		}
		if e.Opener != nil {
			inputs = append(inputs, plan.Input{ID: e.Opener.Input, Layer: e.Opener.Input})
		}
		inputs = append(inputs, plan.Input{ID: plan.InputModels, Layer: digest(plan.ModelsOn(served, kind))})
	}
	p, err := plan.Build(plan.Request{Bento: s.IR, Platforms: s.Platforms, Inputs: slices.CompactFunc(inputs, func(a, b plan.Input) bool { return a.ID == b.ID }), Builder: "linux/amd64", GoVersion: "go1", Records: records})
	if err != nil {
		t.Fatal(err)
	}
	layer := func(id string) string {
		for _, in := range p.Inputs {
			if in.ID == id {
				return in.Layer
			}
		}
		return ""
	}
	*b = built{
		server: digest(p.Compiles, layer(plan.InputSource)), rootfs: layer(plan.InputRootfs),
		models: digest(layer(plan.InputModels), p.Opens), config: digest(p.Images[0].Config), annotations: digest(p.Images[0].Annotations),
	}
}

func digest(parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// than names the parts that are not those of b.
func (b built) than(o built) string {
	var parts []string
	for _, p := range []struct{ name, a, b string }{
		{"server", b.server, o.server}, {"rootfs", b.rootfs, o.rootfs}, {"models", b.models, o.models},
		{"config", b.config, o.config}, {"annotations", b.annotations, o.annotations},
	} {
		if p.a != p.b {
			parts = append(parts, p.name)
		}
	}
	return strings.Join(parts, " ")
}

// What changes in an image with an edit: the layer of the server, the one of the root
// file system, which has the IR, the models and the step that opens them, the config,
// the annotations; and with any of these the manifests and the index, without them
// nothing.
func TestWhatAnEditChanges(t *testing.T) {
	t.Parallel()
	const (
		nothing = ""
		record  = "rootfs config" // what is recorded of the bento: the IR, what it accepts, and their digests
		server  = "server rootfs config"
	)
	for _, c := range []struct{ what, bento, old, new, changes string }{
		{"a comment", "ocr", "// The networks are PP-OCRv4's", "// They are PP-OCRv4's", nothing},
		{"layout", "ocr", "	runners: {\n", "	runners: {\n\n\n", nothing},
		{"the order of models", "ocr", "		det: {engine: onnx: model: models.det}\n		cls: {engine: onnx: model: models.cls, batching: maxSize: 8}\n", "		cls: {engine: onnx: model: models.cls, batching: maxSize: 8}\n		det: {engine: onnx: model: models.det}\n", nothing},
		{"the doc of a model", "ocr", "// det scores every point", "// det looks at every point\n		// and scores it", record},
		{"the doc of a node", "ocr", "// Once a line; the calls", "// Again and again.\n			// Once a line; the calls", record},
		{"the doc of a type that no client sees", "ocr", "// Page is a picture", "// Page is\n	// a picture", record},
		{"the doc of a field that no client sees", "ocr", "// How many black rows", "// How many\n		// black rows", record},
		{"the doc of a type that clients see", "ocr", "// Text is a line", "// A Text is a line", server},
		{"the doc of the bento", "ocr", "// Reads text in pictures", "// Finds and reads text in pictures", server + " annotations"},
		{"cpu", "ocr", "cpu: 2,", "cpu: 3,", record},
		{"memory", "ocr", "memory: 2Gi", "memory: 3Gi", record},
		{"a latency target", "ocr", `latencyTarget: "200ms"`, `latencyTarget: "300ms"`, server},
		{"a warning switched off", "ocr", "	platforms: [", "	diagnostics: \"unused-graph\": {off: true, why: \"later\"}\n	platforms: [", record},
		{"a change of the API that is accepted", "ocr", "	platforms: [", "	accepted: \"endpoint-removed\": [{path: \"services.ocr.endpoints.scan\", until: \"2999-01-31\", why: \"nobody called it\"}]\n	platforms: [", record},
		{"a label", "ocr", "	platforms: [", "	labels: team: \"ml\"\n	platforms: [", record},
		{"a variable", "ocr", "	platforms: [", "	env: MODE: \"fast\"\n	platforms: [", "rootfs models config"}, // where a library looks for locales can be one
		{"a limit of requests", "ocr", "maxConcurrency: 16", "maxConcurrency: 17", server},
		{"the size of batches", "ocr", "cls, batching: maxSize: 8", "cls, batching: maxSize: 4", server},
		{"the memory of a service with a step", "hello", "memory: 64Mi", "memory: 96Mi", record},
		{"the doc of what an endpoint takes", "hello", "// Who to greet", "// The one to greet", server},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			all, path := files(t), "examples/"+c.bento
			var before, after built
			before.of(t, all, path)
			text := string(all[path+"/bento.cue"].Data)
			if strings.Count(text, c.old) != 1 {
				t.Fatalf("%q is in the bento %d times", c.old, strings.Count(text, c.old))
			}
			all[path+"/bento.cue"] = &fstest.MapFile{Data: []byte(strings.Replace(text, c.old, c.new, 1))}
			after.of(t, all, path)
			if got := before.than(after); got != c.changes {
				t.Errorf("%q changes, and should %q", got, c.changes)
			}
		})
	}
}
