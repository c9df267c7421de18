package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bentoc.dev/buildkit/builder"
)

// TestMain lets the test binary stand in for bentoc: the scripts run it as a
// process of its own, as users do.
func TestMain(m *testing.M) {
	if code, ok := builder.Dispatch(); ok { // the builder starts its own executable again
		os.Exit(code)
	}
	testscript.Main(tidy{m}, map[string]func(){"bentoc": main})
}

// tidy runs the tests and removes what they share.
type tidy struct{ m *testing.M }

// Run runs the tests.
func (t tidy) Run() int {
	defer os.RemoveAll(toolDir())
	return t.m.Run()
}

// TestScripts runs the end-to-end scripts, a folder an area. BENTOC_UPDATE=1
// rewrites what they compare with.
func TestScripts(t *testing.T) {
	areas, err := filepath.Glob("../../testscripts/*/*.txtar")
	if err != nil || len(areas) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Files:               areas,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("BENTOC_UPDATE") == "1",
		Setup:               setupScript,
		Cmds:                scriptCommands(),
		Condition:           scriptCondition,
	})
}
