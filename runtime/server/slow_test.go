//go:build slow

package server_test

// slow is true with the build tag of the same name.
const slow = true
