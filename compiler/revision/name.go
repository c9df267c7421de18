package revision

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"bentoc.dev/compiler/diag"
)

// Commit is a commit that a name stands for.
type Commit struct {
	Name string // as it was asked for, such as main~3
	Hash Hash
}

// Short gives the first digits of the hash.
func (c Commit) Short() string { return c.Hash.String()[:10] }

// UnknownError is a name that stands for no commit.
type UnknownError struct {
	Name, Why string
	Near      string // the branch or tag that may have been meant
}

func (e *UnknownError) Error() string {
	if e.Why != "" {
		return fmt.Sprintf("%s is no revision: %s", e.Name, e.Why)
	}
	return fmt.Sprintf("%s is no revision of this repository", e.Name)
}

// Hint gives the name that may have been meant.
func (e *UnknownError) Hint() string {
	if e.Near != "" {
		return fmt.Sprintf("did you mean %s?", e.Near)
	}
	return "git branch --all and git tag list the names; a clone of CI may lack them: fetch the branch, or with fetch-depth: 0"
}

// Resolve finds the commit that a name stands for, as git rev-parse does: a branch, a tag, a
// reference, a hash or the beginning of one, HEAD or @, and after it any of ~N, ^N, ^{},
// ^{commit}, @{upstream} and @{u}. One that stands for nothing is an [UnknownError].
func (r *Repository) Resolve(name string) (Commit, error) {
	base, steps := cutSteps(name)
	h, err := r.resolveBase(name, base, &steps)
	if err != nil {
		return Commit{}, err
	}
	for steps != "" {
		if h, steps, err = r.step(name, h, steps); err != nil {
			return Commit{}, err
		}
	}
	if h, err = r.peel(h); err != nil {
		return Commit{}, err
	}
	return Commit{name, h}, nil
}

// cutSteps cuts a name where what is done with the commit begins.
func cutSteps(name string) (base, steps string) {
	if i := strings.IndexAny(name, "~^"); i >= 0 {
		return name[:i], name[i:]
	}
	return name, ""
}

func (r *Repository) resolveBase(name, base string, steps *string) (Hash, error) {
	for _, suffix := range []string{"@{upstream}", "@{u}"} {
		if branch, ok := strings.CutSuffix(strings.ToLower(base), suffix); ok {
			branch = base[:len(branch)]
			if branch == "" || branch == "@" || branch == "HEAD" {
				var err error
				if branch, err = r.Branch(); err != nil {
					return Hash{}, err
				}
			}
			ref := r.upstreamOf(branch)
			if ref == "" {
				return Hash{}, &UnknownError{Name: name, Why: fmt.Sprintf("the branch %s has no upstream", branch)}
			}
			return r.reference(ref)
		}
	}
	if strings.Contains(base, "@{") || strings.HasPrefix(base, ":") {
		return Hash{}, &UnknownError{Name: name, Why: "of git's notations ~N, ^N, ^{commit} and @{upstream} are read, logs of references and searches are not"}
	}
	if base == "@" {
		base = "HEAD"
	}
	if len(base) == 40 && isHex(base) {
		return hashOf(base), nil
	}
	h, refErr := r.reference(base)
	if refErr == nil || !errors.As(refErr, new(*UnknownError)) {
		return h, refErr
	}
	if len(base) >= 4 && isHex(base) {
		h, err := r.abbreviated(name, base)
		if err == nil || !errors.As(err, new(*UnknownError)) {
			return h, err
		}
		if err.(*UnknownError).Why != "" {
			return Hash{}, err
		}
	}
	if base == "HEAD" {
		return Hash{}, &UnknownError{Name: name, Why: "nothing has been committed yet"}
	}
	return Hash{}, &UnknownError{Name: name, Near: diag.Nearest(base, r.names())}
}

// reference reads a reference, whose name may lack what git adds in front.
func (r *Repository) reference(name string) (Hash, error) {
	if !validReference(name) {
		return Hash{}, &UnknownError{Name: name}
	}
	for _, form := range []string{"%s", "refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"} {
		full := fmt.Sprintf(form, name)
		if form == "%s" && !strings.HasPrefix(name, "refs/") && strings.ToUpper(name) != name {
			continue // in .git lie other files too; what is a reference there is in capitals
		}
		h, err := r.follow(full)
		if err == nil {
			return h, nil
		}
		if !errors.Is(err, plumbing.ErrReferenceNotFound) {
			return Hash{}, err
		}
	}
	return Hash{}, &UnknownError{Name: name}
}

// validReference refuses names that would lead out of the folder of references.
func validReference(name string) bool {
	return name != "" && !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, "-") && !strings.Contains(name, "..") &&
		!strings.ContainsAny(name, " ~^:?*[\\\x7f") && !strings.HasSuffix(name, ".lock")
}

