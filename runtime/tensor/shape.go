package tensor

import (
	"fmt"
	"strings"
)

// ShapeText shows a shape as the schema does, with "?" for any size.
func ShapeText(dims []int) string {
	if dims == nil {
		return "of more dimensions"
	}
	out := make([]string, len(dims))
	for i, d := range dims {
		out[i] = "?"
		if d >= 0 {
			out[i] = fmt.Sprint(d)
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}
