// Package sandbox runs a program on a root file system of its own, in
// namespaces that this executable makes itself: no OCI runtime is needed, and
// no root either.
//
// It has two users. The [Executor] runs BuildKit's build steps: only those that
// bentoc wrote, such as the Go compiler, without network and without any
// capability. [Run] runs a built image for `bentoc serve`, with the host's
// network.
//
// Process 1 of a sandbox is this executable again (package reexec). It mounts
// what its parent prepared, makes the new root its root, and becomes the
// program. When it dies, everything in its namespaces dies with it.
package sandbox
