//go:build linux && (amd64 || arm64)

package onnx

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"bentoc.dev/runtime/tensor"
)

// DefaultLibrary is where images made by bentoc have libonnxruntime.
const DefaultLibrary = "/opt/onnxruntime/lib/libonnxruntime.so.1"

// LibraryEnv is the environment variable that names another libonnxruntime where
// Config.Library is empty.
const LibraryEnv = "BENTOC_ORT_LIB"

// Config says what a model is. Only ModelPath is necessary.
type Config struct {
	// ModelPath is the model's file, or where it is in the image: see [engine.ModelPath].
	// External weights lie beside it.
	ModelPath string
	// Library is the path of libonnxruntime; "" means the environment variable
	// [LibraryEnv], and where that is empty, [DefaultLibrary].
	Library string

	// Inputs and Outputs say which tensors an item takes and gives, and in which
	// order. Nil means those of the file, in its order, with the first axis as
	// the batch axis where its size is not fixed; outputs have one where an input
	// has. All inputs must be there; outputs may be left out.
	Inputs, Outputs []IO

	// Threads is the number of threads of one run; 0 means 1. More than one helps
	// the latency of a lone request and costs throughput.
	Threads int
	// SessionOptions are configuration entries of onnxruntime by their keys, such
	// as "session.disable_prepacking".
	SessionOptions map[string]string
}

// IO is one input or output.
type IO struct {
	// Name is the name in the bento, for errors.
	Name string
	// File is the name in the model's file; "" means Name.
	File string
	// DType is the type of the elements. Invalid means that of the file.
	DType tensor.DType
	// Shape is that of one item, without the batch axis; -1 stands for any size.
	// Nil means what the file says.
	Shape []int
	// Batched is true where the tensor in the file has a batch axis, Axis.
	Batched bool
	// Axis is the place of the batch axis in the tensor of the file.
	Axis int
}

// normal fills in defaults and checks what can be checked without the model.
func (c Config) normal() (Config, error) {
	if c.Library == "" {
		c.Library = os.Getenv(LibraryEnv)
	}
	if c.Library == "" {
		c.Library = DefaultLibrary
	}
	c.Threads = max(c.Threads, 1)
	for _, key := range slices.Sorted(maps.Keys(c.SessionOptions)) {
		if err := checkOption(key); err != nil {
			return c, err
		}
	}
	c.Inputs, c.Outputs = named(c.Inputs), named(c.Outputs)
	return c, nil
}

// named copies a list and fills in the names in the file.
func named(list []IO) []IO {
	list = slices.Clone(list)
	for i := range list {
		if list[i].File == "" {
			list[i].File = list[i].Name
		}
	}
	return list
}

// checkOption refuses session options that onnxruntime would take in silence
// without effect, or that Config has a field for.
func checkOption(key string) error {
	if slices.Contains(sessionOptions, key) {
		return nil
	}
	if field, ok := ownOptions[key]; ok {
		return fmt.Errorf("session option %q is set by %s", key, field)
	}
	return fmt.Errorf("unknown session option %q", key)
}

// ownOptions are those that Config decides.
var ownOptions = map[string]string{
	"session.intra_op.allow_spinning":  "the engine (off)",
	"session.inter_op.allow_spinning":  "the engine (off)",
	"session.intra_op_num_threads":     "threads",
	"session.inter_op_num_threads":     "threads",
	"session.graph_optimization_level": "the engine (all)",
	"session.execution_mode":           "the engine (sequential)",
}

// sessionOptions are the keys of onnxruntime_session_options_config_keys.h that
// make sense for a server on a CPU.
var sessionOptions = []string{
	"mlas.use_lut_gemm",
	"optimization.constant_folding_max_output_size_in_bytes",
	"optimization.disable_specified_optimizers",
	"optimization.enable_cast_chain_elimination",
	"optimization.enable_gelu_approximation",
	"session.allow_released_opsets_only",
	"session.disable_aot_function_inlining",
	"session.disable_double_qdq_remover",
	"session.disable_prepacking",
	"session.disable_qdq_constant_folding",
	"session.disable_quant_qdq",
	"session.dynamic_block_base",
	"session.enable_dq_matmulnbits_fusion",
	"session.enable_mem_pattern",
	"session.enable_quant_qdq_cleanup",
	"session.intra_op_thread_affinities",
	"session.qdq_matmulnbits_accuracy_level",
	"session.qdq_matmulnbits_block_size",
	"session.qdqisint8allowed",
	"session.set_denormal_as_zero",
	"session.strict_shape_type_inference",
	"session.use_device_allocator_for_initializers",
	"session.use_env_allocators",
}
