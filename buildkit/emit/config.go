package emit

import (
	"encoding/json"
	"fmt"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"bentoc.dev/compiler/plan"
)

// imageConfig is the plan's config with platform, time and history.
//
// The history is written here and not left to BuildKit, which takes it from the
// first operation that ever made a layer: with a warm cache that can be another
// bento's, and the config's digest would depend on the builder's past.
func imageConfig(p *plan.Plan, img *plan.Image, target ocispecs.Platform) ([]byte, error) {
	config := map[string]json.RawMessage{}
	if len(img.Config) > 0 {
		if err := json.Unmarshal(img.Config, &config); err != nil {
			return nil, fmt.Errorf("reading the image config: %w", err)
		}
	}
	created := time.Unix(p.Epoch, 0).UTC()
	history, err := baseHistory(img.Base)
	if err != nil {
		return nil, err
	}
	for _, l := range img.Layers {
		history = append(history, ocispecs.History{Created: &created, CreatedBy: "bentoc: " + l.Content})
	}
	fields := []struct {
		name  string
		value any
	}{
		{"os", target.OS},
		{"architecture", target.Architecture},
		{"variant", target.Variant},
		{"created", created},
		{"history", history},
	}
	for _, f := range fields {
		if f.value == "" {
			continue
		}
		text, err := json.Marshal(f.value)
		if err != nil {
			return nil, fmt.Errorf("writing %s of the image config: %w", f.name, err)
		}
		config[f.name] = text
	}
	delete(config, "rootfs")
	return json.Marshal(config) // sorts the keys
}

// baseHistory is the history of the image below, with exactly one entry that
// is not empty for each of its layers. A base that tells less is filled up: an
// entry too few would give our first entry to the base's last layer.
func baseHistory(b *plan.Base) ([]ocispecs.History, error) {
	if b == nil {
		return nil, nil
	}
	var base ocispecs.Image
	if err := json.Unmarshal(b.Config, &base); err != nil {
		return nil, fmt.Errorf("reading the base image's config: %w", err)
	}
	var told int
	for _, h := range base.History {
		if !h.EmptyLayer {
			told++
		}
	}
	history := base.History
	if told > len(base.RootFS.DiffIDs) {
		history, told = nil, 0 // contradicts itself
	}
	for ; told < len(base.RootFS.DiffIDs); told++ {
		history = append(history, ocispecs.History{Created: base.Created, CreatedBy: "base image"})
	}
	return history, nil
}
