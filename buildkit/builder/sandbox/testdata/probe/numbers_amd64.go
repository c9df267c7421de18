package main

// System calls that package syscall does not name.
const (
	sysAddKey = 248
	sysKeyctl = 250
	sysBPF    = 321
)
