//go:build !slow

package main

// slow is true with the build tag of the same name.
const slow = false
