package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc"
	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/diff/render"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/revision"
)

const diffHelp = `
Usage: bentoc diff [OLD] [NEW] [FLAGS]

Says what a change of a bento means for whoever calls it, for whoever runs it and
for the bill. Each finding is breaking, risky or safe, and says where, why and what
to do. Exits with 4 when the worst is as bad as --fail-on says.

OLD and NEW are each one of

%s
The word and the colon in front may be left out where an operand can be one thing
only; a word that may be two is an error that names both. A registry's name has a
dot or a port in it.

NEW is the work tree where it is left out. OLD is then the merge base with the
branch that this one is to be merged into: in CI the one that CI names, else
the branch that is followed, else the remote's default branch. One PATH alone is
NEW.

PATH/... as NEW stands for every bento at and below PATH, now or then; OLD is then a
revision. Those of which something is to be told are told of, and all have a line.

Nothing is checked out, and no git is run. Tags hold for both sides; one that a side
does not take is left out there.

Example:
  bentoc diff ./examples/ocr
  bentoc diff git:v1.2 ./examples/ocr --fail-on=risky
  bentoc diff ./...
  bentoc diff registry.example/ocr:1.2 ./examples/ocr
  bentoc diff git:HEAD~1:examples/ocr git:HEAD:examples/ocr --format=markdown
`

// diffFlags are the flags of diff.
type diffFlags struct {
	sourceFlags
	state  stateFlag
	failOn string
}

// failNever is the value of --fail-on with which diff always exits with 0.
const failNever = "never"

func diffCommand() command {
	return command{name: "diff", summary: "say what a change of a bento means", help: fmt.Sprintf(diffHelp, operandTable()),
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f diffFlags
			flags.StringArrayVarP(&f.tags, "tag", "t", nil, "set a CUE tag: `key` or key=value (repeatable)")
			flags.DurationVar(&f.timeLimit, "time-limit", 30*time.Second, "give up evaluating the CUE after this `time`; 0 for never")
			flags.StringVar(&f.format, "format", "text", "print as `"+strings.Join(render.Names(), "|")+"`")
			flags.StringVar(&f.failOn, "fail-on", string(diff.Breaking), "exit with 4 where something is `breaking`, risky (or worse), or never")
			f.state.bind(flags)
			return func(ctx context.Context, s streams, args []string) error { return f.diff(ctx, s, args) }
		}}
}

// keeping says where the bentos of revisions are kept: in the state folder, which is made
// where there is none, since the next comparison is mostly with the same revision.
func (f *diffFlags) keeping() *compiler.Keeping {
	dir, err := f.state.path(describedFolder)
	if err != nil { // without a home folder there is no state
		return nil
	}
	return &compiler.Keeping{Folder: dir, Bentoc: buildID()}
}

func operandTable() string {
	var b strings.Builder
	for _, k := range operandKinds {
		fmt.Fprintf(&b, "  %-7s %s\n", k.prefix+":", strings.ReplaceAll(k.purpose, "\n", "\n          "))
	}
	return b.String()
}

func (f *diffFlags) checkFlags() error {
	if !slices.Contains(render.Names(), f.format) {
		return usagef("--format=%s: one of %s", f.format, strings.Join(render.Names(), ", "))
	}
	if f.failOn != failNever && f.failOn != string(diff.Breaking) && f.failOn != string(diff.Risky) {
		return usagef("--fail-on=%s: breaking, risky or never", f.failOn)
	}
	return nil
}

func (f *diffFlags) diff(ctx context.Context, s streams, args []string) error {
	if err := f.checkFlags(); err != nil {
		return err
	}
	client, err := f.state.openPresent(s)
	if err != nil { // such as one that is another user's: digests are then computed
		client = nil
	}
	if client != nil {
		defer client.Store.Close()
	}
	if slices.ContainsFunc(args, withDots) {
		return f.diffMany(ctx, s, client, args)
	}
	p := &sides{flags: f}
	defer p.close()
	old, new, err := p.pick(args)
	if err != nil {
		return asUsage(err)
	}
	_, err = f.compare(ctx, s, client, p, old, new, func(text string) { printNote(s.err, text) })
	return err
}

