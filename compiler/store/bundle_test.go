package store_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/fetch/gomod/proxytest"
	"bentoc.dev/compiler/store"
)

// bundled gives a client with a file, a module and its go.mod, and a bundle of them.
func bundled(t *testing.T) (*gomod.Client, []store.Item, []byte) {
	t.Helper()
	proxy := t.TempDir()
	m := proxytest.Write(t, proxy, "example.com/x", "v1.0.0", map[string]string{"go.mod": "module example.com/x\n", "x.go": "package x\n"})
	sums := []store.Module{{Path: "example.com/x", Version: "v1.0.0", Sum: m.Sum}, {Path: "example.com/x", Version: "v1.0.0/go.mod", Sum: m.GoModSum}}
	c := gomod.New(fetchtest.New(t, "GOPROXY=file://"+proxy, "GOMODCACHE="+proxytest.Cache(t)), nil)
	read := func(ext string) store.Blob {
		data, err := os.ReadFile(proxy + "/example.com/x/@v/v1.0.0" + ext)
		if err != nil {
			t.Fatal(err)
		}
		b, err := c.Store.PutBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	zip, mod := read(".zip"), read(".mod")
	file, err := c.Store.PutBytes([]byte("a wheel"))
	if err != nil {
		t.Fatal(err)
	}
	items := []store.Item{{Blob: zip, Module: &sums[0]}, {Blob: mod, Module: &sums[1]}, {Blob: file}, {Blob: file}}
	var b bytes.Buffer
	if err := c.Store.WriteBundle(t.Context(), &b, items); err != nil {
		t.Fatal(err)
	}
	return c, items, b.Bytes()
}

// keep is what makes the modules of a bundle findable.
func keep(c *gomod.Client) func(store.Item) error {
	return func(i store.Item) error { return c.Keep(i.Blob, gomod.Sum(*i.Module)) }
}

func TestBundle(t *testing.T) {
	t.Parallel()
	_, items, data := bundled(t)
	c := gomod.New(fetchtest.New(t), nil)
	for range 2 {
		got, err := c.Store.ReadBundle(t.Context(), bytes.NewReader(data), keep(c))
		if err != nil || len(got) != len(items) {
			t.Fatalf("%v, %v", got, err)
		}
	}
	// Without a proxy or a go command, the modules are there.
	blobs, err := c.Modules(t.Context(), []gomod.Sum{gomod.Sum(*items[0].Module), gomod.Sum(*items[1].Module)})
	if err != nil || blobs[0] != items[0].Blob || blobs[1] != items[1].Blob || !c.Store.Has(items[2].Blob) {
		t.Errorf("%v, %v", blobs, err)
	}
	var again bytes.Buffer
	if err := c.Store.WriteBundle(t.Context(), &again, items); err != nil || !bytes.Equal(again.Bytes(), data) {
		t.Errorf("written once more it differs: %v", err)
	}
}

func TestBadBundles(t *testing.T) {
	t.Parallel()
	c, items, data := bundled(t)
	at := bytes.Index(data, []byte("a wheel"))
	for name, test := range map[string]struct {
		data []byte
		text string
	}{
		"empty":   {nil, "no file that bentoc store export wrote"},
		"other":   {[]byte("PK\x03\x04"), "no file that bentoc store export wrote"},
		"cut":     {data[:at-600], "cut short"},
		"newer":   {bytes.Replace(data, []byte(`{"version":1`), []byte(`{"version":9`), 1), "has version 9"},
		"digest":  {bytes.Replace(data, []byte(`"digest":"sha256:`), []byte(`"digest":"sha257:`), 1), "is no digest"},
		"changed": {bytes.Replace(data, []byte("a wheel"), []byte("a whee1"), 1), "has the digest"},
	} {
		into := gomod.New(fetchtest.New(t), nil)
		if _, err := into.Store.ReadBundle(t.Context(), bytes.NewReader(test.data), keep(into)); err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
		if into.Store.Has(items[2].Blob) {
			t.Errorf("%s: something was kept", name)
		}
	}
	into := gomod.New(fetchtest.New(t), nil)
	longer := bytes.Replace(data, []byte(`"size":7`), []byte(`"size":8`), 1)
	if _, err := into.Store.ReadBundle(t.Context(), bytes.NewReader(longer), keep(into)); err == nil || !strings.Contains(err.Error(), "has not the 8 bytes") {
		t.Errorf("a size that is another: %v", err)
	}
	// A bundle that calls another file a module.
	forged := []store.Item{{Blob: items[0].Blob, Module: &store.Module{Path: "example.com/x", Version: "v1.0.0", Sum: "h1:" + strings.Repeat("A", 43) + "="}}}
	var b bytes.Buffer
	if err := c.Store.WriteBundle(t.Context(), &b, forged); err != nil {
		t.Fatal(err)
	}
	var bad *store.DigestError
	into = gomod.New(fetchtest.New(t), nil)
	if _, err := into.Store.ReadBundle(t.Context(), &b, keep(into)); !errors.As(err, &bad) {
		t.Errorf("a forged module: %v", err)
	}
	if err := errors.Join(os.Chmod(c.Store.Path(items[0].Digest), 0o644), os.Truncate(c.Store.Path(items[0].Digest), 3)); err != nil {
		t.Fatal(err)
	}
	if err := c.Store.WriteBundle(t.Context(), &b, items); !errors.As(err, &bad) {
		t.Errorf("writing what is broken: %v", err)
	}
}
