package revision

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
)

// Branch gives the name of the branch that is checked out, an error where none is.
func (r *Repository) Branch() (string, error) {
	r.objects.mu.Lock()
	defer r.objects.mu.Unlock()
	ref, err := r.refs.Reference(plumbing.HEAD)
	if err != nil {
		return "", fmt.Errorf("reading HEAD: %w", err)
	}
	if ref.Type() != plumbing.SymbolicReference {
		return "", &UnknownError{Name: "HEAD", Why: "no branch is checked out"}
	}
	return ref.Target().Short(), nil
}

// upstreamOf gives the full name of the reference that a branch follows, "" for none.
func (r *Repository) upstreamOf(branch string) string {
	own := r.config.Section("branch").Subsection(branch)
	remote, merge := own.Option("remote"), own.Option("merge")
	switch {
	case remote == "" || merge == "":
		return ""
	case remote == ".":
		return merge
	}
	for _, spec := range r.config.Section("remote").Subsection(remote).OptionAll("fetch") {
		s := config.RefSpec(spec)
		if s.Validate() == nil && s.Match(plumbing.ReferenceName(merge)) {
			return s.Dst(plumbing.ReferenceName(merge)).String()
		}
	}
	return ""
}

// Upstream finds the branch that the one checked out is to be merged into: the one that it
// follows, where that is another, else the remote's default branch, else, where there is no
// remote, main or master. An error says what it looked for.
func (r *Repository) Upstream() (Commit, error) {
	branch, err := r.Branch()
	if err != nil && !errors.As(err, new(*UnknownError)) {
		return Commit{}, err
	}
	var candidates []string
	if up := r.upstreamOf(branch); branch != "" && up != "" {
		if r.defaultBranch(branch) || path.Base(up) != path.Base(branch) {
			candidates = append(candidates, up)
		}
	}
	for _, remote := range r.remotes() {
		for _, name := range []string{"HEAD", "main", "master"} {
			candidates = append(candidates, "refs/remotes/"+remote+"/"+name)
		}
	}
	for _, name := range []string{"main", "master"} {
		if len(r.remotes()) == 0 && name != branch {
			candidates = append(candidates, "refs/heads/"+name)
		}
	}
	for _, full := range candidates {
		h, err := r.follow(full)
		if errors.Is(err, plumbing.ErrReferenceNotFound) {
			continue
		}
		if err != nil {
			return Commit{}, err
		}
		return Commit{strings.TrimPrefix(strings.TrimPrefix(full, "refs/remotes/"), "refs/heads/"), h}, nil
	}
	return Commit{}, &UnknownError{Name: "the upstream branch", Why: "neither does the branch that is checked out follow one, nor has a remote a default branch here"}
}

// defaultBranch reports whether a branch is called as the default one of a remote.
func (r *Repository) defaultBranch(branch string) bool {
	for _, remote := range r.remotes() {
		r.objects.mu.Lock()
		ref, err := r.refs.Reference(plumbing.ReferenceName("refs/remotes/" + remote + "/HEAD"))
		r.objects.mu.Unlock()
		if err == nil && ref.Type() == plumbing.SymbolicReference {
			return strings.TrimPrefix(ref.Target().String(), "refs/remotes/"+remote+"/") == branch
		}
	}
	return branch == "main" || branch == "master"
}

// remotes gives the names of the remotes, "origin" first.
func (r *Repository) remotes() (names []string) {
	for _, s := range r.config.Section("remote").Subsections {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == "origin":
			return -1
		case b == "origin":
			return 1
		}
		return strings.Compare(a, b)
	})
	return names
}

// RemoteBranch finds a branch by its short name as a remote has it, and else among
// the own ones: in CI an own one of that name is seldom there, and may be old.
func (r *Repository) RemoteBranch(name string) (Commit, error) {
	name = strings.TrimPrefix(name, "refs/heads/")
	if !validReference(name) {
		return Commit{}, &UnknownError{Name: name}
	}
	for _, remote := range r.remotes() {
		if h, err := r.follow("refs/remotes/" + remote + "/" + name); err == nil {
			return Commit{remote + "/" + name, h}, nil
		}
	}
	if h, err := r.follow("refs/heads/" + name); err == nil {
		return Commit{name, h}, nil
	}
	return Commit{}, &UnknownError{Name: name, Why: "the branch is not in this clone"}
}
