package lock

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"bentoc.dev/compiler/need"
)

// KindWorkspace is MODULE H1: what the choice of modules depends on.
const KindWorkspace = "workspace"

var workspaceKind = kind{
	name: KindWorkspace, form: "an h1 sum", tests: fieldsAre(isH1),
	follows: func(n need.Needs, modules []Entry) []Entry {
		return []Entry{{Kind: KindWorkspace, Name: n.Modules.Server, Fields: []string{workspaceSum(n.Modules.Identity, modules)}}}
	},
	stale: func(want Entry, found []Entry) string {
		if len(found) == 0 {
			return fmt.Sprintf("the lock was not made for %s", want.Name)
		}
		return "the Go modules that are required, imported or locked have changed since the lock was made"
	},
}

// workspaceSum ties the chosen modules to what they were chosen for, so that
// neither can change alone.
func workspaceSum(identity string, modules []Entry) string {
	h := sha256.New()
	fmt.Fprintln(h, identity)
	for _, e := range modules {
		fmt.Fprintln(h, e)
	}
	return "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}
