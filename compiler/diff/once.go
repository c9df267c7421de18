package diff

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// once makes one finding of those that say the same of one place in the sources: a runner
// behind two endpoints has one type. What is accepted for one endpoint is not for another.
func once(all []Finding) []Finding {
	seen := map[string]int{}
	kept := []Finding{}
	for _, f := range all {
		key, ok := f.place()
		if i, had := seen[key]; ok && had {
			kept[i].Also = append(kept[i].Also, f.Path)
			continue
		}
		seen[key] = len(kept)
		kept = append(kept, f)
	}
	for i := range kept {
		if also := kept[i].Also; len(also) > 0 {
			kept[i].Reason += "; the same " + where(also)
		}
	}
	return kept
}

func where(paths []string) string {
	const most = 3
	shown := slices.Clone(paths[:min(most, len(paths))])
	if more := len(paths) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("%d more places", more))
	}
	return "at " + strings.Join(shown, ", ")
}

// place tells what a finding says, apart from the endpoint; false where it is not of an
// endpoint, or where nobody knows where it was written.
func (f Finding) place() (string, bool) {
	labels := strings.SplitN(f.Path, ".", 5)
	if len(labels) < 5 || labels[0] != "services" || labels[2] != "endpoints" || !f.Old.IsValid() && !f.New.IsValid() {
		return "", false
	}
	f.Path = labels[1] + "." + labels[4]
	f.Also = nil
	key, err := json.Marshal(f)
	return string(key), err == nil
}
