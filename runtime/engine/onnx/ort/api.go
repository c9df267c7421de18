//go:build linux && (amd64 || arm64)

package ort

// apiVersion is the version of OrtApi that is asked for: the lowest one that has
// everything used here. The table only ever grows at its end, so any newer
// library answers it too.
const apiVersion = 24

// Indexes into OrtApi, in the order of onnxruntime_c_api.h.
const (
	fnGetErrorCode            = 1
	fnGetErrorMessage         = 2
	fnCreateEnvWithLogger     = 4
	fnCreateSession           = 7
	fnCreateSessionFromArray  = 8
	fnRun                     = 9
	fnCreateSessionOptions    = 10
	fnSetExecutionMode        = 13
	fnSetSessionLogSeverity   = 22
	fnSetGraphOptimization    = 23
	fnSetIntraOpNumThreads    = 24
	fnSetInterOpNumThreads    = 25
	fnSessionGetInputCount    = 30
	fnSessionGetOutputCount   = 31
	fnSessionGetInputTypeInfo = 33
	fnSessionGetOutputType    = 34
	fnSessionGetInputName     = 36
	fnSessionGetOutputName    = 37
	fnCreateRunOptions        = 39
	fnRunOptionsSetSeverity   = 41
	fnRunOptionsSetTerminate  = 46
	fnRunOptionsUnset         = 47
	fnCreateTensor            = 48
	fnCreateTensorWithData    = 49
	fnGetTensorMutableData    = 51
	fnFillStringTensor        = 52
	fnGetStringTensorLength   = 53
	fnGetStringTensorContent  = 54
	fnCastTypeInfoToTensor    = 55
	fnGetOnnxType             = 56
	fnGetTensorElementType    = 60
	fnGetDimensionsCount      = 61
	fnGetDimensions           = 62
	fnGetSymbolicDimensions   = 63
	fnGetTensorTypeAndShape   = 65
	fnGetValueType            = 67
	fnCreateCPUMemoryInfo     = 69
	fnAllocatorAlloc          = 75
	fnAllocatorFree           = 76
	fnGetAllocator            = 78
	fnGetValue                = 80
	fnGetValueCount           = 81
	fnReleaseStatus           = 93
	fnReleaseSession          = 95
	fnReleaseValue            = 96
	fnReleaseRunOptions       = 97
	fnReleaseTypeInfo         = 98
	fnReleaseTensorInfo       = 99
	fnReleaseSessionOptions   = 100
	fnCastTypeInfoToMap       = 103
	fnCastTypeInfoToSequence  = 104
	fnGetMapKeyType           = 105
	fnGetMapValueType         = 106
	fnGetSequenceElementType  = 107
	fnReleaseMapTypeInfo      = 108
	fnReleaseSequenceTypeInfo = 109
	fnAddSessionConfigEntry   = 130
	fnAddRunConfigEntry       = 165
	fnHasShape                = 390
)

// ONNXType
const (
	typeTensor   = 1
	typeSequence = 2
	typeMap      = 3
)

// Values of enums that are passed on.
const (
	allocatorArena      = 1 // OrtArenaAllocator
	memTypeDefault      = 0 // OrtMemTypeDefault
	executionSequential = 0 // ORT_SEQUENTIAL
	optimizeAll         = 99
	logWarning          = 2
	logError            = 3
	logFatal            = 4
)
