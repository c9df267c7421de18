package diff

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// modelRules are about models: which file they are, and what it takes and gives.
var modelRules = []Rule{
	{
		ID: "model-added", Audience: Bill, Severity: Safe,
		Purpose: "the image has one more model",
		Explain: "Its file is downloaded, stored and loaded into the memory of every instance.",
		On: added(func(c *Call, new *ir.Model) {
			f := Finding{After: sourceText(new), Reason: "the image has one more model, which every instance loads"}
			if n := c.New.Facts.Sizes[c.Path]; n > 0 {
				f.Reason = "the image has one more model of " + aboutBytes(n) + ", which every instance loads"
			}
			c.Find("", f)
		}),
	},
	{
		ID: "model-removed", Audience: Bill, Severity: Safe,
		Purpose: "the image has a model no more",
		Explain: "The image and the memory of every instance shrink by it. What ran it is a finding of its own.",
		On: removed(func(c *Call, old *ir.Model) {
			c.Find("", Finding{Before: sourceText(old), Reason: "nothing that is served runs the model any more: the image does not have it"})
		}),
	},
	{
		ID: "model-source-changed", Audience: Caller, Severity: Risky,
		Purpose: "a model comes from elsewhere, or is another version or file",
		Explain: "Another file answers otherwise: other scores, other classes, at another speed. Where the lock knows both files and they are the same, only the place has changed.",
		Cure:    "call it with known requests and compare the answers",
		Covers:  []string{"Model.Source", "Model.File", "Source.Path", "Source.HTTP", "Source.PyPI", "HTTPSource.URL", "HTTPSource.SHA256", "PyPISource.Project", "PyPISource.Version"},
		On: changed(func(c *Call, old, new *ir.Model) {
			before, after := sourceText(old), sourceText(new)
			if before == after {
				return
			}
			f := Finding{Before: before, After: after, Reason: "it is another file: what it answers may be another"}
			switch was, is := c.digests(); {
			case was != "" && was == is:
				f.Severity, f.Reason = Safe, "it is the same file from another place"
			case was != "" && is != "":
				f.Reason = "it is another file (" + shortDigest(was) + " → " + shortDigest(is) + "): what it answers may be another"
			}
			c.Find("source", f)
		}),
	},
	{
		ID: "model-digest-changed", Audience: Caller, Severity: Risky,
		Purpose: "a model's file has another content, by the lock",
		Explain: "The bento says the same as before, but the file is another: new weights answer otherwise.",
		Cure:    "call it with known requests and compare the answers",
		On: changed(func(c *Call, old, new *ir.Model) {
			if was, is := c.digests(); was != "" && is != "" && was != is && sourceText(old) == sourceText(new) {
				c.Find("", Finding{Before: shortDigest(was), After: shortDigest(is), Reason: "the file has another content: what it answers may be another"})
			}
		}),
	},
	{
		ID: "model-precision-changed", Audience: Caller, Severity: Risky,
		Purpose: "a tensor of a model has elements of another type",
		Explain: "A model of fewer bits is smaller and faster and answers with coarser numbers; thresholds that were tuned for the old one may not hold.",
		Cure:    "compare the answers to known requests, and tune thresholds anew",
		Covers:  []string{"TensorField.DType"},
		On: changed(func(c *Call, old, new *ir.Model) {
			tensors(old, new, func(side string, was, is ir.TensorField) {
				if was.DType != is.DType {
					c.Find(side+"."+is.Name, Finding{Before: was.DType, After: is.DType, Reason: fmt.Sprintf("the model computes %s with %s in place of %s", is.Name, is.DType, was.DType)})
				}
			})
		}),
	},
	{
		ID: "model-shape-changed", Audience: Caller, Severity: Risky,
		Purpose: "a tensor of a model has another shape",
		Explain: "Steps before and after the model were written for the old shape. Where the compiler can tell that they do not fit it refuses the bento; what it cannot tell fails at run time.",
		Cure:    "make sure that the steps around it know the new shape, and call it with inputs of several sizes",
		Covers:  []string{"TensorField.Shape"},
		On: changed(func(c *Call, old, new *ir.Model) {
			tensors(old, new, func(side string, was, is ir.TensorField) {
				if before, after := tensorText(unsymbolic(was)), tensorText(unsymbolic(is)); was.DType == is.DType && before != after {
					c.Find(side+"."+is.Name, Finding{Before: tensorText(was), After: tensorText(is), Reason: is.Name + " has another shape: what the steps around it make of it may be another"})
				}
			})
		}),
	},
	{
		ID: "model-tensors-changed", Audience: Operator, Severity: Risky,
		Purpose: "a model has other tensors, or a name stands for another one",
		Explain: "By inputs and outputs a bento names the tensors of the file. A name that stands for another tensor gives other values to whatever reads it; one of the same type is not noticed by any check.",
		Cure:    "make sure that each name stands for the tensor that is meant",
		Covers:  []string{"Model.Inputs", "Model.Outputs", "Model.Signature", "Signature.Inputs", "Signature.Outputs", "TensorField.Name", "TensorField.File"},
		On: changed(func(c *Call, old, new *ir.Model) {
			before, after := fileNames(old), fileNames(new)
			for _, name := range slices.Sorted(maps.Keys(after)) {
				if was, is := before[name], after[name]; was != "" && was != is {
					c.Find(name, Finding{Before: quoted(was), After: quoted(is), Reason: name[strings.IndexByte(name, '.')+1:] + " stands for another tensor of the file"})
				}
			}
			if old.Signature == nil || new.Signature == nil {
				return
			}
			for _, name := range missingKeys(before, after) {
				c.Find(name, Finding{Before: quoted(before[name]), Reason: "the model does not have the tensor any more"})
			}
			for _, name := range missingKeys(after, before) {
				c.Find(name, Finding{After: quoted(after[name]), Reason: "the model has one more tensor"})
			}
		}),
	},
	{
		ID: "model-batch-axis-changed", Audience: Operator, Severity: Risky,
		Purpose: "the items of a model are joined along another axis, or not any more",
		Explain: "Along the wrong axis a batch of several items gives each of them what belongs to another. Without an axis each item is a run of its own, which costs more.",
		Cure:    "call it with several items at once and compare with what each gives alone",
		Covers:  []string{"Model.BatchAxis", "Model.BatchAxes", "TensorField.Batched", "TensorField.Axis", "Signature.MaxBatch"},
		On: changed(func(c *Call, old, new *ir.Model) {
			known := old.Signature != nil && new.Signature != nil
			before, after := batchText(old, known), batchText(new, known)
			if before == after {
				return
			}
			reason := "items are joined along another axis"
			switch {
			case strings.HasPrefix(after, "-1"):
				reason = "items are run one by one, and cannot be batched any more"
			case strings.HasPrefix(before, "-1"):
				reason = "items are joined to batches, which were run one by one"
			}
			c.Find("batchAxis", Finding{Before: before, After: after, Reason: reason})
		}),
	},
	{
		ID: "model-file-renamed", Audience: Operator, Severity: Safe,
		Purpose: "the file of a model is called something else in the image",
		Explain: "The server knows its name. What reads the image by paths finds it elsewhere.",
		Covers:  []string{"Signature.File"},
		On: changed(func(c *Call, old, new *ir.Model) {
			if old.Signature != nil && new.Signature != nil && old.Signature.File != new.Signature.File {
				c.Find("", Finding{Before: cmp.Or(old.Signature.File, "model.onnx"), After: cmp.Or(new.Signature.File, "model.onnx"), Reason: "its file is called something else in the image"})
			}
		}),
	},
}

