package builder

import (
	"fmt"
	"strings"
)

// PlatformError means that the embedded builder does not exist for this
// operating system.
type PlatformError struct {
	OS string
}

// Error names what is missing.
func (e *PlatformError) Error() string {
	return fmt.Sprintf("the embedded builder needs Linux, and this is %s", e.OS)
}

// Hint is what the user can do, in one line.
func (e *PlatformError) Hint() string {
	return "name a BuildKit on Linux with --builder or BUILDKIT_HOST, for example the one in a container: docker run -d --name buildkit --privileged moby/buildkit, then BUILDKIT_HOST=docker-container://buildkit"
}

// NamespaceError means that this machine or container does not let the builder
// make the namespaces that keep build steps apart.
type NamespaceError struct {
	// Op is what was refused.
	Op string
	// Root tells whether the caller is root.
	Root bool
	// Cures are what helps here, the likeliest first, a line each.
	Cures []string
	// Err is what the kernel said.
	Err error
}

// Error says what was refused.
func (e *NamespaceError) Error() string {
	who := "an ordinary user"
	if e.Root {
		who = "root"
	}
	return fmt.Sprintf("the embedded builder needs namespaces, and this machine refuses them to %s: %s: %v", who, e.Op, e.Err)
}

// Unwrap gives what the kernel said.
func (e *NamespaceError) Unwrap() error { return e.Err }

// Hint lists the cures.
func (e *NamespaceError) Hint() string { return strings.Join(e.Cures, "; or ") }

// StateError means that the state folder cannot be used.
type StateError struct {
	Dir string
	Err error
}

// Error names the folder and what is wrong with it.
func (e *StateError) Error() string {
	return fmt.Sprintf("using the state folder %s: %v", e.Dir, e.Err)
}

// Unwrap gives the cause.
func (e *StateError) Unwrap() error { return e.Err }

// CrashError means that the builder process ended before its time.
type CrashError struct {
	// Killed tells that a signal ended it, not a fault of its own.
	Killed bool
	// Log is the file that it wrote to, Tail the end of that.
	Log  string
	Tail string
	Err  error
}

// Error gives the last thing that the builder process said.
func (e *CrashError) Error() string {
	last := strings.TrimSpace(e.Tail)
	if i := strings.LastIndexByte(last, '\n'); i >= 0 {
		last = last[i+1:]
	}
	return fmt.Sprintf("the builder process ended unexpectedly: %v: %s (see %s)", e.Err, last, e.Log)
}

// Unwrap gives how the process ended.
func (e *CrashError) Unwrap() error { return e.Err }
