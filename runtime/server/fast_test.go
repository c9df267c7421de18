//go:build !slow

package server_test

// slow is false without the build tag of the same name.
const slow = false
