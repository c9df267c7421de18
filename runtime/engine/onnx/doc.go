// Package onnx runs ONNX models by libonnxruntime, without cgo.
//
// A [Model] is the model's file, loaded once, and a number of instances that run it
// at a time. It is an engine: package runner has the queue, gathers items of
// concurrent requests into batches, and takes and gives items without the batch axis.
//
// Items are copied into tensors that belong to the library and are used again,
// and answers are copied out of it, so that nothing that a request holds depends
// on the library's memory. When a request ends before its answer is there, its
// run is stopped in the middle.
//
// Before a model is opened, the process is told not to send the library's
// telemetry. Models are trusted: a fault inside the library ends the process.
//
// The package is for linux on amd64 and arm64, which is where bentoc's images
// run; elsewhere it is empty.
package onnx
