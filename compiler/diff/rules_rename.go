package diff

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// renameRules are about things that are called something else and are otherwise equal.
var renameRules = []Rule{
	{
		ID: "endpoint-renamed", Audience: Caller, Severity: Breaking,
		Purpose: "endpoints are called something else, and are otherwise equal",
		Explain: "BentoML's client, the generated clients and the metrics call an endpoint by its name, and its default route is its name: where that changed with it, the old one is answered with 404.",
		Cure:    "state the old route on the new endpoint, or keep both endpoints until nobody calls the old one",
		On: renamed(func(c *Call, all []Rename[*ir.Endpoint]) {
			var kept, moved []Rename[*ir.Endpoint]
			for _, r := range all {
				if r.Old.Route == r.New.Route {
					kept = append(kept, r)
				} else {
					moved = append(moved, r)
				}
			}
			findRenames(c, moved, Finding{Reason: "callers of the old route get 404; nothing else has changed"})
			findRenames(c, kept, Finding{Severity: Risky, Reason: "clients that are made of the description call it by its new name; the route is the same", Cure: "tell who uses a generated client"})
		}),
	},
	renames[ir.Service]("service-renamed", "services", "the image, the metrics and the operation ids of the API have the service's name in them"),
	renames[ir.Runner]("runner-renamed", "runners", "the metrics of a runner have its name as a label"),
	renames[ir.Model]("model-renamed", "models", "the file lies in the image under the model's name"),
	renames[ir.Graph]("graph-renamed", "graphs", "traces call it by its name"),
	renames[ir.Node]("node-renamed", "nodes", "the metrics and traces of a node have its name in them"),
	safeRenames[ir.Type]("type-renamed", "named types", "the API's description calls it by its new name; what travels is the same"),
}

// renames is the rule for what only the operator sees the name of.
func renames[T any](id, what, why string) Rule {
	return Rule{
		ID: id, Audience: Operator, Severity: Risky,
		Purpose: what + " are called something else, and are otherwise equal",
		Explain: upperFirst(why) + ": what looks for the old name finds nothing.",
		Cure:    "change what looks for the old names, such as dashboards and alerts",
		On:      renamed(func(c *Call, all []Rename[*T]) { findRenames(c, all, Finding{Reason: why}) }),
	}
}

func safeRenames[T any](id, what, why string) Rule {
	r := renames[T](id, what, why)
	r.Severity, r.Audience, r.Explain, r.Cure = Safe, Caller, upperFirst(why)+".", ""
	return r
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// findRenames reports all renames of a kind as one.
func findRenames[T any](c *Call, all []Rename[T], f Finding) {
	if len(all) == 0 {
		return
	}
	first := all[0]
	f.Path, f.Old, f.New = first.Path, place(c.Old.Bento, first.Old, first.OldPath, ""), place(c.New.Bento, first.New, first.Path, "")
	var before, after []string
	for _, r := range all {
		before, after = append(before, lastName(r.OldPath)), append(after, lastName(r.Path))
	}
	f.Before, f.After = strings.Join(before, ", "), strings.Join(after, ", ")
	if len(all) > 1 {
		f.Reason = fmt.Sprintf("%d are called something else: %s", len(all), f.Reason)
	}
	c.Find("", f)
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
