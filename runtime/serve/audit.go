package serve

import (
	"fmt"
	"strings"

	"bentoc.dev/runtime/spec"
)

// maxNamed is how many problems of an input are named in the log.
const maxNamed = 5

// problemNames says what was wrong with an input, and where, as in
// lines.0.text:string_too_short. It quotes no values: the log is read by others than
// requests are.
func problemNames(problems []spec.Problem) string {
	var b strings.Builder
	for i, p := range problems {
		if i == maxNamed {
			fmt.Fprintf(&b, ";and %d more", len(problems)-i)
			break
		}
		if i > 0 {
			b.WriteByte(';')
		}
		for j, at := range p.Loc {
			if j > 0 {
				b.WriteByte('.')
			}
			fmt.Fprint(&b, at)
		}
		b.WriteString(":" + p.Type)
	}
	return b.String()
}
