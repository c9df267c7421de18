package reexec_test

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"bentoc.dev/buildkit/reexec"
)

func stages() []reexec.Stage {
	return []reexec.Stage{{Name: "echo", Run: func(args []string) int {
		for _, a := range args {
			os.Stdout.WriteString(a + "\n")
		}
		if !reexec.InStage() {
			return 1
		}
		return len(args)
	}}}
}

func TestMain(m *testing.M) {
	if code, ok := reexec.Dispatch(stages()...); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func run(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		cmd.Path = os.Args[0]
	}
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), log.String(), cmd.ProcessState.ExitCode()
}

func TestCommand(t *testing.T) {
	t.Parallel()
	out, log, code := run(t, reexec.Command("echo", "a b", "c"))
	if out != "a b\nc\n" || log != "" || code != 2 {
		t.Errorf("%q, %q, exit %d", out, log, code)
	}
}

func TestDispatch_UnknownStage(t *testing.T) {
	t.Parallel()
	_, log, code := run(t, reexec.Command("ghost"))
	if want := "bentoc: error: this executable cannot play the part ghost\n"; log != want || code != 1 {
		t.Errorf("%q, exit %d, want %q and 1", log, code, want)
	}
}

func TestDispatch_OrdinaryProcess(t *testing.T) {
	t.Parallel()
	if _, ok := reexec.Dispatch(stages()...); ok || reexec.InStage() {
		t.Error("the test itself plays a part")
	}
}
