package store_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"testing"

	"bentoc.dev/compiler/store"
)

// FuzzReadBundle: a bundle comes from another machine and is not believed. What is taken
// is in the store as it is described, and nothing lies outside of the store's folder.
func FuzzReadBundle(f *testing.F) {
	bundle := func(index string, files ...string) []byte {
		var b bytes.Buffer
		t := tar.NewWriter(&b)
		add := func(name, text string) {
			if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
				f.Fatal(err)
			}
			if _, err := t.Write([]byte(text)); err != nil {
				f.Fatal(err)
			}
		}
		add("bentoc-store.json", index)
		for i := 0; i+1 < len(files); i += 2 {
			add(files[i], files[i+1])
		}
		if err := t.Close(); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("a wheel")))
	name := "blobs/sha256/" + digest[len("sha256:"):]
	item := func(digest string, size int) string {
		return fmt.Sprintf(`{"version":1,"items":[{"digest":%q,"size":%d}]}`, digest, size)
	}
	f.Add(bundle(item(digest, 7), name, "a wheel"))
	f.Add(bundle(item(digest, 8), name, "a wheel"))
	f.Add(bundle(item(digest, 7), name, "a whale"))
	f.Add(bundle(item(digest, 7), "../"+name, "a wheel", "./"+name, "a wheel"))
	f.Add(bundle(item("sha256:../../../../outside", 7), "blobs/sha256/../../../../outside", "a wheel"))
	f.Add(bundle(item("", 0), "blobs", ""))
	f.Add(bundle(item(digest, -1)))
	f.Add(bundle(`{"version":2}`))
	f.Add([]byte("no archive"))
	root := f.TempDir()
	s, err := store.Open(root + "/in/store") // what is in it is found by its digest
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		items, err := s.ReadBundle(t.Context(), bytes.NewReader(data), func(store.Item) error { return nil })
		for _, i := range items {
			got, readErr := os.ReadFile(s.Path(i.Digest))
			if err == nil && (readErr != nil || int64(len(got)) != i.Size || fmt.Sprintf("sha256:%x", sha256.Sum256(got)) != i.Digest) {
				t.Errorf("%+v was taken and is %q, %v", i, got, readErr)
			}
		}
		if left, err := os.ReadDir(root); err != nil || len(left) != 1 {
			t.Errorf("beside the store lies %v, %v", left, err)
		}
	})
}
