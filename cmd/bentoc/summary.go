package main

import (
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

func writeMetadata(name string, made *built, p *plan.Plan) error {
	m := metadata{Digest: made.contents.Digest, IRDigest: p.IRDigest}
	for _, img := range made.contents.Images {
		m.Platforms = append(m.Platforms, platformImage{img.Platform, img.Manifest, img.Config, img.Size, img.Layers})
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return writeWhole(name, append(data, '\n'))
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
		places = append(places, o.Dest)
	}
	fmt.Fprintf(w, "\nwrote %s in %.1f s, %d of %d steps from the cache\n",
		strings.Join(places, ", "), took.Seconds(), made.steps.Cached(), len(made.steps.Steps))
	if next != "" {
		fmt.Fprintf(w, "next: %s\n", next)
	}
}

// nextCommand is what a user most likely wants after a build.
func nextCommand(args []string, outputs []export.Output) string {
	for _, o := range outputs {
		if o.Type == export.Docker {
			return "docker load -i " + o.Dest
		}
	}
	return strings.TrimSpace("bentoc serve " + strings.Join(args, " "))
}
