//go:build slow

package gen_test

// slow is true with the build tag of the same name.
const slow = true
