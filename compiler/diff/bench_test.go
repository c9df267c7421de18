package diff

import (
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// many is a bento of n endpoints, each with types of its own.
func many(n int, change string) *ir.Bento {
	var s, ends strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "type T%d = {a: int, b: [...{c: string, d?: float >=0}], e: \"x\" | \"y\"}\n", i)
		fmt.Fprintf(&s, "runner r%d {t: #T%d, n: int%s, o?: {p: bool, q: [...int]}} -> {t: #T%d, l: [...#T%d]}\n", i, i, change, i, i)
		fmt.Fprintf(&ends, "e%d runner r%d /e%d\n", i, i, i)
	}
	return notation.Bento(s.String() + "service s {\n" + ends.String() + "}\n")
}

// BenchmarkCompare is 1,000 endpoints that are the same, and 1,000 that all broke.
func BenchmarkCompare(b *testing.B) {
	old := many(1000, "")
	for name, new := range map[string]*ir.Bento{"same": many(1000, ""), "broken": many(1000, " >=0")} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Compare(Side{Bento: old}, Side{Bento: new}, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
