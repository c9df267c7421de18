package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"bentoc.dev/buildkit/export"
	"bentoc.dev/compiler/plan"
)

// metadata is what --metadata-file writes.
type metadata struct {
	Digest    string          `json:"digest"` // of the image index
	IRDigest  string          `json:"irDigest"`
	Platforms []platformImage `json:"platforms"`
}

type platformImage struct {
	Platform string         `json:"platform"`
	Manifest string         `json:"manifest"`
	Config   string         `json:"config"`
	Size     int64          `json:"size"`
	Layers   []export.Layer `json:"layers"`
}

func writeMetadata(ctx context.Context, s streams, name string, made *built, p *plan.Plan) error {
	m := metadata{Digest: made.contents.Digest, IRDigest: p.IRDigest}
	for _, img := range made.contents.Images {
		m.Platforms = append(m.Platforms, platformImage{img.Platform, img.Manifest, img.Config, img.Size, img.Layers})
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	write := func(w io.Writer) error {
		_, err := w.Write(append(data, '\n'))
		return err
	}
	if export.IsStdout(name) {
		return write(s.out)
	}
	return export.Create(ctx, name, write)
}

// summarise ends the story of a build: what there is now and what to do next.
func summarise(w io.Writer, made *built, outputs []export.Output, next string, took time.Duration) {
	for _, img := range made.contents.Images {
		fmt.Fprintf(w, "\n%s  %s  %s\n", img.Platform, img.Manifest, bytesText(img.Size))
		for _, l := range img.Layers {
			fmt.Fprintf(w, "  %9s  %s\n", bytesText(l.Size), l.Content)
		}
	}
	var places []string
	for _, o := range outputs {
		place := o.Dest
		if export.IsStdout(place) {
			place = "standard output"
		}
		places = append(places, place)
	}
	cached := "as it was built before"
	if !made.recalled {
		cached = fmt.Sprintf("%d of %d steps from the cache", made.steps.Cached(), len(made.steps.Steps))
	}
	fmt.Fprintf(w, "\nwrote %s in %.1f s, %s\n", strings.Join(places, ", "), took.Seconds(), cached)
	if next != "" {
		fmt.Fprintf(w, "next: %s\n", next)
	}
}

// nextCommand is what a user most likely wants after a build.
func nextCommand(args []string, outputs []export.Output) string {
	for _, o := range outputs {
		if next := o.Next(); next != "" {
			return next
		}
	}
	return strings.TrimSpace("bentoc serve " + strings.Join(args, " "))
}
