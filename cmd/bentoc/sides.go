package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/revision"
)

// sides finds out what the operands of the command line stand for.
type sides struct {
	operands
	flags *diffFlags
	notes []string
	repo  *revision.Repository // nil outside of one
	root  string               // of the repository on disk, "" outside of one or for a bare one
}

// pick gives the two sides: what is left out is the work tree on the new side, what it
// is to be merged into on the old one.
func (p *sides) pick(args []string) (old, new *side, err error) {
	if len(args) > 2 {
		return nil, nil, usagef("OLD and NEW at most, not %d operands: %s", len(args), strings.Join(args, " "))
	}
	var given []operand
	for _, text := range args {
		o, err := p.parse(text)
		if err != nil {
			return nil, nil, err
		}
		given = append(given, o)
	}
	switch {
	case len(given) == 2:
		old, new = &side{operand: given[0]}, &side{operand: given[1]}
	case len(given) == 1 && given[0].kind != "path":
		old, new = &side{operand: given[0]}, &side{operand: operand{"path", ""}}
	case len(given) == 1:
		new = &side{operand: given[0]}
	default:
		new = &side{operand: operand{"path", "."}}
	}
	if err := p.place(old, new); err != nil {
		return nil, nil, err
	}
	if old == nil {
		if old, err = p.baseline(new); err != nil {
			return nil, nil, err
		}
	}
	for _, pair := range [][2]*side{{old, new}, {new, old}} {
		if err := p.prepare(pair[0], pair[1]); err != nil {
			return nil, nil, err
		}
	}
	return old, new, p.locks(old, new)
}

// place finds where the bentos of paths and revisions lie in the repository.
func (p *sides) place(old, new *side) error {
	var git []*side
	for _, sd := range []*side{old, new} {
		if sd != nil && sd.operand.kind == "git" {
			git = append(git, sd)
		}
	}
	r, err := p.repository(p.from(old, new))
	if err != nil && len(git) > 0 {
		return err
	}
	if p.repo = r; r != nil {
		p.root = r.Root
	}
	var known string
	for _, sd := range []*side{old, new} {
		if sd == nil {
			continue
		}
		if sd.at, err = p.placeOf(sd); err != nil {
			return err
		}
		if sd.at != "" {
			known = sd.at
		}
	}
	if known == "" {
		known = p.below(".")
	}
	for _, sd := range git {
		if sd.at == "" {
			sd.at = known
		}
		if sd.at == "" {
			return diag.WithHint(usagef("%s: where the bento lies in the repository is not known from here", sd.operand), "write it: %s:PATH", sd.operand)
		}
	}
	if new.operand == (operand{"path", ""}) { // the work tree, where the old side's bento lies
		new.operand.text = "."
		if old.at != "" && p.root != "" {
			new.operand.text, new.at = filepath.Join(p.root, filepath.FromSlash(old.at)), old.at
		}
	}
	return nil
}

// from gives the folder from which the repository is looked for: that of a bento on disk, as
// it may lie in another repository than the current folder; where a path below the root of the
// repository is written out, the current folder, as for git.
func (p *sides) from(old, new *side) string {
	dir := "."
	for _, sd := range []*side{old, new} {
		if sd == nil {
			continue
		}
		if _, at := sd.operand.revision(); sd.operand.kind == "git" && at != "" {
			if _, err := p.repository("."); err == nil {
				return "."
			}
		}
		if sd.operand.kind == "path" && sd.operand.text != "" {
			dir = folderOf(sd.operand.text)
		}
	}
	return dir
}

// placeOf gives the path of a bento below the root of the repository, "" where the operand
// does not say or where it is outside.
func (p *sides) placeOf(sd *side) (string, error) {
	switch sd.operand.kind {
	case "path":
		if sd.operand.text != "" {
			return p.below(sd.operand.text), nil
		}
	case "git":
		_, at := sd.operand.revision()
		if at == "" {
			return "", nil
		}
		if strings.HasPrefix(at, "./") || strings.HasPrefix(at, "../") || at == "." {
			here := p.below(".")
			if here == "" {
				return "", usagef("%s: the current folder is not in the repository's work tree", sd.operand)
			}
			if at == "." && !strings.Contains(sd.operand.text, "./") {
				here = "" // of the repository
			}
			at = path.Join(here, at)
		}
		at = path.Clean(at)
		if !fs.ValidPath(at) {
			return "", diag.WithHint(usagef("%s: %s is no path below the root of the repository", sd.operand, at), "write it as git does, such as %s:examples/ocr", strings.SplitN(sd.operand.text, ":", 2)[0])
		}
		return at, nil
	}
	return "", nil
}

