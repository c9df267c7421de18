package check

import (
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir/notation"
)

// TestOptionalEdges generates every place for a value times every field that may or
// may not be absent: it is carried where the place may be empty, refused at the edge
// where it may not, and nowhere left to the server.
func TestOptionalEdges(t *testing.T) {
	t.Parallel()
	fields := `{opt?: string, obj?: {x: string, y?: string}, req: string, nul: null | string, onul?: null | string}`
	producers := map[string]bool{"opt": true, "obj.x": true, "obj.y": true, "req": false, "nul": false, "onul": true}
	places := []struct {
		name, in, arg, each, out string // %[1]s is the edge, %[2]s its type
		needs                    bool
	}{
		{name: "field", in: "a: %[2]s", arg: "{a: %[1]s}", needs: true},
		{name: "optional field", in: "a?: %[2]s", arg: "{a: %[1]s}"},
		{name: "nested", in: "o: {a?: %[2]s}", arg: "{o: {a: %[1]s}}"},
		{name: "list", in: "l: [...%[2]s]", arg: `{l: ["x", %[1]s]}`, needs: true},
		{name: "tuple", in: "l: [int, %[2]s]", arg: `{l: [1, %[1]s]}`, needs: true},
		{name: "map", in: "m: {[string]: %[2]s}", arg: "{m: {k: %[1]s}}", needs: true},
		{name: "any", in: "v: any", arg: "{v: {k: %[1]s}}"},
		{name: "list in any", in: "v: any", arg: "{v: [%[1]s]}", needs: true},
		{name: "output field", out: "{a: %[1]s}"},
		{name: "output, nested", out: "{o: {a: %[1]s}}"},
		{name: "output list", out: "{l: [%[1]s]}", needs: true},
		{name: "output, objects in a list", out: "{l: [{a: %[1]s}]}"},
		{name: "output list in list", out: "{l: [[%[1]s]]}", needs: true},
		{name: "whole output", out: "%[1]s", needs: true},
		{name: "whole output, a list", out: "[%[1]s]", needs: true},
		{name: "declared output", out: "{a: %[1]s & %[2]s}"},
		{name: "each field", each: "{a: %[1]s}"},
		{name: "each list", each: "{l: [%[1]s]}", needs: true},
		{name: "whole each", each: "%[1]s", needs: true},
	}
	for field, absent := range producers {
		typ := "string"
		if strings.HasSuffix(field, "nul") {
			typ = "null | string"
		}
		for _, origin := range []string{"#input.", "mk.#out."} {
			for _, p := range places {
				edge := origin + field
				fill := func(s string) string {
					if !strings.Contains(s, "%") {
						return s
					}
					return strings.Split(fmt.Sprintf(s+"\x00%[1]s%[2]s", edge, typ), "\x00")[0]
				}
				src := "runner echo " + fields + " -> " + fields + "\n"
				nodes := "\tmk call echo {req: #input.req, nul: #input.nul}\n"
				out := fill(p.out)
				switch {
				case p.in != "":
					src += "runner take {" + fill(p.in) + "} -> {s: string}\n"
					nodes += "\tn call take " + fill(p.arg) + "\n"
					out = "{s: n.#out.s, r: mk.#out.req}"
				case p.each != "":
					nodes += "\tm map #input.xs {\n\t\teach " + fill(p.each) + "\n\t}\n"
					out = "{m: m.#out, r: mk.#out.req}"
				case origin == "#input.":
					nodes = ""
				}
				src += "graph g " + strings.TrimSuffix(fields, "}") + ", xs: [...int]} {\n" + nodes + "\t-> " + out + "\n}\nservice s { g graph g }\n"
				said := Run(notation.Bento(src), Options{})
				var bad diag.List
				for _, d := range said {
					if d.Severity == diag.Error {
						bad = append(bad, d)
					}
				}
				switch {
				case absent && p.needs && (len(bad) != 1 || bad[0].Code != diag.TypeMismatch || !strings.Contains(bad[0].Message, "may be absent")):
					t.Errorf("%s into %s: want it refused, got %v\n%s", edge, p.name, bad, src)
				case !(absent && p.needs) && len(bad) > 0:
					t.Errorf("%s into %s: want it carried, got %v\n%s", edge, p.name, bad, src)
				}
			}
		}
	}
}
