package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/diff/render"
	"bentoc.dev/compiler/fetch"
)

// diffMany compares every bento at and below a folder of the work tree, now or then, with
// what it was at a revision.
func (f *diffFlags) diffMany(ctx context.Context, s streams, client *fetch.Client, args []string) error {
	p := &sides{flags: f}
	defer p.close()
	b, err := p.baselineOf(args)
	if err != nil {
		return asUsage(err)
	}
	all, places, err := p.bentos(b, args[len(args)-1])
	if err != nil {
		return err
	}
	if b.note != "" {
		fmt.Fprintf(s.err, "bentoc: note: %s\n", b.note)
	}
	printed := render.Many{Version: render.Version, Bentos: []render.OfMany{}}
	comment := render.NewComment(s.out)
	noted := map[string]bool{} // what several have in common is told once
	each(all, atATime(), func(o *one) {
		own := &sides{flags: f, root: p.root}
		own.repo = p.repo
		at := places[o]
		old := &side{operand: operand{"git", b.commit.Hash.String() + ":" + at}, at: at}
		old.Name = b.name
		now := &side{operand: operand{"path", filepath.Join(p.root, filepath.FromSlash(at))}, at: at}
		var doc *render.Document
		if o.failed = own.prepare(old, now); o.failed == nil {
			o.failed = own.prepare(now, old)
		}
		if o.failed == nil {
			doc, o.failed = f.compare(ctx, streams{out: &o.out, err: &o.err}, client, own, old, now, func(text string) { o.notes = append(o.notes, text) })
		}
		o.said = "no change"
		if doc != nil && len(doc.Report.Findings) > 0 {
			o.said = countsOf(doc).String()
		}
	}, func(o *one) {
		for _, text := range o.notes {
			if !noted[text] {
				printNote(s.err, text)
			}
			noted[text] = true
		}
		if f.format == "json" {
			r := render.OfMany{Path: places[o]}
			if json.Valid(o.out.Bytes()) {
				r.Report = slices.Clone(o.out.Bytes())
			}
			if o.failed != nil && (r.Report == nil || !errors.Is(o.failed, errRefused)) {
				r.Error = cmp.Or(o.failed.Error(), "its sources are wrong")
			}
			printed.Bentos = append(printed.Bentos, r)
			o.out.Reset()
		}
		if f.format != "json" && o.said == "no change" && o.failed == nil {
			o.out.Reset()
		}
		if o.out.Len() > 0 && f.format == "text" {
			fmt.Fprintf(s.out, "\n%s\n", o.path)
		}
		if o.failed != nil && !errors.Is(o.failed, errRefused) && f.format == "markdown" {
			o.out.Reset()
			o.out.WriteString("<p>It could not be compared: what was printed beside this says why.</p>\n")
		}
		if o.out.Len() > 0 && f.format == "markdown" {
			_ = comment.Add(o.path, o.said, o.out.Bytes()) // a broken output breaks End too
			o.out.Reset()
		}
		o.tell(ctx, s)
	})
	switch f.format {
	case "json":
		err = printJSON(s.out, printed)
	case "markdown":
		err = comment.End(len(all))
	}
	if err != nil {
		return err
	}
	return conclude(ctx, s.err, all)
}

// countsOf counts what concerns anybody.
func countsOf(doc *render.Document) (all render.Counts) {
	for _, a := range diff.Audiences {
		c := doc.Count(a)
		all.Breaking, all.Risky, all.Safe, all.Suppressed = all.Breaking+c.Breaking, all.Risky+c.Risky, all.Safe+c.Safe, all.Suppressed+c.Suppressed
	}
	return all
}

// baselineOf gives the revision that PATH/..., the last operand, is compared with.
func (p *sides) baselineOf(args []string) (baseline, error) {
	dir := filepath.Dir(filepath.Clean(args[len(args)-1]))
	if !withDots(args[len(args)-1]) || len(args) > 2 || len(args) == 2 && withDots(args[0]) {
		return baseline{}, diag.WithHint(usagef("PATH/... is the new side, and the old one is a revision"), "write bentoc diff git:main ./..., or ./... alone")
	}
	r, err := p.repository(folderOf(dir))
	if err != nil {
		return baseline{}, err
	}
	p.repo = r
	if p.root = r.Root; p.root == "" {
		return baseline{}, usagef("%s: the repository has no work tree", args[len(args)-1])
	}
	if len(args) == 1 {
		return defaultBase(r)
	}
	o, err := p.parse(args[0])
	if err != nil {
		return baseline{}, err
	}
	rev, at := o.revision()
	if o.kind != "git" || at != "" {
		return baseline{}, diag.WithHint(usagef("%s: PATH/... is compared with a revision", o), "write bentoc diff git:main ./..., or ./... alone")
	}
	c, err := r.Resolve(rev)
	return baseline{commit: c, name: fmt.Sprintf("%s (%s)", rev, c.Short())}, err
}

// bentos gives the bentos at and below the folder of PATH/..., those of the work tree and
// those of a revision, sorted, and where they lie in the repository.
func (p *sides) bentos(b baseline, pattern string) (all []*one, places map[*one]string, err error) {
	dir := filepath.Dir(filepath.Clean(pattern))
	within := p.below(dir)
	if within == "" {
		return nil, nil, usagef("%s is not in the repository's work tree", dir)
	}
	var at []string
	if exists(dir) {
		found, err := compiler.Find(dir)
		if err != nil {
			return nil, nil, err
		}
		for _, name := range found {
			at = append(at, p.below(name))
		}
	}
	tree, err := p.repo.Tree(b.commit)
	if err != nil {
		return nil, nil, err
	}
	was, err := compiler.FindIn(tree, path.Clean(within))
	if err != nil {
		return nil, nil, err
	}
	at = append(at, was...)
	slices.Sort(at)
	if at = slices.Compact(at); len(at) == 0 {
		return nil, nil, usagef("there is no bento.cue in %s or below, now or at %s", dir, b.name)
	}
	places = map[*one]string{}
	for _, name := range at {
		o := &one{path: relative(p.root, name)}
		all, places[o] = append(all, o), name
	}
	return all, places, nil
}
