package lock_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/lock"
)

// branch is a lock as a map from what a line is about to the rest of the line.
type branch map[string]string

func (b branch) lines() (lines []string) {
	for what, rest := range b {
		lines = append(lines, what+" "+rest)
	}
	slices.Sort(lines)
	return lines
}

// someLock gives lines of all kinds, a few of each, with sums of a few.
func someLock(r *rand.Rand) branch {
	b := branch{}
	sum := func() string { return []string{h1, h2}[r.IntN(2)] }
	digest := func() string { return fmt.Sprintf("sha256:%064d", r.IntN(2)) }
	for i := range 2 {
		b[fmt.Sprintf("base debian:%d linux/amd64", i)] = digest()
		b[fmt.Sprintf("module example.com/x v1.%d.0", i)] = sum()
		b[fmt.Sprintf("wheel p 1.%d p-1.%d-py3-none-any.whl", i, i)] = "12 " + digest()
		b[fmt.Sprintf("workspace w%d", i)] = sum()
		b[fmt.Sprintf("signature m%d", i)] = fmt.Sprintf(`{"inputs":[],"outputs":[{"name":"y","dtype":"float32","shape":[%d]}]}`, r.IntN(2))
	}
	for what := range b {
		if r.IntN(3) == 0 {
			delete(b, what)
		}
	}
	return b
}

// change gives a branch that some lines were changed, added or taken away in.
func change(r *rand.Rand, b branch) branch {
	now, other := branch{}, someLock(r)
	for what, rest := range b {
		switch r.IntN(5) {
		case 0:
		case 1:
			if rest, ok := other[what]; ok {
				now[what] = rest
			}
		default:
			now[what] = rest
		}
	}
	for what, rest := range other {
		if _, ok := now[what]; !ok && r.IntN(4) == 0 {
			now[what] = rest
		}
	}
	return now
}

// merge gives what a merge of two branches leaves in the file: conflicts of one
// line or more with markers, with what was before or not, or the lines of both.
func merge(r *rand.Rand, before, ours, theirs branch) string {
	style := r.IntN(4)
	if style == 3 { // merge=union, or a person who kept both sides
		all := append(ours.lines(), theirs.lines()...)
		return "bentoc-lock 1\n" + strings.Join(slices.Compact(slices.Sorted(slices.Values(all))), "\n") + "\n"
	}
	conflict := func(a, b []string) string {
		text := "<<<<<<< HEAD\n" + strings.Join(a, "")
		if style > 0 { // diff3 and zdiff3
			text += "||||||| 1234567\nbentoc-lock 1\n" + strings.Join(before.lines(), "\n") + "\nnot a line of a lock\n"
		}
		return text + "=======\n" + strings.Join(b, "") + ">>>>>>> theirs\n"
	}
	if r.IntN(4) == 0 { // the whole file
		end := func(b branch) []string { return []string{"bentoc-lock 1\n", strings.Join(append(b.lines(), ""), "\n")} }
		return conflict(end(ours), end(theirs))
	}
	var out strings.Builder
	out.WriteString("bentoc-lock 1\n")
	var a, b []string
	flush := func() {
		if len(a)+len(b) > 0 {
			out.WriteString(conflict(a, b))
		}
		a, b = nil, nil
	}
	all := slices.Compact(slices.Sorted(slices.Values(append(ours.lines(), theirs.lines()...))))
	for _, line := range all {
		inOurs, inTheirs := slices.Contains(ours.lines(), line), slices.Contains(theirs.lines(), line)
		switch {
		case inOurs && inTheirs:
			flush()
			out.WriteString(line + "\n")
		case inOurs:
			a = append(a, line+"\n")
		default:
			b = append(b, line+"\n")
		}
	}
	flush()
	return out.String()
}

// TestMend merges random branches: what both have stays, what one has stays, and
// what they have otherwise is left out, with what is chosen together with it.
func TestMend(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 0))
	for range 500 {
		before := someLock(r)
		ours, theirs := change(r, before), change(r, before)
		text := merge(r, before, ours, theirs)
		want := branch{}
		for what, rest := range ours {
			if other, both := theirs[what]; !both || other == rest {
				want[what] = rest
			}
		}
		for what, rest := range theirs {
			if _, both := ours[what]; !both {
				want[what] = rest
			}
		}
		f, diags := lock.Mend("bento.lock", []byte(text))
		if len(diags) > 0 {
			t.Fatalf("%v\n%s", diags, text)
		}
		if got := "bentoc-lock 1\n" + strings.Join(append(want.lines(), ""), "\n"); string(f.Bytes()) != got {
			t.Fatalf("from\n%s\ngot\n%s\nwant\n%s", text, f.Bytes(), got)
		}
	}
}

