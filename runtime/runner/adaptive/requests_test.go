//go:build !slow

package adaptive_test

// requests of the stress test.
const requests = 20_000
