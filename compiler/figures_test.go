package compiler

import (
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
)

// TestFigures keeps the figures of each service's image apart, and drops those of a
// service that is gone.
func TestFigures(t *testing.T) {
	t.Parallel()
	s := &Session{locked: &lock.File{}, IR: &ir.Bento{Services: map[string]*ir.Service{"a": {}, "b": {}}}}
	build := func(service string, size int64) []Figure {
		s.service = service
		f, diags := lock.Parse("bento.lock", s.Record([]Figure{{What: "layer: the server", Platform: "linux/amd64", Value: size}}))
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		s.locked = f
		return s.Figures()
	}
	for _, c := range []struct {
		service string
		size    int64
	}{{"a", 1}, {"b", 2}, {"a", 3}} {
		want := []Figure{{What: "layer: the server", Platform: "linux/amd64", Value: c.size}}
		if got := build(c.service, c.size); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.service, got, want)
		}
	}
	if s.service = "b"; len(s.Figures()) != 1 || s.Record(s.Figures()) != nil {
		t.Errorf("the figures of b are %v", s.Figures())
	}
	delete(s.IR.Services, "b")
	if got := build("", 4); len(got) != 1 || strings.Contains(string(s.locked.Bytes()), "b / ") {
		t.Errorf("afterwards the lock is\n%s", s.locked.Bytes())
	}
}
