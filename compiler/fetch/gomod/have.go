package gomod

import (
	"os"

	"golang.org/x/mod/module"

	"bentoc.dev/compiler/store"
)

// HaveToolchain gives the module zip of t where the store has it. Unlike
// [Client.Toolchain] it asks nobody.
func (c *Client) HaveToolchain(t Toolchain) (store.Blob, bool) {
	return c.have(t.Module.String() + " " + t.Sum)
}

// HaveModule gives the zip of a module, or its go.mod, where the store has it. It
// asks nobody.
func (c *Client) HaveModule(m Sum) (store.Blob, bool) { return c.have(m.memoKey()) }

func (c *Client) have(key string) (b store.Blob, ok bool) {
	ok = c.Store.Memo("gomod", key, &b) && c.Store.Has(b)
	return b, ok
}

// Keep makes b, which is in the store, findable as the module m, after comparing it
// with its sum.
func (c *Client) Keep(b store.Blob, m Sum) error {
	file := c.Store.Path(b.Digest)
	if err := m.check(file); err != nil {
		return err
	}
	return c.Store.SetMemo("gomod", m.memoKey(), b)
}

func (m Sum) check(file string) error {
	if !m.GoModOnly() {
		return checkZip(file, module.Version{Path: m.Path, Version: m.Version}, m.Sum)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return compareGoMod(data, m)
}
