package lock

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
)

// Parse reads a lock. Name is how diagnostics call the file. Anything that a
// bentoc of this version would not have written is an error: a lock that is
// half understood is worse than none.
func Parse(name string, data []byte) (*File, diag.List) {
	p := &lockParser{name: name}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		p.line = i + 1
		if !p.readLine(line) {
			break
		}
	}
	if p.diags.HasErrors() {
		return nil, p.diags
	}
	return newFile(p.entries), p.diags
}

type lockParser struct {
	name    string
	line    int
	entries []Entry
	diags   diag.List
	last    map[string]Entry
}

func (p *lockParser) errorf(code diag.Code, col int, format string, args ...any) *diag.Diagnostic {
	d := p.diags.Errorf(code, diag.Pos{File: p.name, Line: p.line, Col: col}, "", format, args...)
	return d.Hintf("take the line away, or restore the file, then run bentoc lock")
}

// readLine reads one line and reports whether the next one is worth reading.
func (p *lockParser) readLine(line string) (more bool) {
	if conflictMarker.MatchString(line) {
		p.errorf(diag.LockCorrupt, 1, "the lock is in merge conflict").
			Hintf("take away the marker lines, keep the lines of both sides, then run bentoc lock")
		return false
	}
	if p.line == 1 {
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
	check, known := kinds[e.Kind]
	if !known {
		p.errorf(diag.LockCorrupt, 1, "there is no kind of entry called %q", e.Kind)
		return true
	}
	if err := check(e); err != nil {
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
	return true
}

// add keeps e unless another line says something else about the same thing.
func (p *lockParser) add(e Entry) {
	if p.last == nil {
		p.last = map[string]Entry{}
	}
	old, twice := p.last[e.key()]
	if twice && compareEntries(old, e) != 0 {
		p.errorf(diag.LockCorrupt, 1, "%s is locked twice", e.key()).
			Also(diag.Pos{File: p.name, Line: old.Line, Col: 1}, "here too")
		return
	}
	p.last[e.key()] = e
	p.entries = append(p.entries, e)
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

// kinds tells for each kind what is wrong with an entry of it.
var kinds = map[string]func(Entry) error{
	KindBase: func(e Entry) error {
		return fields(e, "a platform and a digest", isPlatform, isDigest)
	},
	KindDeb: func(e Entry) error {
		return fields(e, "a version, an architecture, a suite, a file, its size and its digest", isWord, isArchitecture, isWord, fs.ValidPath, isSize, isDigest)
	},
	KindModel: func(e Entry) error {
		return fields(e, "an origin, a file, its size and its digest", isWord, fs.ValidPath, isSize, isDigest)
	},
	KindModule: func(e Entry) error {
		return fields(e, "a version and an h1 sum", isModuleVersion(e.Name), isH1)
	},
	KindRuntime:   func(e Entry) error { return fields(e, "an h1 sum", isH1) },
	KindSignature: func(e Entry) error { return fields(e, "the tensors of a model", isSignature) },
	KindToolchain: func(e Entry) error { return fields(e, "a version and an h1 sum", isModuleVersion(e.Name), isH1) },
	KindWheel: func(e Entry) error {
		return fields(e, "a version, a file, its size and its digest", isWord, fetch.IsWheelFile, isSize, isDigest)
	},
	KindWorkspace: func(e Entry) error { return fields(e, "an h1 sum", isH1) },
}

// fields compares the fields of e with tests, one each.
func fields(e Entry, want string, tests ...func(string) bool) error {
	if len(e.Fields) != len(tests) {
		return fmt.Errorf("an entry of the kind %s has, after its name, %s", e.Kind, want)
	}
	for i, ok := range tests {
		if !ok(e.Fields[i]) {
			return fmt.Errorf("an entry of the kind %s has, after its name, %s; %q is none", e.Kind, want, e.Fields[i])
		}
	}
	return nil
}

var (
	h1Form     = regexp.MustCompile(`^h1:[A-Za-z0-9+/]{43}=$`)
	digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	platforms  = []string{"linux/amd64", "linux/arm64"}
)

func isWord(s string) bool         { return s != "" }
func isArchitecture(s string) bool { return s == "amd64" || s == "arm64" || s == "all" }

func isSize(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n >= 0 && strconv.FormatInt(n, 10) == s
}

func isSignature(s string) bool {
	_, err := decodeSignature(s)
	return err == nil
}

func isH1(s string) bool       { return h1Form.MatchString(s) }
func isDigest(s string) bool   { return digestForm.MatchString(s) }
func isPlatform(s string) bool { return slices.Contains(platforms, s) }

func isModuleVersion(path string) func(string) bool {
	return func(version string) bool { return module.Check(path, strings.TrimSuffix(version, "/go.mod")) == nil }
}