func printNote(w io.Writer, text string) { fmt.Fprintf(w, "bentoc: note: %s\n", text) }

// compare prints what the change from old to new means, but for what is to be noted, which it
// passes on.
func (f *diffFlags) compare(ctx context.Context, s streams, client *fetch.Client, p *sides, old, new *side, note func(string)) (*render.Document, error) {
	for _, sd := range []*side{old, new} {
		defer func() {
			if sd.session != nil {
				sd.session.Close()
			}
		}()
	}
	if err := readBoth(ctx, s, client, f.format, old, new); err != nil {
		return nil, err
	}
	if err := p.check(old, new); err != nil {
		return nil, err
	}
	report, err := compare(old, new)
	if err != nil {
		return nil, err
	}
	p.notes = append(p.notes, unknown(old, new)...)
	for _, text := range p.notes {
		note(text)
	}
	doc := render.New(report, render.Options{
		Old: render.Side{File: old.file, Path: old.inRepository, Bento: old.Bento}, New: render.Side{File: new.file, Path: new.inRepository, Bento: new.Bento},
		FailOn: f.failOn, Notes: p.notes, Color: colour(direct(s.out)),
	})
	if err := doc.Write(s.out, f.format); err != nil {
		return nil, err
	}
	// What the new side agrees to for too long, or for nothing, by the clock.
	if new.wrong = new.Bento.Reported(report.Diagnostics); len(new.wrong) > 0 {
		if err := diag.Text(s.err, new.wrong, diag.Options{Color: colour(s.err), Source: new.source, Rel: new.file}); err != nil {
			return nil, err
		}
	}
	switch {
	case new.wrong.HasErrors():
		return doc, compiler.ErrMistakes
	case doc.Fails:
		return doc, errRefused
	}
	return doc, nil
}

// asUsage makes what is wrong with the operands a mistake of the command line.
func asUsage(err error) error {
	var none *revision.NoRepositoryError
	var unknown *revision.UnknownError
	if errors.As(err, &none) {
		return diag.WithHint(usagef("%v", err), "name what to compare: bentoc diff OLD NEW, as paths, images or IRs")
	}
	if errors.As(err, &unknown) {
		return diag.WithHint(usagef("%v", err), "%s", diag.HintOf(err))
	}
	return err
}

// readBoth reads both sides at the same time and reports what is wrong in their sources.
func readBoth(ctx context.Context, s streams, client *fetch.Client, format string, old, new *side) error {
	both := []*side{old, new}
	errs := make([]error, len(both))
	var wg conc.WaitGroup
	for i, sd := range both {
		wg.Go(func() { errs[i] = sd.read(ctx, client) })
	}
	wg.Wait()
	w := s.err
	if format == "github" {
		w = s.out
	}
	mistakes := false
	for i, sd := range both {
		switch {
		case errors.Is(errs[i], compiler.ErrMistakes):
			mistakes = true
			if err := sd.printWrong(w, format); err != nil {
				return err
			}
		case errs[i] != nil:
			var tag *compiler.TagError
			if errors.As(errs[i], &tag) {
				return errs[i]
			}
			return whileReading(sd.Name, errs[i])
		}
	}
	if mistakes {
		return compiler.ErrMistakes
	}
	return nil
}

// check refuses what would be an answer to another question than the one asked.
func (p *sides) check(old, new *side) error {
	for _, tag := range p.flags.tags {
		inOld, inNew := slices.Contains(old.dropped, tag), slices.Contains(new.dropped, tag)
		switch {
		case (inOld || old.session == nil) && (inNew || new.session == nil):
			return usagef("-t %s: neither side takes the tag", tag)
		case inOld:
			p.notes = append(p.notes, fmt.Sprintf("-t %s: %s does not take the tag; it is left out there", tag, old.Name))
		case inNew:
			p.notes = append(p.notes, fmt.Sprintf("-t %s: %s does not take the tag; it is left out there", tag, new.Name))
		}
	}
	gone := func(sd *side) error {
		return diag.WithHint(usagef("there is no bento.cue in %s", sd.where()), "%s", p.nearby(sd))
	}
	switch {
	case old.absent() && new.absent() && old.operand.kind == "git":
		return gone(old)
	case old.absent() && new.absent():
		return gone(new)
	case !old.absent() && !new.absent():
		return nil
	}
	missing, there := old, new
	if new.absent() {
		missing, there = new, old
	}
	// It has come or gone where the same place is looked at at two times; else a path is wrong.
	sameBento := missing.at != "" && missing.at == there.at && (missing.operand.kind == "git" || there.operand.kind == "git")
	if !sameBento {
		return gone(missing)
	}
	if missing == old {
		if others := p.nearby(missing); strings.HasPrefix(others, "there") {
			p.notes = append(p.notes, fmt.Sprintf("%s had no bento in %s; %s", old.Name, old.at, others))
		}
	}
	return nil
}

