// Package reexec starts this very executable again to play another part: the
// builder, process 1 of a build step, process 1 of a served image. One static
// binary is all that a machine needs.
//
// A part is chosen by the name under which the process is started
// (os.Args[0]), which no user's argument and no environment variable can do by
// accident. main calls [Dispatch] before anything else; a test binary does so
// in TestMain.
package reexec

import (
	"os"
	"os/exec"
	"strings"
)

// prefix begins os.Args[0] of every process that plays a part.
const prefix = "bentoc:"

// Stage is one part that this executable can play.
type Stage struct {
	// Name tells the stages apart, in ps as well.
	Name string
	// Run plays the part and gives the exit code. args are those of [Command].
	Run func(args []string) int
}

// Dispatch runs the stage that this process was started for, if it was started
// for one. The caller exits with code when ok, and goes on as the ordinary
// process when not.
func Dispatch(stages ...Stage) (code int, ok bool) {
	name, ok := strings.CutPrefix(os.Args[0], prefix)
	if !ok {
		return 0, false
	}
	for _, s := range stages {
		if s.Name == name {
			return s.Run(os.Args[1:]), true
		}
	}
	os.Stderr.WriteString("bentoc: error: this executable cannot play the part " + name + "\n")
	return 1, true
}

// InStage reports whether this process was started by [Command]. Where it is
// true and [Dispatch] did not take over, starting another process would go on
// for ever.
func InStage() bool { return strings.HasPrefix(os.Args[0], prefix) }

// Command is this executable, about to play stage. Neither the environment nor
// the standard streams are set. It goes through /proc, so that it works after
// the file was replaced or removed (Linux only).
func Command(stage string, args ...string) *exec.Cmd {
	return &exec.Cmd{
		Path: "/proc/self/exe",
		Args: append([]string{prefix + stage}, args...),
		Env:  []string{},
	}
}
