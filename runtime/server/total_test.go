package server

import (
	"io"
	"log/slog"
	"runtime/debug"
	"testing"
)

// What requests may take follows what is declared and what the container has, and what
// requests hold meanwhile is not the server's own.
func TestMemoryFollowsWhatIsDeclared(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	inside := int64(0) // what the container has
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	m := newMemory(1<<30, func(string) (string, bool) { return "", false }, func() int64 { return inside })
	m.declared = 1 << 30
	m.settle(log)
	first := m.budget.Limit()
	if first < 1<<29 || first > 1<<30/10*9 {
		t.Errorf("of a gigabyte requests may take %d bytes", first)
	}
	held := m.budget.Share(t.Context())
	if err := held.Take(1 << 20); err != nil {
		t.Fatal(err)
	}
	m.declared = 1 << 31
	m.settle(log)
	if n := m.budget.Limit(); n < first+1<<29 || n > 1<<31/10*9 {
		t.Errorf("of two gigabytes requests may take %d bytes", n)
	}
	m.declared = 0
	m.settle(log)
	if n := m.budget.Limit(); n != 0 {
		t.Errorf("without a limit requests may take %d bytes", n)
	}
	m.declared = 32 << 20
	m.settle(log)
	if n := m.budget.Limit(); n < 1<<20 || n > 32<<20 {
		t.Errorf("of little memory requests may take %d bytes", n)
	}
	for _, n := range []int64{0, 1 << 30} { // the smaller of the two wins
		inside = 32 << 20
		m.declared = n
		m.settle(log)
		if n := m.budget.Limit(); n < 1<<20 || n > 32<<20 {
			t.Errorf("in a small container requests may take %d bytes", n)
		}
	}
	held.Release()
	if n := m.budget.InUse(); n != 0 {
		t.Errorf("%d bytes are in use at the end", n)
	}
}
