package sandbox

import "golang.org/x/sys/unix"

const (
	nativeArch   = unix.AUDIT_ARCH_AARCH64
	foreignCalls = 1 << 31
)

// forbiddenHere are those that other architectures do not have.
var forbiddenHere []int
