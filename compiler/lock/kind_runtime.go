package lock

import "bentoc.dev/compiler/need"

// KindRuntime is bentoc.dev H1: the runtime that bentoc carries.
const KindRuntime = need.Runtime

var runtimeKind = kind{
	name: KindRuntime, form: "an h1 sum", tests: fieldsAre(isH1),
	entry: func(i need.Item) Entry { return Entry{Kind: KindRuntime, Name: i.Name, Fields: []string{i.Sum}} },
	stale: func(Entry, []Entry) string { return "the lock was made by a bentoc with another runtime" },
}
