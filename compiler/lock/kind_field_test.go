package lock

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// message makes a message.
func message(key string, names ...string) ir.Message {
	m := ir.Message{Key: key}
	for i, name := range names {
		m.Parts = append(m.Parts, ir.Part{Name: name, Pos: diag.Pos{File: "bento.cue", Line: i + 1, Col: 1}})
	}
	return m
}

// lockOf is a lock of fields, through its text.
func lockOf(t *testing.T, old *File, messages ...ir.Message) *File {
	t.Helper()
	f, diags := Parse("bento.lock", newFile(numberFields(old, messages)).Bytes())
	if diags != nil {
		t.Fatal(diags)
	}
	return f
}

// fieldLines are the lines below the header.
func fieldLines(f *File) string {
	_, rest, _ := strings.Cut(string(f.Bytes()), "\n")
	return rest
}

// TestFieldsKeepNumbers edits messages at random, one edit a lock: fields come, go, come
// back and change places, types get other names, come and go. A part has one number for
// ever, and no number is ever another part's.
func TestFieldsKeepNumbers(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		type state struct {
			key   string
			names []string
			once  map[int]string
		}
		var all []*state
		var lock *File
		made := 0
		for range 40 {
			var s *state
			if len(all) > 0 {
				s = all[r.IntN(len(all))]
			}
			switch edit := r.IntN(7); {
			case s == nil || edit == 0: // a type comes
				made++
				all = append(all, &state{key: fmt.Sprintf("#T%d", made), names: []string{fmt.Sprintf("f%d_0", made)}, once: map[int]string{}})
			case edit == 1 || edit == 2: // a field comes, or comes back
				name := fmt.Sprintf("%s_%d", s.names[0][:strings.IndexByte(s.names[0], '_')], r.IntN(12))
				if !slices.Contains(s.names, name) {
					s.names = slices.Insert(s.names, r.IntN(len(s.names)+1), name)
				}
			case edit == 3 && len(s.names) > 1:
				i := r.IntN(len(s.names))
				s.names = slices.Delete(s.names, i, i+1)
			case edit == 4:
				r.Shuffle(len(s.names), func(i, j int) { s.names[i], s.names[j] = s.names[j], s.names[i] })
			case edit == 5: // the type gets another name
				made++
				s.key = fmt.Sprintf("api.e%d.input", made)
			case edit == 6 && len(all) > 1:
				all = slices.DeleteFunc(all, func(o *state) bool { return o == s })
			}
			var messages []ir.Message
			for _, s := range all {
				messages = append(messages, message(s.key, s.names...))
			}
			r.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
			lock = lockOf(t, lock, messages...)
			if again := lockOf(t, lock, messages...); fieldLines(again) != fieldLines(lock) {
				t.Fatalf("seed %d: locked again:\n%s\nbefore:\n%s", seed, fieldLines(again), fieldLines(lock))
			}
			if missing := lock.missingFields("bento.lock", messages); missing != nil {
				t.Fatalf("seed %d: %v", seed, missing)
			}
			for _, s := range all {
				numbers := lock.numbers(s.key)
				for _, name := range s.names {
					n := numbers[name]
					if other, taken := s.once[n]; n == 0 || taken && other != name {
						t.Fatalf("seed %d: %s.%s has %d, which was that of %s", seed, s.key, name, n, other)
					}
					s.once[n] = name
				}
				for n, name := range s.once {
					if numbers[name] != n {
						t.Fatalf("seed %d: %s.%s had %d and has %d", seed, s.key, name, n, numbers[name])
					}
				}
			}
		}
	}
}

