//go:build !unix

package store

import "io/fs"

// inode is not known here: size and time must do.
func inode(fs.FileInfo) string { return "" }
