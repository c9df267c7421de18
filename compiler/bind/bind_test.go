package bind_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"bentoc.dev/compiler/bind"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/golden"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/model/onnxfile"
)

// TestGolden binds the bento of every archive under testdata to what its file
// "headers" says about models, a line each: the name and what a lock would have.
func TestGolden(t *testing.T) {
	t.Parallel()
	golden.Run(t, func(t *testing.T, c golden.Case) (files []txtar.File) {
		module := fstest.MapFS{}
		for _, f := range c.Files {
			if !strings.HasPrefix(f.Name, "out/") {
				files = append(files, f)
				module[f.Name] = &fstest.MapFile{Data: f.Data}
			}
		}
		of := headers(t, c.Section("headers"))
		res, diags, err := load.Bento(t.Context(), module, load.Options{})
		if err != nil {
			t.Fatal(err)
		}
		bound, more := bind.Signatures(cmp.Or(res.IR, res.Broken), of)
		if res.IR == nil {
			bound, more = nil, load.Beside(more, diags)
		}
		diags = append(diags, more...).Sorted()
		if len(diags) > 0 {
			for _, d := range diags {
				for i := range d.Related {
					if pos := &d.Related[i].Pos; strings.HasPrefix(pos.File, "bentoc.dev/schema@") {
						*pos = diag.Pos{File: pos.File} // the line is not this package's affair
					}
				}
			}
			var text bytes.Buffer
			if err := diag.JSON(&text, diags, diag.Options{Source: res.Source}); err != nil {
				t.Fatal(err)
			}
			files = append(files, txtar.File{Name: "out/diag", Data: text.Bytes()})
		}
		if bound != nil {
			files = append(files, txtar.File{Name: "out/ir", Data: models(t, bound)})
		}
		return files
	})
}

func headers(t *testing.T, text []byte) func(string, *ir.Model) *onnxfile.Model {
	t.Helper()
	all := map[string]*onnxfile.Model{}
	for line := range strings.Lines(string(text)) {
		name, signature, _ := strings.Cut(strings.TrimSpace(line), " ")
		header, err := model.DecodeSignature(signature)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = header
	}
	return func(name string, _ *ir.Model) *onnxfile.Model { return all[name] }
}

// models gives the models and runners of a bento as JSON.
func models(t *testing.T, b *ir.Bento) []byte {
	t.Helper()
	data, err := json.MarshalIndent(map[string]any{"models": b.Models, "runners": b.Runners}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}
