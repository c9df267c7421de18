package gen

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// snake makes a lower_snake name of proto3 out of any text: its letters and digits.
func snake(text string) string {
	var parts []string
	for _, w := range words(text) {
		if w = strings.ToLower(ascii(w)); w != "" {
			parts = append(parts, w)
		}
	}
	name := strings.Join(parts, "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = strings.TrimSuffix("x_"+name, "_")
	}
	return name
}

// ascii leaves letters and digits that proto3 has in names.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return -1
	}, text)
}

// fieldNames gives the parts of a message their names, which differ also as protoc
// writes them in JSON, and none of which is another part's name in JSON: parsers take
// both. A part that is called as proto3 would call it has the first choice.
func fieldNames(parts []string) map[string]string {
	names, taken, inJSON := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, part := range parts {
		inJSON[part] = true
	}
	pick := func(part string) {
		base := snake(part)
		name := base
		for i := 2; taken[strings.ToLower(camel(name))] || name != part && inJSON[name]; i++ {
			name = fmt.Sprintf("%s_v%d", base, i)
		}
		taken[strings.ToLower(camel(name))], names[part] = true, name
	}
	parts = slices.Sorted(slices.Values(parts)) // another order changes no name
	for _, own := range []bool{true, false} {
		for _, part := range parts {
			if (snake(part) == part) == own {
				pick(part)
			}
		}
	}
	return names
}

// camel is the name that protoc gives a field in JSON where nothing else is said.
func camel(name string) string {
	var b strings.Builder
	up := false
	for _, r := range name {
		switch {
		case r == '_':
			up = true
		case up && r >= 'a' && r <= 'z':
			b.WriteRune(r - 'a' + 'A')
			up = false
		default:
			b.WriteRune(r)
			up = false
		}
	}
	return b.String()
}

// jsonName gives the name of a field in JSON where it is not the one that protoc makes
// of its name. No field of proto3 can be called "" there.
func jsonName(name, json string) string {
	if camel(name) == json {
		return ""
	}
	return json
}

// protoText writes a text as proto3 does: other bytes than those of ASCII by their
// numbers.
func protoText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
