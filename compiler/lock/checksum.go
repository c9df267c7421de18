package lock

import (
	"errors"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/store"
)

// What has a name and a version never changes: the same with another checksum is
// a fault of the lock or of who serves it, and nothing to record in silence.

// another gives the entry of f that has another checksum for what want is about;
// nil where there is none.
func (f *File) another(want Entry) *Entry {
	if want.thing() == "" {
		return nil
	}
	for _, e := range f.Of(want.Kind, want.Name) {
		if e.thing() == want.thing() && !e.same(want) {
			return &e
		}
	}
	return nil
}

const mismatchHint = "take bento.lock from version control again, or take the line away, then run bentoc lock; if you trust the other checksum, bentoc lock --update=%s records it"

// mismatch reports that whose, such as go.sum, has the thing of an entry otherwise.
func mismatch(diags *diag.List, name string, locked Entry, whose string, is Entry) {
	what, was, now := "checksum", locked.sum(), is.sum()
	if was == now {
		what, was, now = "size", locked.size()+" bytes", is.size()
	}
	diags.Errorf(diag.LockMismatch, diag.Pos{File: name, Line: max(locked.Line, 1), Col: 1}, "",
		"the %s of %s differs: the lock has %s, %s has %s", what, kindOf(locked.Kind).called(locked), was, whose, now).Hintf(mismatchHint, locked.Name)
}

// thisBentoc is whose word it is what bentoc itself carries.
const thisBentoc = "this bentoc"

// mismatches compares f with what is known without asking anybody: what bentoc
// itself carries, and what others than the lock say.
func (f *File) mismatches(name string, n need.Needs, known []Entry) (diags diag.List) {
	var claims []claim
	for _, e := range known {
		claims = append(claims, claim{e, thisBentoc})
	}
	for _, k := range kinds {
		if k.claims != nil {
			claims = append(claims, k.claims(n)...)
		}
	}
	for _, c := range claims {
		if e := f.another(c.Entry); e != nil {
			mismatch(&diags, name, *e, c.whose, c.Entry)
		}
	}
	slices.SortStableFunc(diags, func(a, b diag.Diagnostic) int { return a.Pos.Line - b.Pos.Line })
	return slices.CompactFunc(diags, func(a, b diag.Diagnostic) bool { return a.Pos == b.Pos })
}

// checkSums compares what was chosen now with what the old lock has under the
// same names and versions. What is to be chosen anew by its name may differ: that
// is how another checksum is recorded.
func (r Request) checkSums(entries []Entry) error {
	var diags diag.List
	for _, e := range entries {
		if e.thing() == "" || r.named(e) {
			continue
		}
		if old := r.Old.another(e); old != nil {
			mismatch(&diags, r.lockName(), *old, "what was found now", e)
		} else if open := r.Old.openSums(e); len(open) > 0 && !slices.ContainsFunc(open, func(o Entry) bool { return o.same(e) }) {
			mismatch(&diags, r.lockName(), open[0], "what was found now", e)
		}
	}
	if len(diags) > 0 {
		return diags
	}
	return nil
}

// named reports whether --update names what e is about.
func (r Request) named(e Entry) bool {
	named := kindOf(e.Kind).named
	return slices.ContainsFunc(r.Update, func(name string) bool { return name == e.Name || named != nil && named(e, name) })
}

func (r Request) lockName() string {
	if r.Name == "" {
		return FileName
	}
	return r.Name
}

// Explain adds to an error about a digest or a size which line of the lock asks
// for another. Name is how the lock is called.
func (f *File) Explain(name string, err error) error {
	var bad *store.DigestError
	var size *fetch.SizeError
	var hinted diag.Hinter
	asked := ""
	switch {
	case errors.As(err, &hinted):
	case errors.As(err, &bad):
		asked = bad.Want
	case errors.As(err, &size):
		asked = size.Digest
	}
	for _, e := range f.all() {
		if e.Line > 0 && asked != "" && slices.Contains(e.Fields, asked) {
			return diag.WithHint(err, "%s:%d asks for the second; if you trust the first, bentoc lock --update=%s records it, else fetch it from elsewhere", name, e.Line, e.Name)
		}
	}
	return err
}
