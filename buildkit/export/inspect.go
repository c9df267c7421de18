package export

import (
	"encoding/json"
	"fmt"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is one platform's image in an [Archive].
type Image struct {
	Platform string            `json:"platform"`
	Manifest string            `json:"manifest"` // digest
	Config   string            `json:"config"`   // digest
	Size     int64             `json:"size"`     // bytes of manifest, config and layers
	Layers   []Layer           `json:"layers"`   // from the bottom up
	Labels   map[string]string `json:"labels,omitempty"`
	// Annotations are the manifest's.
	Annotations map[string]string `json:"annotations,omitempty"`
	// ConfigJSON is the config itself.
	ConfigJSON json.RawMessage `json:"-"`
	descriptor ocispecs.Descriptor
}

// Layer is one layer of an [Image].
type Layer struct {
	Digest    string `json:"digest"`
	DiffID    string `json:"diffID"` // digest of the uncompressed layer
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"` // bytes as stored
	// Content says what is in it, as the image's history tells.
	Content string `json:"content,omitempty"`
}

// Contents is what an [Archive] holds.
type Contents struct {
	// Digest is that of the image index, or of the manifest where there is no
	// index (type=docker).
	Digest string `json:"digest"`
	// Name is the tag, if the image has one.
	Name   string  `json:"name,omitempty"`
	Images []Image `json:"images"`
}

// Inspect opens name, reads what is in it and closes it.
func Inspect(name string) (*Contents, error) {
	a, err := Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	defer a.Close()
	c, err := a.Contents()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return c, nil
}

// Contents reads indexes, manifests and configs, and verifies their digests.
func (a *Archive) Contents() (*Contents, error) {
	root, err := a.root()
	if err != nil {
		return nil, err
	}
	c := &Contents{Digest: root.Digest.String(), Name: root.Annotations["io.containerd.image.name"]}
	list := []ocispecs.Descriptor{root}
	if isIndex(root) {
		var index ocispecs.Index
		if _, err := a.document(root.Digest, &index); err != nil {
			return nil, err
		}
		list = index.Manifests
	}
	for _, d := range list {
		if d.Annotations["vnd.docker.reference.type"] != "" {
			continue // an attestation
		}
		img, err := a.image(d)
		if err != nil {
			return nil, err
		}
		c.Images = append(c.Images, img)
	}
	return c, nil
}

func (a *Archive) image(d ocispecs.Descriptor) (Image, error) {
	var m ocispecs.Manifest
	text, err := a.document(d.Digest, &m)
	if err != nil {
		return Image{}, err
	}
	var config ocispecs.Image
	img := Image{Manifest: d.Digest.String(), Config: m.Config.Digest.String(), Annotations: m.Annotations, descriptor: d}
	if img.ConfigJSON, err = a.document(m.Config.Digest, &config); err != nil {
		return Image{}, err
	}
	img.Platform = platforms.Format(platforms.Normalize(config.Platform))
	img.Labels = config.Config.Labels
	img.Size = int64(len(text)) + m.Config.Size
	if len(config.RootFS.DiffIDs) != len(m.Layers) {
		return Image{}, fmt.Errorf("image %s has %d layers and %d diffIDs", d.Digest, len(m.Layers), len(config.RootFS.DiffIDs))
	}
	told := layerHistory(config.History)
	for i, l := range m.Layers {
		layer := Layer{Digest: l.Digest.String(), DiffID: config.RootFS.DiffIDs[i].String(), MediaType: l.MediaType, Size: l.Size}
		if len(told) == len(m.Layers) {
			layer.Content = told[i]
		}
		img.Layers = append(img.Layers, layer)
		img.Size += l.Size
	}
	return img, nil
}

// Find gives the image of a platform.
func (c *Contents) Find(platform string) (Image, error) {
	list := make([]string, len(c.Images))
	for i, img := range c.Images {
		list[i] = img.Platform
	}
	i, err := choose(platform, list)
	if err != nil {
		return Image{}, err
	}
	return c.Images[i], nil
}
