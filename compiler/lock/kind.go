package lock

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/store"
)

// kind is all that is particular to the entries of one kind. To add one, write
// kind_NAME.go, which has its row, and put the row into [kinds]. What is left out
// of a row is nothing.
type kind struct {
	name string

	// form says for people what stands after the name, tests hold what does.
	form  string
	tests func(name string) []func(string) bool

	// about are the fields that say, with the kind and the name, what an entry is
	// about; the rest is what is locked for it.
	about []int
	// together names what an entry is chosen with; else it is chosen alone.
	together func(Entry) string

	// alone names what no two entries may have, whatever they are about. Where two
	// branches did, Mend keeps the first.
	alone func(Entry) string

	// once are the fields that name, with the kind and the name, what can have one
	// checksum only, the last field; none for what may change, such as a tag of a
	// registry or a file of the module.
	once func(Entry) []int
	// called names that for people.
	called func(Entry) string
	// sized is true where the field before the checksum is the size.
	sized bool
	// named reports whether --update=NAME is about an entry of another name.
	named func(e Entry, update string) bool

	// telling is what of an entry tells people that it changed; else its last field.
	telling func(Entry) string
	// short gives an entry without its sum; else what it is about.
	short func(Entry) string
	// silent are entries that come and go with others.
	silent func(Entry) bool

	// entry makes an entry of what is needed and has a checksum already, follows gives
	// those that follow from the modules that were chosen; stale says why a lock that
	// has found in place of such an entry is not up to date.
	entry   func(need.Item) Entry
	follows func(n need.Needs, modules []Entry) []Entry
	stale   func(want Entry, found []Entry) string
	// claims gives what others than the lock say about checksums.
	claims func(n need.Needs) []claim
	// check finds out what the lock lacks besides.
	check func(f *File, lockName string, n need.Needs) diag.List

	// resolve chooses entries, or keeps those of the old lock. what is the thing that
	// an error of it speaks of.
	resolve func(Request, context.Context) ([]Entry, error)
	chooses bool // whether that is for what is needed and has no checksum, too
	what    string
	// bring brings what entries name into the store.
	bring func(context.Context, *File, BringRequest) ([]store.Item, error)
}

// claim is what somebody says of a checksum.
type claim struct {
	Entry
	whose string // such as go.sum
}

// kinds has the rows, in the order in which they are resolved and brought.
var kinds []*kind

func init() { // rows look others up
	kinds = []*kind{&runtimeKind, &cueKind, &cuePackageKind, &workspaceKind, &toolchainKind, &moduleKind, &baseKind, &wheelKind, &debKind, &modelKind, &signatureKind, &fieldKind, &figureKind}
}

// kindOf gives the row of a kind, nil where there is none.
func kindOf(name string) *kind {
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return kinds[i]
}

// validate tells what is wrong with an entry that was read.
func (k *kind) validate(e Entry) error {
	tests := k.tests(e.Name)
	if len(e.Fields) != len(tests) {
		return fmt.Errorf("an entry of the kind %s has, after its name, %s", e.Kind, k.form)
	}
	for i, ok := range tests {
		if !ok(e.Fields[i]) {
			return fmt.Errorf("an entry of the kind %s has, after its name, %s; %q is none", e.Kind, k.form, e.Fields[i])
		}
	}
	return nil
}

// words gives the kind, the name and some fields of an entry as one text.
func (e Entry) words(fields []int) string {
	words := []string{e.Kind, e.Name}
	for _, i := range fields {
		words = append(words, e.Fields[i])
	}
	return strings.Join(words, " ")
}

// key is what an entry is about; the rest is what is locked for it.
func (e Entry) key() string { return e.words(kindOf(e.Kind).about) }

// chosenWith names what an entry is chosen together with: the files and the
// tensors of one model, the packages of one architecture.
func (e Entry) chosenWith() string {
	if together := kindOf(e.Kind).together; together != nil {
		return together(e)
	}
	return e.key()
}

// telling is what of an entry tells people that it changed.
func (e Entry) telling() string {
	if telling := kindOf(e.Kind).telling; telling != nil {
		return telling(e)
	}
	return e.Fields[len(e.Fields)-1]
}

// short gives an entry without its sum where that says nothing to people.
func (e Entry) short() string {
	if short := kindOf(e.Kind).short; short != nil {
		return short(e)
	}
	return e.key()
}

func (e Entry) silent() bool {
	silent := kindOf(e.Kind).silent
	return silent != nil && silent(e)
}

// thing names what can have one checksum only, "" for what may change.
func (e Entry) thing() string {
	k := kindOf(e.Kind)
	if k.once == nil || k.once(e) == nil {
		return ""
	}
	return e.words(k.once(e))
}

// size is how large the thing is, "" where the lock does not say.
func (e Entry) size() string {
	if !kindOf(e.Kind).sized {
		return ""
	}
	return e.Fields[len(e.Fields)-2]
}

// sum gives the checksum of the thing.
func (e Entry) sum() string { return e.Fields[len(e.Fields)-1] }

func (e Entry) same(o Entry) bool { return e.sum() == o.sum() && e.size() == o.size() }

// fieldsAre gives tests that do not depend on the name.
func fieldsAre(tests ...func(string) bool) func(string) []func(string) bool {
	return func(string) []func(string) bool { return tests }
}

// always gives the same fields of every entry.
func always(fields ...int) func(Entry) []int { return func(Entry) []int { return fields } }

// firstField and keyAndFirst are ways to speak about an entry.
func firstField(e Entry) string  { return e.Fields[0] }
func keyAndFirst(e Entry) string { return e.key() + " " + e.Fields[0] }