// TestFieldsOfTwoBranches: both give a new field the same number. The lines of both are
// an error that names both, and locking over them keeps the first.
func TestFieldsOfTwoBranches(t *testing.T) {
	t.Parallel()
	base := lockOf(t, nil, message("#Line", "text", "box"))
	ours := lockOf(t, base, message("#Line", "text", "box", "score"))
	theirs := lockOf(t, base, message("#Line", "lang", "text", "box"))
	merged := newFile(append(ours.all(), theirs.all()...)).Bytes()
	_, diags := Parse("bento.lock", merged)
	if len(diags) != 1 || diags[0].Code != diag.LockCorrupt || diags[0].Pos.Line != 4 ||
		diags[0].Message != "field #Line lang and field #Line score both have the number 3 of #Line" ||
		diags[0].Related[0].Pos.Line != 3 || !strings.Contains(diags[0].Hint, "bentoc lock") {
		t.Fatalf("%+v", diags)
	}
	all := message("#Line", "lang", "text", "box", "score")
	for _, c := range []struct{ text, want string }{
		{string(merged), "field #Line box 2\nfield #Line lang 3\nfield #Line score 4\nfield #Line text 1\n"},
		{"bentoc-lock 1\nfield #Line box 2\n<<<<<<< ours\nfield #Line score 3\n=======\nfield #Line lang 3\n>>>>>>> theirs\nfield #Line text 1\n",
			"field #Line box 2\nfield #Line lang 4\nfield #Line score 3\nfield #Line text 1\n"},
		// Both branches added the one field, after others.
		{"bentoc-lock 1\nfield #Line box 2\n<<<<<<< ours\nfield #Line lang 3\n=======\nfield #Line lang 7\n>>>>>>> theirs\nfield #Line text 1\n",
			"field #Line box 2\nfield #Line lang 3\nfield #Line score 8\nfield #Line text 1\n"},
	} {
		f, diags := Mend("bento.lock", []byte(c.text))
		if diags != nil {
			t.Fatal(diags)
		}
		if got := fieldLines(lockOf(t, f, all)); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}

// TestFieldsOfTags: a bento has other endpoints under another tag. The lock that knows
// both stays as it is, whichever it is made for.
func TestFieldsOfTags(t *testing.T) {
	t.Parallel()
	dev, prod := message("api.dev.input", "b", "a"), message("api.prod.input", "a", "b", "c")
	lock := lockOf(t, lockOf(t, nil, dev), prod)
	for _, m := range []ir.Message{dev, prod, dev} {
		if again := lockOf(t, lock, m); fieldLines(again) != fieldLines(lock) {
			t.Errorf("for %s:\n%s\nbefore:\n%s", m.Key, fieldLines(again), fieldLines(lock))
		}
	}
	const want = "field api.dev.input a 2\nfield api.dev.input b 1\nfield api.prod.input a 2\nfield api.prod.input b 1\nfield api.prod.input c 3\n"
	if got := fieldLines(lock); got != want {
		t.Error(got)
	}
}

// Parts have whatever names unions give them.
func TestFieldNames(t *testing.T) {
	t.Parallel()
	odd := message("s.e.output.kind|object", `"a b"`, `"circle"`, "#Hit", "x-y", "3")
	f := lockOf(t, nil, odd)
	for i, p := range odd.Parts {
		if n := f.numbers(odd.Key)[p.Name]; n != i+1 {
			t.Errorf("%s has %d", p.Name, n)
		}
	}
}

// What lacks a number is an error of the lock, at the field, and a warning of vet.
func TestMissingFields(t *testing.T) {
	t.Parallel()
	f := lockOf(t, nil, message("#Line", "text"))
	found := f.missingFields("bento.lock", []ir.Message{message("#Line", "text", "box", "lang"), message("#New", "a")})
	if len(found) != 2 || found[0].Code != diag.LockStale || found[0].Severity != diag.Error || found[0].Pos.Line != 2 ||
		found[0].Message != "bento.lock has no number yet for box of #Line" || found[1].Message != "bento.lock has no number yet for a of #New" {
		t.Errorf("%+v", found)
	}
	in := &ir.Type{Kind: ir.KindObject, Fields: []ir.Field{{Name: "text", Type: &ir.Type{Kind: ir.KindString}}}}
	b := &ir.Bento{
		Runners:  map[string]*ir.Runner{"r": {Input: in, Output: in}},
		Services: map[string]*ir.Service{"s": {Endpoints: map[string]*ir.Endpoint{"e": {Runner: "r"}}}},
	}
	if warned := CheckFields("bento.lock", f, b); len(warned) != 2 || warned.HasErrors() {
		t.Errorf("%+v", warned)
	}
	if none := CheckFields("bento.lock", nil, b); none != nil {
		t.Errorf("without a lock: %v", none)
	}
}

// Numbers that proto3 has for itself are passed over.
func TestFieldNumbersOfProto(t *testing.T) {
	t.Parallel()
	f := &File{Entries: []Entry{{Kind: KindField, Name: "#T", Fields: []string{"a", "18999"}}}}
	if got := fieldLines(lockOf(t, f, message("#T", "a", "b"))); got != "field #T a 18999\nfield #T b 20000\n" {
		t.Error(got)
	}
	for _, bad := range []string{"0", "-1", "01", "19000", "19999", "536870912", "x", ""} {
		if isFieldNumber(bad) {
			t.Errorf("%q is a number", bad)
		}
	}
}
