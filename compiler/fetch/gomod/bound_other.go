//go:build !linux

package gomod

import "os/exec"

// runBound runs a command. Other systems than Linux cannot bind its life to
// this process.
func runBound(cmd *exec.Cmd) error { return cmd.Run() }
