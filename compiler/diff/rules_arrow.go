package diff

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

// arrowRules are about tables that travel as streams of Arrow.
var arrowRules = []Rule{
	{
		ID: "arrow-off", Audience: Caller, Severity: Breaking,
		Purpose: "an endpoint does not speak Arrow any more",
		Explain: "A request that is a stream of Arrow is answered with 415, and a client whose Accept asks for one gets JSON. An input or answer that is no longer one table, or has a field beside it, is no stream any more either.",
		Cure:    "keep it until nobody asks for it: the access log has the content types",
		Covers:  []string{"Endpoint.Arrow"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			was, is := arrowTables(c.Old.Bento, old), arrowTables(c.New.Bento, new)
			reason := ""
			switch in, out := was.in != nil && is.in == nil, was.out != nil && is.out == nil; {
			case in && out:
				reason = "streams of Arrow are refused with 415, and who asks for one gets JSON"
			case in:
				reason = "streams of Arrow are refused with 415"
			case out:
				reason = "who asks for a stream of Arrow gets JSON"
			default:
				return
			}
			f := Finding{Before: "true", After: "false", Reason: reason}
			if new.Arrow {
				f.Before, f.After, f.Reason = "one table", "another type", reason+": it is not one table any more"
			}
			c.Find("arrow", f)
		}),
	},
	{
		ID: "arrow-on", Audience: Caller, Severity: Safe,
		Purpose: "an endpoint speaks Arrow too",
		Explain: "Clients that send and take JSON see nothing of it.",
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			if !old.Arrow && new.Arrow {
				c.Find("arrow", Finding{Before: "false", After: "true", Reason: "tables may be streams of Arrow beside JSON"})
			}
		}),
	},
	{
		ID: "arrow-answer-type", Audience: Caller, Severity: Breaking,
		Purpose: "a column of an answer has another type in streams of Arrow",
		Explain: "JSON has one kind of number, Arrow has integers and floats: a column that was of floats and has integers now is what JSON clients could always read, and a column of another type for those who read streams of Arrow.",
		Cure:    "keep the type of the column, or give the new one another name",
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			was, is := arrowTables(c.Old.Bento, old).out, arrowTables(c.New.Bento, new).out
			if was == nil || is == nil {
				return
			}
			for _, f := range was.Elem.Fields {
				g := is.Elem.Field(f.Name)
				if g == nil {
					continue // which the rules of types tell
				}
				if a, b := cellKind(c.Old.Bento, f.Type), cellKind(c.New.Bento, g.Type); a != b {
					c.Find("arrow", Finding{Before: string(a), After: string(b), Reason: fmt.Sprintf("column %s of the answer is of another type in streams of Arrow", f.Name)})
				}
			}
		}),
	},
}

// arrowEnds are the tables of an endpoint that may be streams of Arrow.
type arrowEnds struct{ in, out *ir.Type }

func arrowTables(b *ir.Bento, e *ir.Endpoint) (ends arrowEnds) {
	if e.Arrow {
		in, out := b.EndpointTypes(e)
		ends.in, _ = b.SoleTable(in)
		ends.out, _ = b.SoleTable(out)
	}
	return ends
}

// cellKind is the kind of the cells of a column that are not null.
func cellKind(b *ir.Bento, t *ir.Type) ir.Kind {
	t = b.Resolve(t)
	for _, a := range t.Arms {
		if a = b.Resolve(a); a.Kind != ir.KindNull {
			return a.Kind
		}
	}
	return t.Kind
}