// where names the place that a side's bento was looked for in.
func (sd *side) where() string {
	if sd.operand.kind == "git" {
		return sd.file("")
	}
	if sd.options.Path == "" {
		return "the current folder"
	}
	return sd.options.Path
}

// nearby names the bentos that a revision has in place of the one looked for.
func (p *sides) nearby(sd *side) string {
	if sd.operand.kind != "git" {
		return "name a bento.cue or its folder"
	}
	found := bentosOf(sd.options.FS)
	if len(found) == 0 {
		return "that revision has no bento.cue anywhere"
	}
	if near := diag.Nearest(sd.at, found); near != "" {
		return fmt.Sprintf("there is one in %s; if it was moved, name the place that it had: git:REV:%s", near, near)
	}
	const most = 3
	more := ""
	if len(found) > most {
		more = fmt.Sprintf(" and %d more", len(found)-most)
	}
	return fmt.Sprintf("there are bentos in %s%s; if it was moved, name the place that it had: git:REV:PATH", strings.Join(found[:min(most, len(found))], ", "), more)
}

// unknown says what was not compared because a side does not tell.
func unknown(old, new *side) (notes []string) {
	if old.absent() || new.absent() {
		return nil
	}
	if text := oneSource(old, new); text != "" {
		notes = append(notes, text)
	}
	const unlocked = "versions of libraries and packages, digests of models and sizes are not compared: "
	if !old.Facts.Known && !new.Facts.Known && old.noLock() == noLockFile && new.noLock() == noLockFile {
		notes = append(notes, fmt.Sprintf(unlocked+"neither %s nor %s has a bento.lock", old.Name, new.Name))
	} else {
		for _, sd := range []*side{old, new} {
			if !sd.Facts.Known {
				notes = append(notes, fmt.Sprintf(unlocked+"%s %s", sd.Name, sd.noLock()))
			}
		}
	}
	for _, pair := range [][2]*side{{old, new}, {new, old}} {
		if pair[0].operand.kind == "image" && pair[1].operand.kind != "image" {
			notes = append(notes, fmt.Sprintf("the size of the image is not compared: %s is not built", pair[1].Name))
		}
	}
	if old.AcceptanceUnknown && len(new.Bento.Accepted) > 0 {
		notes = append(notes, fmt.Sprintf("nothing is accepted: %s does not tell what was accepted before", old.Name))
	}
	return notes
}

// oneSource says that both sides are the same bento, of which the locks alone differ; "" where
// no side is a lock.
func oneSource(old, new *side) string {
	oldLock, newLock := old.operand.kind == "lock", new.operand.kind == "lock"
	switch {
	case oldLock && newLock:
		return fmt.Sprintf("sources are not compared: %s and %s are locks", old.Name, new.Name)
	case oldLock:
		return fmt.Sprintf("sources are not compared: %s is a lock, held against the bento of %s", old.Name, new.Name)
	case newLock:
		return fmt.Sprintf("sources are not compared: %s is a lock, held against the bento of %s", new.Name, old.Name)
	}
	return ""
}

const noLockFile = "has no bento.lock"

// noLock says why nothing is known of what a lock tells.
func (sd *side) noLock() string {
	switch sd.operand.kind {
	case "image":
		return "was built by a bentoc that did not write them down in images"
	case "ir":
		return "is an IR, which does not tell"
	}
	return noLockFile
}

func compare(old, new *side) (*diff.Report, error) {
	return diff.Compare(old.Side, new.Side, diff.Options{Today: time.Now()})
}
