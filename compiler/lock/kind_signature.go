package lock

import "bentoc.dev/compiler/model"

// KindSignature is NAME JSON: what a model's file says about its tensors.
const KindSignature = "signature"

var signatureKind = kind{
	name: KindSignature, form: "the tensors of a model", tests: fieldsAre(isSignature),
	together: ofModel,
	resolve:  kept(KindSignature), what: "models",
}

func isSignature(text string) bool {
	_, err := model.DecodeSignature(text)
	return err == nil
}
