// Package runtime carries the source of the runtime that generated servers are
// compiled with, so that one bentoc binary holds all it needs to compile one.
// Nothing imports this package but the compiler; the packages below it are what
// servers are made of.
package runtime

import "embed"

// Source is this folder: the source of every package of the runtime, with its
// tests, which are left out when a server is compiled.
//
//go:embed *
var Source embed.FS

// Modules is the list of the modules that packages of the runtime import, one a
// line, in two kinds of lines:
//
//	module PATH VERSION SUM GOMODSUM
//	package PACKAGE PATH...
//
// The sums are those of go.sum. A package line says which modules a package,
// such as engine/onnx, needs with all that it imports. A test keeps the list
// true; BENTOC_UPDATE=1 go test ./runtime writes it.
//
//go:embed modules.txt
var Modules string