// below gives a path on disk as one below the root of the repository, "" where it is not.
func (p *sides) below(name string) string {
	if p.root == "" {
		return ""
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return ""
	}
	rest := ""
	for { // what does not exist has no links
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			abs = filepath.Join(real, rest)
			break
		}
		up := filepath.Dir(abs)
		if up == abs {
			return ""
		}
		abs, rest = up, filepath.Join(filepath.Base(abs), rest)
	}
	rel, err := filepath.Rel(p.root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// folderOf gives the closest folder on disk that a path names.
func folderOf(name string) string {
	for d := name; ; d = filepath.Dir(d) {
		if info, err := os.Stat(d); err == nil && info.IsDir() {
			return d
		}
		if d == filepath.Dir(d) {
			return "."
		}
	}
}

// baseline gives the old side where nobody names one.
func (p *sides) baseline(new *side) (*side, error) {
	r, err := p.repository(p.from(nil, new))
	if err != nil {
		return nil, err
	}
	if new.at == "" {
		return nil, usagef("%s is not in the repository's work tree: name what to compare it with", new.operand.text)
	}
	b, err := defaultBase(r)
	if err != nil {
		return nil, err
	}
	if b.note != "" {
		p.notes = append(p.notes, b.note)
	}
	old := &side{operand: operand{"git", b.commit.Hash.String()}, at: new.at}
	old.Name = b.name
	return old, nil
}

// prepare says how the sources of a side are read and called.
func (p *sides) prepare(sd, other *side) error {
	sd.file = func(name string) string { return name }
	sd.options = compiler.Options{Tags: p.flags.tags, TimeLimit: p.flags.timeLimit, Keep: p.flags.keeping(), Store: func() (*fetch.Client, error) {
		return p.flags.state.open(streams{err: io.Discard}, true)
	}}
	switch sd.operand.kind {
	case "path":
		sd.options.Path = sd.operand.text
		sd.Name = sd.operand.text
		if other.operand.kind == "git" && sd.at == other.at {
			sd.Name = "the work tree"
		}
		sd.file = func(name string) string {
			if sd.session.Foreign(name) {
				return name
			}
			return relative(sd.session.Root, name)
		}
	case "git":
		return p.prepareRevision(sd)
	case "image", "ir":
		sd.Name = sd.operand.text
		if sd.operand.kind == "ir" || pathLike(sd.Name) || path.Ext(sd.Name) == ".tar" {
			return sd.operand.there()
		}
	}
	return nil
}

// there is a mistake of the command line where an operand is a file that does not exist.
func (o operand) there() error {
	if !exists(o.text) {
		return usagef("%s: there is no such file", o)
	}
	return nil
}

func (p *sides) prepareRevision(sd *side) error {
	rev, _ := sd.operand.revision()
	c, err := p.repo.Resolve(rev)
	if err != nil {
		return err
	}
	tree, err := p.repo.Tree(c)
	if err != nil {
		return err
	}
	called := rev
	if len(rev) == 40 {
		called = c.Short()
	}
	if sd.Name == "" {
		sd.Name = called
		if c.Hash.String() != rev {
			sd.Name = fmt.Sprintf("%s (%s)", called, c.Short())
		}
	}
	sd.options.Path, sd.options.FS = sd.at, tree
	sd.file = func(name string) string {
		if sd.session != nil && sd.session.Foreign(name) {
			return name
		}
		return called + ":" + sd.inRepository(name)
	}
	return nil
}

// locks has the sides that are locks read the other side's bento.
func (p *sides) locks(old, new *side) error {
	for _, pair := range [][2]*side{{new, old}, {old, new}} {
		sd, other := pair[0], pair[1]
		if sd.operand.kind != "lock" {
			continue
		}
		if err := sd.operand.there(); err != nil {
			return err
		}
		data, err := os.ReadFile(sd.operand.text)
		if err != nil {
			return err
		}
		switch other.operand.kind {
		case "path", "git":
			sd.options, sd.at = other.options, other.at
		case "lock":
			if sd == new {
				sd.options.Path = filepath.Dir(sd.operand.text)
			} else {
				sd.options = other.options
			}
		default:
			return diag.WithHint(usagef("%s: a lock says what a bento is built from, and %s has no sources", sd.operand, other.operand), "compare it with a path or a revision")
		}
		sd.Name = sd.operand.text
		sd.options.Lock = &compiler.LockText{Name: sd.operand.text, Data: data}
		own := other.file
		sd.file = func(name string) string {
			if name == sd.operand.text || own == nil || other.session == nil {
				return name
			}
			return own(name)
		}
	}
	return nil
}