// digests gives the digests of the files of a pair of models, "" where one is not known.
func (c *Call) digests() (old, new string) {
	return c.Old.Facts.Digests[lastName(c.OldPath)], c.New.Facts.Digests[lastName(c.Path)]
}

// sourceText spells where a model comes from: an exact version, a digest or a path.
func sourceText(m *ir.Model) string {
	s := m.Source.Path
	switch {
	case m.Source.PyPI != nil:
		s = m.Source.PyPI.Project + " " + m.Source.PyPI.Version
	case m.Source.HTTP != nil:
		s = m.Source.HTTP.URL + " sha256:" + m.Source.HTTP.SHA256[:min(12, len(m.Source.HTTP.SHA256))]
	}
	if m.File != "" {
		s += " " + m.File
	}
	return s
}

// tensors shows the tensors of two models that have the same name.
func tensors(old, new *ir.Model, f func(side string, was, is ir.TensorField)) {
	if old.Signature == nil || new.Signature == nil {
		return
	}
	for _, side := range []struct {
		name     string
		old, new []ir.TensorField
	}{{"inputs", old.Signature.Inputs, new.Signature.Inputs}, {"outputs", old.Signature.Outputs, new.Signature.Outputs}} {
		for _, is := range side.new {
			if i := slices.IndexFunc(side.old, func(was ir.TensorField) bool { return was.Name == is.Name }); i >= 0 {
				f(side.name, side.old[i], is)
			}
		}
	}
}

// unsymbolic numbers the symbols of a tensor: two whose symbols are called otherwise have
// the same shape.
func unsymbolic(f ir.TensorField) ir.TensorField {
	f.Shape = slices.Clone(f.Shape)
	known := map[string]string{}
	for i, d := range f.Shape {
		if d.Symbol == "" {
			continue
		}
		if known[d.Symbol] == "" {
			known[d.Symbol] = fmt.Sprint("d", len(known))
		}
		f.Shape[i].Symbol = known[d.Symbol]
	}
	return f
}

// fileNames gives what the names of a model's tensors stand for in its file, by
// "inputs.NAME" and "outputs.NAME".
func fileNames(m *ir.Model) map[string]string {
	all := map[string]string{}
	for side, names := range map[string]map[string]string{"inputs": m.Inputs, "outputs": m.Outputs} {
		for name, file := range names {
			all[side+"."+name] = file
		}
	}
	if m.Signature != nil {
		for _, f := range m.Signature.Inputs {
			all["inputs."+f.Name] = cmp.Or(f.File, f.Name)
		}
		for _, f := range m.Signature.Outputs {
			all["outputs."+f.Name] = cmp.Or(f.File, f.Name)
		}
	}
	return all
}

// batchText spells along which axis items are joined, -1 for none, and of how many; only
// what is declared where the signatures are not known.
func batchText(m *ir.Model, known bool) string {
	axis := "as the file says"
	if known {
		axis = "-1"
		if slices.ContainsFunc(m.Signature.Inputs, func(f ir.TensorField) bool { return f.Batched }) {
			axis = "0"
		}
	}
	if m.BatchAxis != nil && axis != "-1" {
		axis = fmt.Sprint(*m.BatchAxis)
	}
	for _, name := range slices.Sorted(maps.Keys(m.BatchAxes)) {
		axis += fmt.Sprintf(", %d of %s", m.BatchAxes[name], name)
	}
	if known && m.Signature.MaxBatch > 0 {
		axis += fmt.Sprintf(", at most %s", plural(m.Signature.MaxBatch, "item"))
	}
	return axis
}
