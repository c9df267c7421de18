package diff

import (
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Vet reports what a bento says of changes that no comparison could ever mean. Whether a
// day has passed is not its business: a build does not depend on the day.
func Vet(b *ir.Bento) (diags diag.List) {
	var ids []string
	for _, r := range Rules() {
		ids = append(ids, r.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(b.Accepted)) {
		known := slices.Contains(ids, id)
		for _, a := range b.Accepted[id] {
			switch _, err := ir.Date(a.Until); {
			case !known:
				d := diags.Errorf(diag.BadAcceptance, a.Pos, acceptedPath(id), "no rule is called %q", id)
				if near := diag.Nearest(id, ids); near != "" {
					d.Hintf("did you mean %q?", near)
				} else {
					d.Hintf("bentoc diff writes the name of the rule in brackets behind the severity")
				}
			case err != nil:
				diags.Errorf(diag.BadAcceptance, a.Pos, acceptedPath(id), "%q is no day", a.Until).Hintf("write a day of the calendar such as \"2027-01-31\"")
			}
		}
	}
	return diags
}

func acceptedPath(id string) string { return "bento.accepted." + label(id) }

// accept marks the findings that the new side agrees to. An entry that the old side has too
// came with an earlier change: else it would cover every change to come at its path.
func (r *Report) accept(before, after Side, o Options) {
	old, new := before.Bento, after.Bento
	if new == nil {
		return
	}
	for _, earlier := range []bool{false, true} {
		for _, id := range slices.Sorted(maps.Keys(new.Accepted)) {
			for _, a := range new.Accepted[id] {
				switch {
				case earlier != (had(old, id, a) || before.AcceptanceUnknown):
				case o.Today.After(ir.End(a.Until)):
					r.Diagnostics.Errorf(diag.ExpiredAcceptance, a.Pos, acceptedPath(id), "the change of %s was accepted until %s, which has passed", a.Path, a.Until).
						Hintf("remove the entry; where the change is still found, agree to it again with a later day")
				case earlier && before.AcceptanceUnknown:
					r.tellEarlier(id, a, "may have come with an earlier change, which "+before.Name+" does not tell: compare with a revision")
				case earlier:
					r.tellEarlier(id, a, "came with an earlier change: accept this one by an entry of its own")
				default:
					r.acceptOne(id, a)
				}
			}
		}
	}
}

func had(b *ir.Bento, id string, a *ir.Accepted) bool {
	return b != nil && slices.ContainsFunc(b.Accepted[id], func(b *ir.Accepted) bool { return a.Path == b.Path && a.Until == b.Until && a.Why == b.Why })
}

func (r *Report) acceptOne(id string, a *ir.Accepted) {
	used := false
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Rule == id && covers(a.Path, f.Path) {
			used, f.Suppressed = true, &Suppression{Reason: a.Why, Until: a.Until, Pos: a.Pos}
		}
	}
	if !used {
		r.Diagnostics.Warnf(diag.IdleAcceptance, a.Pos, acceptedPath(id), "there is no change that %s finds at %s", id, a.Path).
			Hintf("write the path as the report calls it, or remove the entry")
	}
}

// tellEarlier says of findings that an entry would cover why it does not.
func (r *Report) tellEarlier(id string, a *ir.Accepted, why string) {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Rule == id && f.Suppressed == nil && covers(a.Path, f.Path) {
			f.Cure += "; what is accepted at " + a.Pos.String() + " " + why
		}
	}
}

// covers tells whether a path is the one that is accepted, or lies below it.
func covers(accepted, path string) bool {
	accepted = strings.TrimPrefix(accepted, "bento.")
	below, found := strings.CutPrefix(path, accepted)
	return found && (below == "" || strings.ContainsAny(below[:1], ".[|"))
}
