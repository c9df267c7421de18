package gen

import (
	"path"
	"strings"

	"bentoc.dev/compiler/ir"
)

// feature is something that a server has because its bento asks for it: main imports
// the package and hands the option to server.Main. The package of what a bento does not
// ask for is neither locked nor linked.
//
// To add one, give it a row in features. What it needs of each endpoint, such as a
// format of the values, service.go says.
type feature struct {
	declared func(*ir.Bento) bool
	pkg      string // of the runtime
	option   string // what main hands on, an expression that names the package
}

// features are all of them, in the order of the options.
var features = []feature{
	{func(*ir.Bento) bool { return true }, "bentoc.dev/runtime/protocol/rest", "rest.Routes"}, // each endpoint has a route
}

// mainGo is the whole of main.go.
func mainGo(b *ir.Bento) *source {
	s := newSource("main")
	s.comment("The server of one bento: service.go says what it serves, engines.go what it",
		"runs on, types.go what its values look like.")
	s.use("os")
	s.use("bentoc.dev/runtime/server")
	args := []string{"build"}
	for _, f := range features {
		if f.declared(b) {
			s.use(f.pkg)
			args = append(args, f.option)
		}
	}
	s.p("func main() { os.Exit(server.Main(%s)) }", strings.Join(args, ", "))
	return s
}

// featureNames are the names of the packages that main imports.
func featureNames() (names []string) {
	for _, f := range features {
		names = append(names, path.Base(f.pkg))
	}
	return names
}
