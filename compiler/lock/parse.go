package lock

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/platform"
)

// Parse reads a lock. Name is how diagnostics call the file. Anything that a
// bentoc of this version would not have written is an error: a lock that is
// half understood is worse than none.
func Parse(name string, data []byte) (*File, diag.List) {
	p := &lockParser{name: name}
	p.read(data)
	if p.diags.HasErrors() {
		return nil, p.diags
	}
	return newFile(p.entries), p.diags
}

type lockParser struct {
	name    string
	mends   bool // whether the lines of both sides of a merge are read, see [Mend]
	inBase  bool // between the marker of what was before and the next one
	headed  bool // whether the first line was read
	line    int
	entries []Entry
	diags   diag.List
	last    map[string]Entry
	owners  map[string]Entry // of what one entry alone may have
}

func (p *lockParser) errorf(code diag.Code, col int, format string, args ...any) *diag.Diagnostic {
	d := p.diags.Errorf(code, diag.Pos{File: p.name, Line: p.line, Col: col}, "", format, args...)
	return d.Hintf("take the line away, or restore the file, then run bentoc lock")
}

func (p *lockParser) read(data []byte) {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		p.line = i + 1
		if !p.readLine(line) {
			return
		}
	}
}

// readLine reads one line and reports whether the next one is worth reading.
func (p *lockParser) readLine(line string) (more bool) {
	if p.mends && p.skipConflict(line) {
		return true
	}
	if conflictMarker.MatchString(line) {
		p.errorf(diag.LockCorrupt, 1, "the lock is in merge conflict").
			Hintf(mergeHint)
		return false
	}
	if p.line == 1 || p.mends && (!p.headed || strings.HasPrefix(line, header+" ")) {
		return p.readHeader(line)
	}
	words, bad := split(line)
	if bad >= 0 {
		p.errorf(diag.LockCorrupt, bad+1, "this is not a word: words are parted by one space, or written as Go strings")
		return true
	}
	if len(words) < 2 {
		p.errorf(diag.LockCorrupt, 1, "an entry is at least a kind and a name")
		return true
	}
	e := Entry{Kind: words[0], Name: words[1], Fields: words[2:], Line: p.line}
	k := kindOf(e.Kind)
	if k == nil {
		p.errorf(diag.LockCorrupt, 1, "there is no kind of entry called %q", e.Kind)
		return true
	}
	if err := k.validate(e); err != nil {
		p.errorf(diag.LockCorrupt, 1, "%v", err)
		return true
	}
	p.add(e)
	return true
}

func (p *lockParser) readHeader(line string) (more bool) {
	version, ok := strings.CutPrefix(line, header+" ")
	n, err := strconv.Atoi(version)
	switch {
	case !ok || err != nil || n < 1:
		p.errorf(diag.LockCorrupt, 1, "a lock begins with the line %q", fmt.Sprint(header, " ", Version))
		return false
	case n > Version:
		p.errorf(diag.LockTooNew, len(header)+2, "the lock has version %d, this bentoc knows %d", n, Version).
			Hintf("use the bentoc that wrote it, or a newer one")
		return false
	}
	p.headed = true
	return true
}

const mergeHint = "run bentoc lock: it keeps what the two sides agree on, and chooses the rest anew"

// add keeps e unless another line says something else about the same thing.
func (p *lockParser) add(e Entry) {
	if p.mends {
		p.entries = append(p.entries, e)
		return
	}
	if p.last == nil {
		p.last = map[string]Entry{}
	}
	old, twice := p.last[e.key()]
	if twice && compareEntries(old, e) != 0 {
		p.errorf(diag.LockCorrupt, 1, "%s is locked twice", e.key()).
			Hintf(mergeHint).
			Also(diag.Pos{File: p.name, Line: old.Line, Col: 1}, "here too")
		return
	}
	p.last[e.key()] = e
	if other, taken := p.owner(e); taken && compareEntries(other, e) != 0 {
		p.errorf(diag.LockCorrupt, 1, "%s and %s both have %s", other.key(), e.key(), kindOf(e.Kind).alone(e)).
			Hintf("run bentoc lock: it keeps the first, and gives the other another").
			Also(diag.Pos{File: p.name, Line: other.Line, Col: 1}, "here too")
		return
	}
	p.entries = append(p.entries, e)
}

// owner gives the entry that has what e may have alone, or makes e that.
func (p *lockParser) owner(e Entry) (other Entry, taken bool) {
	alone := kindOf(e.Kind).alone
	if alone == nil {
		return Entry{}, false
	}
	if p.owners == nil {
		p.owners = map[string]Entry{}
	}
	what := alone(e)
	if other, taken = p.owners[what]; !taken {
		p.owners[what] = e
	}
	return other, taken
}

var conflictMarker = regexp.MustCompile(`^(<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)( |$)`)

// split parts a line into words. Where it cannot, bad is the byte it stops at.
func split(line string) (words []string, bad int) {
	for at := 0; ; at++ {
		end := len(line)
		if quoted, err := strconv.QuotedPrefix(line[at:]); err == nil && quoted[0] == '"' {
			end = at + len(quoted)
		} else if i := strings.IndexByte(line[at:], ' '); i >= 0 {
			end = at + i
		}
		word := line[at:end]
		if strings.HasPrefix(word, `"`) {
			word, _ = strconv.Unquote(word) // "" is quoted otherwise than it was
		}
		// Only what quote writes is read, so that a file has one form.
		if quote(word) != line[at:end] {
			return nil, at
		}
		words = append(words, word)
		if end == len(line) {
			return words, -1
		}
		if at = end; line[at] != ' ' {
			return nil, at
		}
	}
}

var (
	h1Form     = regexp.MustCompile(`^h1:[A-Za-z0-9+/]{43}=$`)
	digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

func isWord(s string) bool { return s != "" }
func isArchitecture(s string) bool {
	return s == "all" || slices.ContainsFunc(platform.All(), func(p platform.Platform) bool { return p.Debian == s })
}

func isSize(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n >= 0 && strconv.FormatInt(n, 10) == s
}

func isH1(s string) bool       { return h1Form.MatchString(s) }
func isDigest(s string) bool   { return digestForm.MatchString(s) }
func isPlatform(s string) bool { return platform.Known(s) }

// number reads a size that the parser has looked at.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