func TestMendTogether(t *testing.T) {
	t.Parallel()
	const signature = `signature m {"inputs":[],"outputs":[]}` + "\n"
	deb := func(name, version, arch string) string {
		return fmt.Sprintf("deb %s %s %s bookworm/main pool/%s.deb 12 %s\n", name, version, arch, name, sha)
	}
	model := func(file, size string) string { return "model m path:m.onnx " + file + " " + size + " " + sha + "\n" }
	text := "bentoc-lock 1\n" + deb("libc6", "1", "amd64") + deb("libc6", "2", "amd64") + deb("gcc", "1", "amd64") + deb("libc6", "1", "arm64") +
		model("model.onnx", "12") + model("model.onnx", "13") + model("w.bin", "5") + signature
	f, diags := lock.Mend("bento.lock", []byte(text))
	if want := "bentoc-lock 1\n" + deb("libc6", "1", "arm64"); len(diags) > 0 || string(f.Bytes()) != want {
		t.Errorf("%v\n%s", diags, f.Bytes())
	}
	for text, want := range map[string]diag.Code{
		"bentoc-lock 1\n<<<<<<< HEAD\nmodul x\n=======\n>>>>>>> b\n":   diag.LockCorrupt,
		"<<<<<<< HEAD\nbentoc-lock 1\n=======\nbentoc-lock 2\n>>>>>>>": diag.LockTooNew,
		"<<<<<<< HEAD\n=======\n>>>>>>> b\n":                           diag.LockCorrupt,
		"":                                                             diag.LockCorrupt,
	} {
		if f, diags := lock.Mend("bento.lock", []byte(text)); f != nil || len(diags) == 0 || diags[0].Code != want {
			t.Errorf("%q: %v", text, diags)
		}
	}
}

// TestMendIsLocked has the lines of two branches locked anew: one command mends.
func TestMendIsLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := needs(t, app(userMod))
	whole := w.locked(t, n)
	text := string(whole.Bytes())
	at := strings.Index(text, "workspace ")
	for name, both := range map[string]string{
		"markers": text[:at] + "<<<<<<< HEAD\n" + text[at:] + "=======\nworkspace bento.local/app " + h1 + "\n>>>>>>> theirs\n",
		"lines":   text + "workspace bento.local/app " + h1 + "\nmodule example.com/gone v1.0.0 " + h1 + "\n",
		"sums":    text + "module example.com/dep v1.1.0 " + h1 + "\n",
	} {
		old, diags := lock.Mend("bento.lock", []byte(both))
		if len(diags) > 0 {
			t.Fatal(name, diags)
		}
		f := resolveAll(t, lock.Request{Fetch: w.client, Old: old, Needs: n})
		if string(f.Bytes()) != text {
			t.Errorf("%s: got\n%s", name, f.Bytes())
		}
	}
	// Both sides with a sum that is not what is found now.
	old, _ := lock.Mend("bento.lock", []byte(strings.ReplaceAll(text, w.dep.Sum, h1)+"module example.com/dep v1.1.0 "+h2+"\n"))
	if _, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Old: old, Needs: n}); err == nil || !strings.Contains(err.Error(), w.dep.Sum) {
		t.Errorf("neither side is right: %v", err)
	}
}

func FuzzMend(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("<<<<<<< HEAD\n" + whole + "|||||||\n=======\n" + whole + ">>>>>>> x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, diags := lock.Mend("bento.lock", data)
		if m == nil {
			if len(diags) == 0 {
				t.Error("neither a lock nor a mistake")
			}
			return
		}
		if again, diags := lock.Parse("bento.lock", m.Bytes()); len(diags) > 0 || string(again.Bytes()) != string(m.Bytes()) {
			t.Errorf("what was mended cannot be read: %v", diags)
		}
	})
}
