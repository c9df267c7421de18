package need

import "bentoc.dev/compiler/ir"

func init() {
	// What steps import follows from their sources, see [Modules].
	engines["go"] = func([]*ir.Runner, string) ([]Item, error) { return nil, nil }
}
