package diff

import (
	"fmt"
	"slices"
	"strings"
)

// Explain says what a rule finds, why that matters and what to do; "" where there is no
// such rule.
func Explain(id string) string {
	all := Rules()
	i := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return ""
	}
	r := all[i]
	var s strings.Builder
	fmt.Fprintf(&s, "bentoc diff finds: %s. It is %s for the %s, unless the finding says otherwise.\n\n%s\n", r.Purpose, r.Severity, r.Audience, r.Explain)
	if r.Cure != "" {
		fmt.Fprintf(&s, "\nWhat to do: %s.\n", r.Cure)
	}
	if r.Severity != Safe {
		fmt.Fprintf(&s, "\nA bento agrees to it, for a time and a reason, by\naccepted: %q: [{path: \"…\", until: \"2027-01-31\", why: \"…\"}]\n", r.ID)
	}
	for _, p := range Peers() {
		if slices.Contains(strings.Fields(p.Rules), id) && p.Buf != "" {
			fmt.Fprintf(&s, "\nIn buf: %s\n", strings.Join(strings.Fields(p.Buf), " "))
		}
	}
	return strings.TrimSuffix(s.String(), "\n")
}
