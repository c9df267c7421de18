// Package storetest puts stand-ins into a store for contents that tests do not
// download.
package storetest

import (
	"os"
	"testing"

	"bentoc.dev/compiler/store"
)

// Forge puts data, at the end of a file of b's size, where the content b belongs,
// and makes the store believe that it is b.
func Forge(t *testing.T, s *store.Store, b store.Blob, data []byte) {
	t.Helper()
	f, err := os.Create(s.Path(b.Digest))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(data, b.Size-int64(len(data))); err != nil {
		t.Fatal(err)
	}
	fi, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetMemo("blob", b.Digest, map[string]string{"look": store.Look(fi), "sum": b.Digest}); err != nil {
		t.Fatal(err)
	}
}
