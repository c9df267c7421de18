//go:build !linux

package collect

func useHugePages(int) {}
