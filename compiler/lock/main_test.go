package lock_test

import (
	"log"
	"os"
	"testing"
)

// goCache is a GOCACHE for all go commands of this process.
var goCache string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gocache")
	if err != nil {
		log.Fatal(err)
	}
	goCache = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
