//go:build !linux

package fetch

import "os/exec"

// runBound runs a command. Other systems than Linux cannot bind its life to
// this process.
func runBound(cmd *exec.Cmd) error { return cmd.Run() }
