package gomod

import (
	"os/exec"
	"runtime"
	"syscall"
)

// runBound runs a command that ends when this process is killed. The signal is
// bound to the thread that starts the command, so that one has to stay.
func runBound(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd.Run()
}
