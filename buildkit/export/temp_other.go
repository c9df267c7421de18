//go:build !linux

package export

import "os"

func createBeside(dest string) (*tempFile, error) { return createNamed(dest) }

func (t *tempFile) link() error { return nil }

// swap reports that folders cannot be exchanged at once here.
func swap(string, string) (bool, error) { return false, nil }

// lockDir reports that the folder may be in use: locks on folders are Linux's.
func lockDir(*os.File) (bool, error) { return false, nil }
