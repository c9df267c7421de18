package compiler

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/model/onnxfile"
)

// HasModels reports whether a runner runs a model.
func (s *Session) HasModels() bool { return len(s.IR.UsedModels()) > 0 }

// hasOwnModelsOnly reports whether all models lie in the module, so that locking
// them asks nobody.
func (s *Session) hasOwnModelsOnly() bool {
	for _, m := range s.IR.UsedModels() {
		if !model.SourceOf(m).Local() {
			return false
		}
	}
	return true
}

// checkModels compares the files of the models that are served with what the lock
// says about them: the server was generated from that.
func (s *Session) checkModels(ctx context.Context, client *fetch.Client) error {
	used := s.IR.Only(s.service).Served().Models
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if err := s.locked.CheckModel(ctx, s.LockName(), name, used[name], s.locked.Place(client, s.Root)); err != nil {
			return fmt.Errorf("reading the model %s: %w", name, err)
		}
	}
	return nil
}

// batchAxes says, a line a model, along which axis the items of those models are
// joined that a runner runs and that declare no batchAxis.
func (s *Session) batchAxes() (lines []string) {
	used := s.IR.UsedModels()
	for _, name := range slices.Sorted(maps.Keys(used)) {
		m := used[name]
		switch {
		case m.BatchAxis != nil || m.Signature == nil:
		case slices.ContainsFunc(m.Signature.Inputs, func(f ir.TensorField) bool { return f.Batched }):
			lines = append(lines, fmt.Sprintf("model %s: its first axis counts items: its file gives every first axis one name", name))
		case slices.Contains(onnxfile.BatchAxes(m.Signature), 0):
			lines = append(lines, fmt.Sprintf("model %s: has no batch axis and runs on one item, with all its axes; if its first axis counts items, declare batchAxis: 0", name))
		default:
			lines = append(lines, fmt.Sprintf("model %s: has no batch axis and runs on one item, with all its axes", name))
		}
	}
	return lines
}
