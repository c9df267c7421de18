// Package ort calls libonnxruntime, the C library that runs ONNX models, from Go
// without a C compiler: the library is opened at run time and its functions are
// called through a table of pointers (OrtApi) by way of package purego.
//
// A [Library] is the opened library with its one environment. It loads a
// [Session], which may be run by many goroutines at a time. Each of them uses a
// [Slot] of its own: the arguments of a run and the input tensors, in memory that
// belongs to C and is used again run after run, so that a run allocates nothing
// in Go.
//
// The library's own upload of telemetry is switched off before it is opened.
//
// The package is for linux on amd64 and arm64, which is where bentoc's images
// run; elsewhere it is empty.
package ort
