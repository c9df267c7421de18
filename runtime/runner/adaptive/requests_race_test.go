//go:build slow && race

package adaptive_test

// requests of the stress test.
const requests = 100_000
