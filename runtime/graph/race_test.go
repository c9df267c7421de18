//go:build race

package graph_test

// raceEnabled: under the race detector sync.Pool drops values on purpose.
const raceEnabled = true
