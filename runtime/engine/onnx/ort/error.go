//go:build linux && (amd64 || arm64)

package ort

import (
	"fmt"
	"regexp"
	"strings"
)

// Code is the kind of an error, as OrtErrorCode numbers it.
type Code int32

// The codes that callers tell apart.
const (
	Fail             Code = 1
	InvalidArgument  Code = 2
	NoSuchFile       Code = 3
	RuntimeException Code = 6
	InvalidProtobuf  Code = 7
	NotImplemented   Code = 9
	InvalidGraph     Code = 10
)

// Error is an error of the library.
type Error struct {
	Code    Code
	Message string // all of it, with the places in the library's own sources
}

// Error is the message without places in the library's sources, so that it may be
// shown to clients.
func (e *Error) Error() string {
	return fmt.Sprintf("%s (onnxruntime code %d)", plain(e.Message), e.Code)
}

// OutOfMemory says whether an allocation failed. The library has no code for it.
func (e *Error) OutOfMemory() bool {
	return strings.Contains(e.Message, "Failed to allocate memory") ||
		strings.Contains(e.Message, "bad_alloc") || strings.Contains(e.Message, "bad allocation") ||
		strings.Contains(e.Message, "out of memory")
}

// Terminated says whether the run was stopped by [Slot.Terminate].
func (e *Error) Terminated() bool { return strings.Contains(e.Message, "terminate flag") }

// OfNode says whether an operation of the model failed while it ran: its kernel
// did not take the values or shapes that it was given.
func (e *Error) OfNode() bool { return strings.HasPrefix(e.Message, "Non-zero status code returned") }

var (
	// sourcePlace is a file and line of the library's sources, such as
	// /onnxruntime_src/onnxruntime/core/x.h:91, or x.h:91.
	sourcePlace = regexp.MustCompile(`(?:[^\s'"]*/)?[\w.+-]+\.(?:h|hh|hpp|c|cc|cpp|cxx|cu|cuh|inc|inl):\d+\s*`)
	// shortName is the function after a file's bare name.
	shortName = regexp.MustCompile(`^[A-Za-z_]\w*\s`)
	// condition is what a check of the library wanted.
	condition = regexp.MustCompile(`^.*? was false\.\s*`)
	// ofNode begins what an operation says.
	ofNode = regexp.MustCompile(`^Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: `)
	// inner begins an error that another error holds.
	inner = regexp.MustCompile(`\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : `)
	// anyPath is what must never be left: a file of the machine that built the
	// library.
	anyPath = regexp.MustCompile(`[^\s'"]*onnxruntime_src[^\s'"]*`)
)

// plain takes file names, lines and functions of the library's sources out of a
// message: "Status Message: /onnxruntime_src/…/x.h:91 onnxruntime::X::X(int) a == b
// was false. It does not fit" becomes "Status Message: It does not fit", and what
// comes before the status message a short name of the node.
func plain(message string) string {
	message = inner.ReplaceAllString(message, "")
	var out strings.Builder
	for {
		at := sourcePlace.FindStringIndex(message)
		if at == nil {
			break
		}
		place := message[at[0]:at[1]]
		out.WriteString(message[:at[0]])
		message = message[at[1]:]
		if !strings.Contains(place, "/") {
			message = message[len(shortName.FindString(message)):]
			continue
		}
		message = message[signature(message):]
		// What was wanted is only worth showing where nothing is said in words.
		if c := condition.FindString(message); len(c) < len(message) {
			message = message[len(c):]
		}
	}
	out.WriteString(message)
	text := anyPath.ReplaceAllString(out.String(), "onnxruntime")
	if m := ofNode.FindStringSubmatch(text); m != nil {
		text = strings.TrimSpace("node "+m[1]+" "+m[2]) + ": " + text[len(m[0]):]
	}
	return strings.TrimSpace(text)
}

// signature is the length of the function at the start of text, as C++ compilers
// print it: type, name, arguments in parentheses, and what follows these. Where no
// parentheses come it is 0.
func signature(text string) int {
	line, _, _ := strings.Cut(text, "\n")
	end := closing(line)
	if end < 0 {
		return 0
	}
	for {
		rest := line[end:]
		switch {
		case strings.HasPrefix(rest, "::"): // ::<lambda(int)>, ::operator()(int) const
			next := closing(rest)
			if next < 0 {
				return end
			}
			end += next
			if strings.HasPrefix(line[end:], ">") {
				end++
			}
		case strings.HasPrefix(rest, " const"):
			end += len(" const")
		case strings.HasPrefix(rest, " [with "):
			i := strings.IndexByte(rest, ']')
			if i < 0 {
				return end
			}
			end += i + 1
		default:
			return end + len(rest) - len(strings.TrimLeft(rest, " "))
		}
	}
}

// closing is the place after the parenthesis that closes the first one; -1
// where there is none.
func closing(text string) int {
	depth := 0
	for i, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
