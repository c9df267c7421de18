package onnxfile

// formats are files that are often taken for ONNX models, by how they begin.
var formats = []struct{ magic, is, hint string }{
	{"????ORTM", "an ORT format file, not an ONNX model", "use the .onnx file that it was made from"},
	{"version https://git-lfs", "a Git LFS pointer, not the model itself", "fetch the file with git lfs pull"},
	{"<!DOCTYPE", "a web page, not an ONNX model", "the URL answers with a page; use the one that downloads the file"},
	{"<html", "a web page, not an ONNX model", "the URL answers with a page; use the one that downloads the file"},
	{"PK\x03\x04", "a zip archive, not an ONNX model (PyTorch's .pt files are zip archives)", "export the model to ONNX, or name the file inside the archive"},
	{"\x80\x02", "a Python pickle, not an ONNX model", "export the model to ONNX"},
	{"\x80\x04\x95", "a Python pickle, not an ONNX model", "export the model to ONNX"},
	{"\x89HDF", "an HDF5 file (Keras), not an ONNX model", "export the model to ONNX"},
	{"GGUF", "a GGUF file, not an ONNX model", ""},
	{"\x1f\x8b", "a gzip file, not an ONNX model", "unpack it first"},
	{"\x7fELF", "a program or shared library, not an ONNX model", ""},
}

// sniff refuses files that are known to be something else, with a better
// message than the wire format could give.
func sniff(r *reader) error {
	if r.size <= 0 {
		return &FormatError{Reason: "the file is empty"}
	}
	if err := r.fill(int(min(r.size, 64))); err != nil {
		return err
	}
	for _, f := range formats {
		if begins(r.window, f.magic) {
			return &FormatError{Reason: f.is, Hint: f.hint}
		}
	}
	return nil
}

// begins reports whether head begins with magic, in which ? stands for any byte.
func begins(head []byte, magic string) bool {
	if len(head) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != head[i] {
			return false
		}
	}
	return true
}
