package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/revision"
)

// ciSystem is where a system of continuous integration tells what a change is to be
// merged into.
type ciSystem struct {
	name string
	when string // "VARIABLE" or "VARIABLE=VALUE": it is that system, and a change is looked at
	base string // the variable with the commit that the two have in common, "" for none
	into string // the variable with the branch
}

// ciSystems has the rows. Forgejo, Gitea and act set what GitHub sets.
var ciSystems = []ciSystem{
	{name: "GitHub Actions", when: "GITHUB_BASE_REF", into: "GITHUB_BASE_REF"},
	{name: "GitLab CI", when: "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", base: "CI_MERGE_REQUEST_DIFF_BASE_SHA", into: "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"},
	{name: "Bitbucket Pipelines", when: "BITBUCKET_PR_DESTINATION_BRANCH", into: "BITBUCKET_PR_DESTINATION_BRANCH"},
	{name: "Azure Pipelines", when: "SYSTEM_PULLREQUEST_TARGETBRANCH", into: "SYSTEM_PULLREQUEST_TARGETBRANCH"},
	{name: "Jenkins", when: "CHANGE_TARGET", into: "CHANGE_TARGET"},
	{name: "Buildkite", when: "BUILDKITE_PULL_REQUEST_BASE_BRANCH", into: "BUILDKITE_PULL_REQUEST_BASE_BRANCH"},
	{name: "Woodpecker", when: "CI_COMMIT_TARGET_BRANCH", into: "CI_COMMIT_TARGET_BRANCH"},
	{name: "Drone", when: "DRONE_BUILD_EVENT=pull_request", into: "DRONE_TARGET_BRANCH"},
	{name: "Cirrus CI", when: "CIRRUS_BASE_BRANCH", base: "CIRRUS_BASE_SHA", into: "CIRRUS_BASE_BRANCH"},
	{name: "Prow", when: "PULL_BASE_REF", base: "PULL_BASE_SHA", into: "PULL_BASE_REF"},
	{name: "CodeBuild", when: "CODEBUILD_WEBHOOK_BASE_REF", into: "CODEBUILD_WEBHOOK_BASE_REF"},
	{name: "AppVeyor", when: "APPVEYOR_PULL_REQUEST_NUMBER", into: "APPVEYOR_REPO_BRANCH"},
}

// runsIn finds the system that a change is looked at in, nil for none.
func runsIn(getenv func(string) string) *ciSystem {
	for i, s := range ciSystems {
		key, value, exact := strings.Cut(s.when, "=")
		if have := getenv(key); have != "" && (!exact || have == value) && getenv(s.into) != "" {
			return &ciSystems[i]
		}
	}
	return nil
}

// baseline is what a change is compared with where nobody says.
type baseline struct {
	commit revision.Commit
	name   string // for people
	note   string // what they should know of it
}

// defaultBase finds what the work tree is compared with: the merge base with the branch
// that it is to be merged into.
func defaultBase(r *revision.Repository) (baseline, error) {
	head, err := r.Resolve("HEAD")
	if err != nil {
		return baseline{}, err
	}
	into, base, err := target(r, os.Getenv)
	if err != nil {
		return baseline{}, err
	}
	if base.Name != "" { // the system has found it
		return baseline{commit: base, name: fmt.Sprintf("%s (%s)", into.Name, base.Short())}, nil
	}
	h, err := r.MergeBase(head.Hash, into.Hash)
	if shallow := new(revision.ShallowError); errors.As(err, &shallow) {
		shallow.What = "the merge base of HEAD and " + into.Name
	}
	if err != nil {
		return baseline{}, err
	}
	b := baseline{commit: revision.Commit{Name: into.Name, Hash: h}}
	b.name = fmt.Sprintf("%s (merge base %s)", into.Name, b.commit.Short())
	switch {
	case h == head.Hash && runsIn(os.Getenv) != nil:
		// Nothing would be compared, and the change would look safe.
		return baseline{}, diag.WithHint(fmt.Errorf("HEAD (%s) is in %s already: the change that is to be merged is not checked out", head.Short(), into.Name),
			"check out the change itself (for pull_request_target of GitHub: its head), or name what to compare: bentoc diff OLD NEW")
	case h == head.Hash:
		b.note = fmt.Sprintf("HEAD is in %s already: only what has not been committed is compared; name a revision to compare with, such as git:HEAD~1", into.Name)
	}
	return b, nil
}

// target finds the branch that the work tree is to be merged into, and the merge base
// where it is told.
func target(r *revision.Repository, getenv func(string) string) (into, base revision.Commit, err error) {
	s := runsIn(getenv)
	if s == nil {
		into, err = r.Upstream()
		if unknown := new(revision.UnknownError); errors.As(err, &unknown) {
			err = diag.WithHint(usagef("there is nothing to compare with: %s", unknown.Why), "name it: bentoc diff git:main")
		}
		return into, base, err
	}
	if r.Submodule() {
		return into, base, diag.WithHint(usagef("%s is a submodule, and the branch that %s names (%s) is that of another repository", r.Root, s.name, s.into),
			"name the revision that the submodule was at: bentoc diff git:REV PATH")
	}
	branch := strings.TrimPrefix(getenv(s.into), "refs/heads/")
	if s.base != "" && getenv(s.base) != "" {
		base, err = r.Resolve(getenv(s.base))
		if err == nil {
			return revision.Commit{Name: branch, Hash: base.Hash}, base, nil
		}
		if !errors.As(err, new(*revision.MissingError)) {
			return into, base, err
		}
		base = revision.Commit{}
	}
	into, err = r.RemoteBranch(branch)
	if errors.As(err, new(*revision.UnknownError)) {
		err = diag.WithHint(fmt.Errorf("the branch %s, which %s says that this is to be merged into (%s), is not in this clone", branch, s.name, s.into),
			"fetch it with its history: git fetch origin +refs/heads/%[1]s:refs/remotes/origin/%[1]s, or fetch-depth: 0 (GitHub), GIT_DEPTH: 0 (GitLab)", branch)
	}
	return into, base, err
}
