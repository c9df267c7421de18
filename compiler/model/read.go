package model

import (
	"context"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
)

// Open reads the header of a model that ONNX Runtime loads, as far as that tells.
func Open(path string) (*onnxfile.Model, error) {
	header, err := onnxfile.Open(path)
	if err != nil {
		return nil, err
	}
	if problems := header.Runnable(onnxfile.ORT132()); len(problems) > 0 {
		return nil, &unloadable{problems}
	}
	return header, nil
}

// unloadable says that ONNX Runtime would not load a model, and why.
type unloadable struct{ problems []onnxfile.Problem }

func (e *unloadable) Error() string { return e.problems[0].Message }

// signatureMemo is the kind of the memos that keep the signatures of files, by
// digest, of those that ONNX Runtime loads. The number grows with what is looked
// for.
const signatureMemo = "signature2"

// Signature gives what a model's own file says about its tensors, as it stands
// in a lock. A file that was read before is not looked for.
func (p Place) Signature(ctx context.Context, m *ir.Model, file File) (text string, err error) {
	if p.Fetch.Store.Memo(signatureMemo, file.Digest, &text) {
		return text, nil
	}
	path, _, err := p.Locate(ctx, m, file)
	if err != nil {
		return "", err
	}
	header, err := Open(path)
	if err != nil {
		return "", err
	}
	if text, err = EncodeSignature(header); err != nil {
		return "", err
	}
	return text, p.Fetch.Store.SetMemo(signatureMemo, file.Digest, text)
}

// SignatureHere reports whether [Place.Signature] asks nobody.
func (p Place) SignatureHere(m *ir.Model, file File) bool {
	return p.Here(m, file) || p.Fetch.Store.Memo(signatureMemo, file.Digest, new(string))
}
