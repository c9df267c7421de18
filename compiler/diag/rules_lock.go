package diag

// The lock.
var (
	LockMissing = rule(Rule{Code: "lock-missing", Category: Lock, Severity: Error, Purpose: "what bento.lock does not have", Explain: `There is no bento.lock beside bento.cue, or it has no entry for something that the
bento needs, and it may not be written now (--locked, or CI is set).

` + "`bentoc lock`" + ` writes it. Commit it: it makes builds the same everywhere.`})

	LockStale = rule(Rule{Code: "lock-stale", Category: Lock, Severity: Error, Purpose: "a bento.lock that is not for this bento", Explain: `bento.lock is not for the present bento.cue: a model, a base or a Go module has
changed since it was written, or a field of an endpoint has no number in it yet.

` + "`bentoc lock`" + ` brings it up to date and prints what changed;
` + "`bentoc lock --update=NAME`" + ` takes a newer version of one thing.`})

	LockCorrupt = rule(Rule{Code: "lock-corrupt", Category: Lock, Severity: Error, Purpose: "a bento.lock that cannot be read", Explain: `bento.lock cannot be read. It is in merge conflict, was cut off, or was edited.

After a merge, ` + "`bentoc lock`" + ` mends it, markers or not: it keeps what both sides agree on
and what one of them has alone, and chooses anew what they have otherwise. Else take it from
version control again, or remove it and run ` + "`bentoc lock`" + `, which may choose newer versions.`})

	LockTooNew = rule(Rule{Code: "lock-too-new", Category: Lock, Severity: Error, Purpose: "a bento.lock of a newer bentoc", Explain: `bento.lock was written by a newer bentoc, in a format that this one does not know.

Use that version of bentoc or a newer one.`})

	LockMismatch = rule(Rule{Code: "lock-mismatch", Category: Lock, Severity: Error, Purpose: "contents that are not those of bento.lock", Explain: `Something that has a name and a version has another checksum than bento.lock says: in
what bentoc itself carries, in go.sum, or where it was found now. That never changes for a
good reason, so nothing is recorded and nothing of it is kept.

Compare the line with version control. If you trust the new content,
` + "`bentoc lock --update=NAME`" + ` records it. If nothing was published anew, the download was
tampered with, or the line was edited.`})
)
