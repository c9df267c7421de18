//go:build linux && (amd64 || arm64)

package ort

import (
	"strings"
	"testing"
)

// TestMessagesHoldNoSourcePaths has messages of onnxruntime 1.32.
func TestMessagesHoldNoSourcePaths(t *testing.T) {
	t.Parallel()
	const in = "Non-zero status code returned while running X node. Name:'n' Status Message: "
	const said = "node X n: "
	const src = "/onnxruntime_src/onnxruntime/core/"
	for _, c := range []struct{ message, want string }{
		{in + src + "providers/cpu/tensor/reshape_helper.h:91 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) input_shape_size == requested_shape_size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{2}, requested shape:{3}\n",
			said + "The input tensor cannot be reshaped to the requested shape. Input shape:{2}, requested shape:{3}"},
		{in + src + "providers/cpu/tensor/reshape.h:23 virtual onnxruntime::common::Status onnxruntime::Reshape::Compute(onnxruntime::OpKernelContext*) const shapeTensor->Shape().NumDimensions() == 1 was false. A shape tensor must be a vector tensor.\n",
			said + "A shape tensor must be a vector tensor."},
		{in + src + "providers/cpu/tensor/reshape.h:23 virtual void onnxruntime::F(int) a.b() == 1 was false. ", said + "a.b() == 1 was false."},
		{in + "matmul_helper.h:59 Compute MatMul dimension mismatch", said + "MatMul dimension mismatch"},
		{in + "concatbase.h:135 PrepareForComputeImpl Non concat axis dimensions must match: Axis 0 has mismatched dimensions of 3 and 2",
			said + "Non concat axis dimensions must match: Axis 0 has mismatched dimensions of 3 and 2"},
		{"Exception during initialization: " + src + "providers/cpu/text/string_normalizer.cc:235 onnxruntime::StringNormalizer::Locale::Locale(const std::string&)::<lambda()> Failed to construct locale with name:xx_YY:locale::facet::_S_create_c_locale name not valid:Please, install necessary language-pack-XX and configure locales\n",
			"Exception during initialization: Failed to construct locale with name:xx_YY:locale::facet::_S_create_c_locale name not valid:Please, install necessary language-pack-XX and configure locales"},
		{in + src + "framework/op_kernel.cc:87 virtual OrtValue* onnxruntime::OpKernelContext::OutputMLValue(int, const onnxruntime::TensorShape&) [ONNXRuntimeError] : 1 : FAIL : tensor.cc:57 CalculateTensorStorageSize Tensor shape.Size() must be >= 0\n",
			said + "Tensor shape.Size() must be >= 0"},
		{in + src + "framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 12\n",
			said + "Failed to allocate memory for requested buffer of size 12"},
		{src + "graph/graph.cc:12 void F() [with T = float] sad", "sad"},
		{"see " + src + "graph/graph.cc", "see onnxruntime"},
		{"Load model from /models/m/model.onnx failed:Protobuf parsing failed.", "Load model from /models/m/model.onnx failed:Protobuf parsing failed."},
		{"stod", "stod"},
		{"", ""},
	} {
		if got := plain(c.message); got != c.want {
			t.Errorf("%q\nbecomes %q\nwant    %q", c.message, got, c.want)
		}
	}
}

func FuzzMessages(f *testing.F) {
	f.Add("/onnxruntime_src/a.h:1 f(x)::<lambda(> const [with was false. ")
	f.Add("a.cc:1 b.h:2 /c.h:3 ((")
	f.Fuzz(func(t *testing.T, message string) {
		if got := plain(message); strings.Contains(got, "onnxruntime_src") {
			t.Errorf("%q becomes %q", message, got)
		}
	})
}
