package gosrc

import "bytes"

// outline leaves out of a Go file what has no part in the types that the file exports: the
// bodies of functions, and the elements of composite literals in declarations of
// variables. Half of the work of reading and checking packages of others is there. Files
// that are not Go stay as they are.
//
// What lies in other declarations stays, since constants may depend on it; so do literals
// behind a "...", as the length of an array [...]T is that of its elements.
func outline(src []byte) []byte {
	o := &outliner{src: src, out: make([]byte, 0, len(src)/2), fresh: true}
	for o.at < len(src) {
		if !o.next() {
			return src
		}
	}
	return append(o.out, src[o.copied:]...)
}

type outliner struct {
	src, out []byte
	at       int // what is read next
	copied   int // up to where src is in out, or left out of it

	keyword  string // that began the declaration at hand
	last     string // the word before, or the character
	fresh    bool   // nothing but space stands before on the line, or a semicolon
	depth    int    // of parentheses and brackets
	ellipsis bool   // the declaration has had a "..."
}

// next reads a token, or all that stands between braces; false where they do not end.
func (o *outliner) next() bool {
	switch c := o.src[o.at]; {
	case c == '\n' || c == ';':
		o.fresh = true
		o.at++
		return true
	case c == ' ' || c == '\t' || c == '\r':
		o.at++
		return true
	case wordChar(c):
		o.word()
	case c == '{':
		return o.brace()
	default:
		end := skip(o.src, o.at)
		if end < 0 {
			return false
		}
		if c == '/' && end > o.at+1 { // a comment
			o.at = end
			return true
		}
		switch c {
		case '(', '[':
			o.depth++
		case ')', ']':
			o.depth--
		case '.':
			o.ellipsis = o.ellipsis || bytes.HasPrefix(o.src[o.at:], []byte("..."))
		}
		o.last, o.at = string(c), end
	}
	o.fresh = false
	return true
}

func (o *outliner) word() {
	end := o.at
	for end < len(o.src) && wordChar(o.src[end]) {
		end++
	}
	word := string(o.src[o.at:end])
	if o.depth == 0 && o.fresh {
		switch word {
		case "func", "var", "type", "const", "import":
			o.keyword, o.ellipsis = word, false
		}
	}
	o.last, o.at = word, end
}

// brace passes over what stands between braces, and leaves it out where it is a body or
// the elements of a literal.
func (o *outliner) brace() bool {
	end := closing(o.src, o.at)
	if end < 0 {
		return false
	}
	ofType := o.last == "struct" || o.last == "interface"
	if !ofType && (o.keyword == "func" && o.depth == 0 || o.keyword == "var" && !o.ellipsis) {
		o.out = append(o.out, o.src[o.copied:o.at+1]...)
		o.copied = end
	}
	o.last, o.at, o.fresh = "}", end+1, false
	return true
}

// closing gives the place of the brace that closes the one at a place, -1 where none does.
func closing(src []byte, at int) int {
	for depth := 0; at < len(src); {
		switch src[at] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return at
			}
		}
		if !quotes[src[at]] {
			at++
		} else if at = skip(src, at); at < 0 {
			return -1
		}
	}
	return -1
}

// quotes are the characters that comments, strings and characters begin with.
var quotes = [256]bool{'/': true, '"': true, '\'': true, '`': true}

// skip passes over a comment, a string or a character; -1 where it does not end.
func skip(src []byte, at int) int {
	until := func(from int, end string) int {
		if i := bytes.Index(src[from:], []byte(end)); i >= 0 {
			return from + i + len(end)
		}
		return -1
	}
	switch c := src[at]; {
	case c == '`':
		return until(at+1, "`")
	case c == '"' || c == '\'':
		for at++; at < len(src) && src[at] != '\n'; at++ {
			switch src[at] {
			case '\\':
				at++
			case c:
				return at + 1
			}
		}
		return -1
	case c != '/' || at+1 == len(src):
		return at + 1
	}
	switch src[at+1] {
	case '*':
		return until(at+2, "*/")
	case '/':
		if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
			return at + i
		}
		return len(src)
	}
	return at + 1
}

func wordChar(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
