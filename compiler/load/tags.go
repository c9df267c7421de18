package load

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
)

// TagError is a value of [Options].Tags that the bento does not take. The mistake lies
// on the command line, not in the sources.
type TagError struct {
	Tag  string // as it was given, such as "size=abc"; "" where CUE does not tell
	Why  string
	Cure string // may be empty
	// Untaken is true where nothing in the bento asks for the tag; else its value is wrong.
	Untaken bool
}

// Error implements error.
func (e *TagError) Error() string { return fmt.Sprintf("-t %s: %s", e.Tag, e.Why) }

// Hint gives the cure.
func (e *TagError) Hint() string { return e.Cure }

// tagError makes a TagError of what CUE says about a tag, nil where it says something
// else.
func (l *loading) tagError(inst *build.Instance, msg string) *TagError {
	_, name, _ := strings.Cut(msg, `"`)
	name, _, _ = strings.Cut(name, `"`)
	given := name
	for _, t := range l.opts.Tags {
		if key, _, _ := strings.Cut(t, "="); key == name {
			given = t
		}
	}
	fields, files := tagsOf(inst)
	switch {
	case strings.HasPrefix(msg, "no tag for"):
		e := &TagError{Tag: given, Untaken: true, Why: fmt.Sprintf("no field takes the tag %q", name)}
		e.Cure = tagHint(name, fields, "a field takes one with @tag(%s)")
		return e
	case strings.HasPrefix(msg, "tag ") && strings.Contains(msg, "not used in any file"):
		if slices.Contains(fields, name) {
			return &TagError{Tag: given, Why: "this tag takes a value", Cure: fmt.Sprintf("write -t %s=…", name)}
		}
		e := &TagError{Tag: given, Untaken: true, Why: fmt.Sprintf("no file begins with @if(%s), and no field has it as a short form", name)}
		e.Cure = tagHint(name, append(files, fields...), "a file takes one with @if(%s)")
		return e
	case strings.HasPrefix(msg, "invalid ") && strings.Contains(msg, "for injection tag"):
		kind, _, _ := strings.Cut(strings.TrimPrefix(msg, "invalid "), " for injection tag")
		return &TagError{Tag: given, Why: fmt.Sprintf("the field with @tag(%s) takes a %s", name, kind)}
	}
	return nil
}

func tagHint(name string, known []string, otherwise string) string {
	if near := suggest(name, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	if len(known) > 0 {
		slices.Sort(known)
		return "there is " + strings.Join(slices.Compact(known), ", ")
	}
	if name == "" {
		name = "NAME"
	}
	return fmt.Sprintf(otherwise, name)
}

// repeatedTag gives the error of a tag that is given two values, nil where there is
// none.
func repeatedTag(tags []string) error {
	seen := map[string]string{}
	for _, t := range tags {
		key, value, ok := strings.Cut(t, "=")
		if other, twice := seen[key]; ok && twice && other != value {
			return &TagError{Tag: t, Why: fmt.Sprintf("%s is given two values, %s and %s", key, other, value), Cure: "give it once"}
		}
		if ok {
			seen[key] = value
		}
	}
	return nil
}

// tagsOf gives the tags that fields take, with their short forms, and those that bring
// files in.
func tagsOf(inst *build.Instance) (fields, files []string) {
	for _, f := range inst.Files {
		ast.Walk(f, func(n ast.Node) bool {
			attr, ok := n.(*ast.Attribute)
			if !ok {
				return true
			}
			name, body := attr.Split()
			args := strings.Split(body, ",")
			switch {
			case name == "tag":
				fields = append(fields, strings.TrimSpace(args[0]))
				for _, a := range args[1:] {
					if short, ok := strings.CutPrefix(strings.TrimSpace(a), "short="); ok {
						files = append(files, strings.Split(short, "|")...)
					}
				}
			case name == "if" && strings.Trim(body, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "":
				files = append(files, body)
			}
			return true
		}, nil)
	}
	return fields, files
}

// tagFor gives the tag that a field of the package takes, or "".
func tagFor(inst *build.Instance, field string) (tag string) {
	for _, f := range inst.Files {
		ast.Walk(f, func(n ast.Node) bool {
			d, ok := n.(*ast.Field)
			if !ok {
				return true
			}
			for _, attr := range d.Attrs {
				if name, body := attr.Split(); name == "tag" {
					if label, ok := labelName(d.Label); ok && label == field {
						tag, _, _ = strings.Cut(body, ",")
					}
				}
			}
			return true
		}, nil)
	}
	return tag
}