// follow reads a reference by its full name, through those that name others.
func (r *Repository) follow(full string) (Hash, error) {
	for range 5 {
		r.objects.mu.Lock()
		ref, err := r.refs.Reference(plumbing.ReferenceName(full))
		r.objects.mu.Unlock()
		if err != nil {
			return Hash{}, plumbing.ErrReferenceNotFound
		}
		if ref.Type() == plumbing.HashReference {
			return ref.Hash(), nil
		}
		full = ref.Target().String()
	}
	return Hash{}, fmt.Errorf("the reference %s leads in a circle", full)
}

// abbreviated finds the commit whose hash begins with some digits.
func (r *Repository) abbreviated(name, digits string) (Hash, error) {
	even := digits[:len(digits)&^1]
	prefix, err := hex.DecodeString(even)
	if err != nil {
		return Hash{}, &UnknownError{Name: name}
	}
	all, err := r.objects.withPrefix(prefix)
	if err != nil {
		return Hash{}, err
	}
	found := map[Hash]bool{}
	for _, h := range all {
		if !strings.HasPrefix(h.String(), strings.ToLower(digits)) {
			continue
		}
		kind, _, err := r.objects.read(h)
		if err != nil {
			return Hash{}, err
		}
		if kind == plumbing.CommitObject || kind == plumbing.TagObject {
			found[h] = true
		}
	}
	switch len(found) {
	case 0:
		return Hash{}, &UnknownError{Name: name}
	case 1:
		for h := range found {
			return h, nil
		}
	}
	return Hash{}, &UnknownError{Name: name, Why: fmt.Sprintf("%d commits begin so; write more digits", len(found))}
}

// step does one of ~N, ^N, ^{} and ^{commit}.
func (r *Repository) step(name string, h Hash, steps string) (Hash, string, error) {
	h, err := r.peel(h)
	if err != nil {
		return Hash{}, "", err
	}
	kind, rest := steps[0], steps[1:]
	if kind == '^' && strings.HasPrefix(rest, "{") {
		what, after, closed := strings.Cut(rest[1:], "}")
		if !closed || what != "" && what != "commit" && what != "0" {
			return Hash{}, "", &UnknownError{Name: name, Why: fmt.Sprintf("^{%s} is no commit", what)}
		}
		return h, after, nil
	}
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	n := 1
	if digits > 0 {
		if n, err = strconv.Atoi(rest[:digits]); err != nil {
			return Hash{}, "", &UnknownError{Name: name, Why: "that many commits there never were"}
		}
	}
	rest = rest[digits:]
	if rest != "" && rest[0] != '~' && rest[0] != '^' {
		return Hash{}, "", &UnknownError{Name: name, Why: fmt.Sprintf("%q is neither ~N nor ^N", steps)}
	}
	if kind == '~' {
		for range n {
			if h, err = r.parent(name, h, 1); err != nil {
				return Hash{}, "", err
			}
		}
		return h, rest, nil
	}
	if n > 0 {
		h, err = r.parent(name, h, n)
	}
	return h, rest, err
}

// parent gives the nth parent of a commit, from 1 on.
func (r *Repository) parent(name string, h Hash, n int) (Hash, error) {
	c, err := r.commit(h)
	switch {
	case err != nil:
		return Hash{}, err
	case c.cut:
		return Hash{}, &ShallowError{What: name, Depth: 1}
	case n > len(c.parents):
		return Hash{}, &UnknownError{Name: name, Why: fmt.Sprintf("%.10s has %d parents", h, len(c.parents))}
	}
	return c.parents[n-1], nil
}

// peel follows tags to what they are of.
func (r *Repository) peel(h Hash) (Hash, error) {
	for range 16 {
		kind, data, err := r.objects.read(h)
		if err != nil {
			return Hash{}, err
		}
		switch kind {
		case plumbing.CommitObject:
			return h, nil
		case plumbing.TagObject:
			line, _, _ := strings.Cut(string(data), "\n")
			h = hashOf(strings.TrimPrefix(line, "object "))
		default:
			return Hash{}, &UnknownError{Name: h.String(), Why: fmt.Sprintf("it is a %s, not a commit", kind)}
		}
	}
	return Hash{}, fmt.Errorf("the tag %s is of too many tags", h)
}

// names gives the short names of all branches and tags.
func (r *Repository) names() []string {
	found := map[string]bool{"HEAD": true}
	r.objects.mu.Lock()
	defer r.objects.mu.Unlock()
	refs, err := r.refs.IterReferences()
	if err != nil {
		return nil
	}
	defer refs.Close()
	_ = refs.ForEach(func(ref *plumbing.Reference) error { // what cannot be read is not suggested
		found[ref.Name().Short()] = true
		return nil
	})
	return slices.Sorted(maps.Keys(found))
}

func isHex(s string) bool {
	return strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}
