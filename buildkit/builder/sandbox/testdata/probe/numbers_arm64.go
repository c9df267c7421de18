package main

// System calls that package syscall does not name.
const (
	sysAddKey = 217
	sysKeyctl = 219
	sysBPF    = 280
)
