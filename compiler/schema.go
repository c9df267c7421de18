package compiler

import "bentoc.dev/compiler/load"

// Vendor gives the files of the schema that a project keeps for editors and `cue vet`,
// see [load.Vendor].
func Vendor() map[string][]byte { return load.Vendor() }
