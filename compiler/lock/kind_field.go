package lock

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/need"
)

// KindField is MESSAGE PART NUMBER: what the part of a message that an endpoint exposes
// (see [ir.Message]) is called by in formats that know parts by numbers, such as proto3.
// A number is for ever: one of a part that is gone is not given again.
//
// A type that got another name, or whose declaration moved, keeps its numbers: what has
// no line yet begins with those of the message that is gone and that has most names of
// parts in common with it. The lines of that stay: another tag may have it, or another
// branch. Where several messages of the same names go and come at once it may be another
// one than was meant, and a type that takes back a name that it had goes on where it left off
// under that one; look at the lines then. A part that got another name is another part.
const KindField = "field"

var fieldKind = kind{
	name: KindField, form: "a name and a number", tests: fieldsAre(isWord, isFieldNumber),
	about:  []int{0},
	alone:  func(e Entry) string { return "the number " + e.Fields[1] + " of " + e.Name },
	short:  func(e Entry) string { return fmt.Sprintf("field %s %s = %s", e.Name, e.Fields[0], e.Fields[1]) },
	silent: func(Entry) bool { return true },
	check: func(f *File, lockName string, n need.Needs) diag.List {
		return f.missingFields(lockName, n.Messages)
	},
	resolve: func(r Request, _ context.Context) ([]Entry, error) {
		return numberFields(r.Old, r.Needs.Messages), nil
	},
	what: "fields",
}

// maxField is the largest number of a field in proto3; 19000 to 19999 are its own.
const maxField = 1<<29 - 1

func isFieldNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= maxField && (n < 19000 || n > 19999) && strconv.Itoa(n) == s
}

// missingFields tells which messages have parts that the lock has no number for, the
// first of each.
func (f *File) missingFields(lockName string, messages []ir.Message) (diags diag.List) {
	for _, m := range messages {
		have := f.numbers(m.Key)
		for _, p := range m.Parts {
			if have[p.Name] == 0 {
				diags.Errorf(diag.LockStale, p.Pos, "", "%s has no number yet for %s of %s", lockName, p.Name, m.Key).
					Hintf("run bentoc lock, which keeps the numbers that there are, and commit the file")
				break
			}
		}
	}
	return diags
}

// CheckFields warns of parts of messages that a lock has no number for.
func CheckFields(lockName string, f *File, b *ir.Bento) diag.List {
	if f == nil || b == nil {
		return nil
	}
	diags := f.missingFields(lockName, b.Messages())
	for i := range diags {
		diags[i].Severity = diag.Warning
	}
	return diags
}

// Numbers gives the numbers of the parts of all messages, by key and name, those that
// are gone among them.
func (f *File) Numbers() map[string]map[string]int {
	all := map[string]map[string]int{}
	for _, e := range f.Of(KindField, "") {
		if all[e.Name] == nil {
			all[e.Name] = f.numbers(e.Name)
		}
	}
	return all
}

// numbers gives the numbers of the parts of a message, by name.
func (f *File) numbers(message string) map[string]int {
	numbers := map[string]int{}
	for _, e := range f.Of(KindField, message) {
		numbers[e.Fields[0]], _ = strconv.Atoi(e.Fields[1])
	}
	return numbers
}

// numberFields gives every part its number: the one that it has, else the next that no
// part of its message ever had.
func numberFields(old *File, messages []ir.Message) (entries []Entry) {
	entries = old.Of(KindField, "")
	gone := goneMessages(old, messages)
	for _, m := range messages {
		if len(old.Of(KindField, m.Key)) > 0 {
			continue
		}
		if before := formerly(m, gone); before != "" {
			for _, e := range old.Of(KindField, before) {
				entries = append(entries, Entry{Kind: KindField, Name: m.Key, Fields: e.Fields})
			}
		}
	}
	f := &File{Entries: entries}
	for _, m := range messages {
		have := f.numbers(m.Key)
		last := old.lastOpen(m.Key)
		for _, n := range have {
			last = max(last, n)
		}
		for _, p := range m.Parts {
			if have[p.Name] != 0 {
				continue
			}
			if last++; last == 19000 {
				last = 20000
			}
			have[p.Name] = last
			entries = append(entries, Entry{Kind: KindField, Name: m.Key, Fields: []string{p.Name, strconv.Itoa(last)}})
		}
	}
	return entries
}

// lastOpen is the largest number that [Mend] has left out of a message: one of two
// branches may have given it away.
func (f *File) lastOpen(message string) (last int) {
	if f == nil {
		return 0
	}
	for _, e := range f.open {
		if e.Kind == KindField && e.Name == message {
			n, _ := strconv.Atoi(e.Fields[1])
			last = max(last, n)
		}
	}
	return last
}

// goneMessages gives the numbers of the messages that there are no more, by key.
func goneMessages(old *File, messages []ir.Message) map[string]map[string]int {
	present := map[string]bool{}
	for _, m := range messages {
		present[m.Key] = true
	}
	gone := map[string]map[string]int{}
	for _, e := range old.Of(KindField, "") {
		if !present[e.Name] && gone[e.Name] == nil {
			gone[e.Name] = old.numbers(e.Name)
		}
	}
	return gone
}

// formerly gives the key that a message without lines most likely had before: that of
// the message that is gone with most names in common, and of several the one with most
// numbers. It is "" where none has a name in common.
func formerly(m ir.Message, gone map[string]map[string]int) (before string) {
	most, had := 0, 0
	for _, key := range slices.Sorted(maps.Keys(gone)) {
		common, have := 0, gone[key]
		for _, p := range m.Parts {
			if have[p.Name] != 0 {
				common++
			}
		}
		if common > most || common == most && common > 0 && len(have) > had {
			before, most, had = key, common, len(have)
		}
	}
	return before
}
