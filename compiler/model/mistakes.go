package model

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
)

// Mistakes makes diagnostics of an error that is about the source of a model or
// about its file; nil for others.
func Mistakes(name string, m *ir.Model, err error) (diags diag.List) {
	var unloadable *unloadable
	if errors.As(err, &unloadable) {
		for _, p := range unloadable.problems {
			diags.Errorf(p.Code, m.Pos, "bento.models."+name, "%s", p.Message).Hintf("%s", p.Hint)
		}
		return diags
	}
	if d := mistake(name, m, err); d != nil {
		return diag.List{*d.By(err)}
	}
	return nil
}

func mistake(name string, m *ir.Model, err error) *diag.Diagnostic {
	var missing *fetch.MissingError
	var absent *fetch.AbsentError
	var format *onnxfile.FormatError
	var file *fs.PathError
	var diags diag.List
	at := "bento.models." + name
	switch {
	case errors.As(err, &missing): // what is locked was not to be had, which the declaration is not to blame for
		return nil
	case errors.As(err, &absent):
		d := diags.Errorf(diag.BadModel, m.Pos, at, "%s", absent.Text)
		if absent.Cure != "" {
			d.Hintf("%s", absent.Cure)
		}
		return d
	case errors.As(err, &format):
		d := diags.Errorf(diag.BadModel, m.Pos, at, "the file of model %s cannot be read: %v", name, format)
		if format.Hint != "" {
			d.Hintf("%s", format.Hint)
		}
		return d
	case errors.As(err, &file) && SourceOf(m).Local():
		return fileMistake(m, at, file)
	}
	return nil
}

// fileMistake makes a diagnostic of a file of the module that is not there, or
// that a link leads to out of the module; nil for other errors.
func fileMistake(m *ir.Model, at string, err *fs.PathError) *diag.Diagnostic {
	var diags diag.List
	name, why := filepath.ToSlash(err.Path), ""
	if name != SourceOf(m).Main() {
		why = ", which the model keeps weights in"
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return diags.Errorf(diag.MissingFile, m.Pos, at, "there is no file %s%s", name, why).
			Hintf("paths are relative to bento.cue's folder, and lie below the module's root")
	case strings.Contains(err.Err.Error(), "escapes"): // as os.Root says it; there is no value to compare with
		return diags.Errorf(diag.OutsideModule, m.Pos, at, "%s leaves the module by a symbolic link", name).
			Hintf("a bento is built from the files of its own module; copy it in")
	}
	return nil
}
