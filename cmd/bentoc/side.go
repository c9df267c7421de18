package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"bentoc.dev/buildkit/export"
	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/oci"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/plan"
)

// side is one side of a comparison, as it is read.
type side struct {
	diff.Side
	operand operand
	// at is where its bento lies below the root of the repository; "" where it lies in
	// none.
	at string
	// session reads the sources; nil for an IR.
	session *compiler.Session
	options compiler.Options
	// name is how people call a file of a position.
	file func(name string) string
	// dropped are tags of the command line that the side does not take.
	dropped []string
	// wrong are the diagnostics of its sources.
	wrong diag.List
}

// source gives the text of a file that positions name.
func (sd *side) source(name string) []byte {
	if sd.session == nil {
		return nil
	}
	return sd.session.Text(name)
}

// inRepository gives the path of a file that positions name below the root of the
// repository, "" where the side has no files there.
func (sd *side) inRepository(name string) string {
	if sd.session == nil || sd.at == "" || sd.session.Foreign(name) {
		return ""
	}
	folder := sd.at
	if path.Ext(folder) == ".cue" {
		folder = path.Dir(folder)
	}
	if dir := sd.session.Dir; dir != "." && dir != "" {
		folder = strings.TrimSuffix(strings.TrimSuffix(folder, dir), "/")
	}
	return path.Join(folder, name)
}

// absent reports whether there is no bento on this side.
func (sd *side) absent() bool { return sd.Bento == nil }

// read loads the side's bento.
func (sd *side) read(ctx context.Context, client *fetch.Client) error {
	switch sd.operand.kind {
	case "image":
		return sd.readImage(ctx, client)
	case "ir":
		return sd.readIR()
	}
	return sd.readSources(ctx, client)
}

// readSources evaluates the bento of a path, a revision or a lock. Tags that it does not
// take are left out, as whoever built it will have done.
func (sd *side) readSources(ctx context.Context, client *fetch.Client) error {
	o := sd.options
	o.Tags = slices.Clone(o.Tags)
	for {
		o.Report = func(_ *compiler.Session, diags diag.List) error {
			sd.wrong = append(sd.wrong, diags...)
			return nil
		}
		if sd.session != nil {
			sd.session.Close()
		}
		sd.session = compiler.New(o)
		found, err := sd.session.Exists()
		if err != nil || !found {
			return err
		}
		described, err := sd.session.Describe(ctx, client)
		var tag *compiler.TagError
		if errors.As(err, &tag) && tag.Untaken && slices.Contains(o.Tags, tag.Tag) {
			sd.dropped = append(sd.dropped, tag.Tag)
			o.Tags = slices.DeleteFunc(o.Tags, func(t string) bool { return t == tag.Tag })
			continue
		}
		sd.Bento, sd.Facts = described.Bento, described.Facts
		return err
	}
}

// readIR reads what compile --emit=ir printed. Older ones do not say what is accepted.
func (sd *side) readIR() error {
	data, err := os.ReadFile(sd.operand.text)
	if err != nil {
		return err
	}
	b, err := ir.Parse(data)
	if err != nil {
		return err
	}
	sd.Bento, sd.AcceptanceUnknown = b, b.Accepted == nil
	return nil
}

// readImage reads the IR out of an image: of the first that has one, as all platforms are
// built of the same.
func (sd *side) readImage(ctx context.Context, client *fetch.Client) error {
	name := sd.operand.text
	if exists(name) || pathLike(name) || path.Ext(name) == ".tar" {
		return sd.readArchive(name)
	}
	if client == nil {
		client = fetch.New(nil) // nothing is kept
	}
	p, err := oci.New(client).Published(ctx, name)
	if err != nil {
		return err
	}
	return sd.readLabels(p.Labels, p.Size, func(file, want string) ([]byte, error) { return p.File(ctx, file, want, maxIR) })
}

func (sd *side) readArchive(name string) error {
	a, err := export.Open(name)
	if err != nil {
		return err
	}
	defer a.Close()
	c, err := a.Contents()
	if err != nil {
		return err
	}
	if len(c.Images) == 0 {
		return errors.New("it holds no image")
	}
	img := c.Images[0]
	return sd.readLabels(img.Labels, img.Size, func(file, want string) ([]byte, error) {
		return a.FindFile(img, file, digest.Digest(want), maxIR)
	})
}

// readLabels reads what an image of size bytes says of itself.
func (sd *side) readLabels(labels map[string]string, size int64, find func(file, digest string) ([]byte, error)) error {
	built, err := compiler.Built(sd.operand.text, labels, find)
	if errors.Is(err, compiler.ErrNoIR) {
		return diag.WithHint(err, "an image that bentoc built has the label %s", plan.LabelIRDigest)
	}
	if err != nil {
		return err
	}
	built.Name = sd.Name
	sd.Side = built
	if sd.Facts.Sizes == nil {
		sd.Facts.Sizes = map[string]int64{}
	}
	sd.Facts.Sizes["image"] = size
	return nil
}

// printWrong prints the diagnostics of the side's sources, at the names of its own files.
func (sd *side) printWrong(w io.Writer, format string) error {
	o := diag.Options{Color: colour(w), Source: sd.source, Rel: sd.file}
	if format == "github" {
		return diag.GitHub(w, sd.wrong, o)
	}
	if _, err := fmt.Fprintf(w, "bentoc: %s cannot be compared: its sources are wrong\n", sd.Name); err != nil {
		return err
	}
	return diag.Text(w, sd.wrong, o)
}
