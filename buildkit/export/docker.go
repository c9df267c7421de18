package export

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Docker is one file for `docker load`, of one platform.
const Docker Type = "docker"

var dockerKind = Kind{
	Type: Docker, Dest: "FILE", Doc: "for docker load; one platform, which platform=… names", Next: "docker load -i",
	onePlatform: true, make: makeDocker,
}

// makeDocker makes an archive for `docker load` of one platform: an OCI layout
// with Docker's own manifest.json beside it, so that old and new engines and
// podman read it.
func makeDocker(ctx context.Context, j *job) (pending, error) {
	a, o := j.archive, j.target
	c, err := a.Contents()
	if err != nil {
		return nil, err
	}
	img, err := c.Find(o.Platform)
	if err != nil {
		return nil, err
	}
	documents, err := dockerDocuments(img, j.name)
	if err != nil {
		return nil, err
	}
	blobs := []string{img.Manifest, img.Config}
	for _, l := range img.Layers {
		blobs = append(blobs, l.Digest)
	}
	slices.Sort(blobs)
	f, err := o.create()
	if err != nil {
		return nil, err
	}
	return o.from(ctx, f, true), f.fill(func(w io.Writer) error {
		t := tar.NewWriter(w)
		for _, d := range slices.Compact(blobs) {
			if err := addBlob(ctx, t, a, digest.Digest(d)); err != nil {
				return err
			}
		}
		for _, d := range documents {
			if err := addFile(ctx, t, d.name, int64(len(d.text)), bytes.NewReader(d.text)); err != nil {
				return err
			}
		}
		return t.Close()
	})
}

type document struct {
	name string
	text []byte
}

func dockerDocuments(img Image, name string) ([]document, error) {
	config, err := blobName(digest.Digest(img.Config))
	if err != nil {
		return nil, err
	}
	manifest := struct {
		Config   string
		RepoTags []string
		Layers   []string
	}{Config: config}
	for _, l := range img.Layers {
		p, err := blobName(digest.Digest(l.Digest))
		if err != nil {
			return nil, err
		}
		manifest.Layers = append(manifest.Layers, p)
	}
	desc := img.descriptor
	desc.Annotations = nil
	if name != "" {
		repo, tag := tagged(name)
		manifest.RepoTags = []string{repo + ":" + tag}
		desc.Annotations = NameAnnotations(name)
	}
	index := ocispecs.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispecs.MediaTypeImageIndex, Manifests: []ocispecs.Descriptor{desc}}
	var list []document
	for _, d := range []struct {
		name  string
		value any
	}{
		{ocispecs.ImageIndexFile, index},
		{"manifest.json", []any{manifest}},
		{ocispecs.ImageLayoutFile, ocispecs.ImageLayout{Version: ocispecs.ImageLayoutVersion}},
	} {
		text, err := json.Marshal(d.value)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", d.name, err)
		}
		list = append(list, document{d.name, text})
	}
	return list, nil
}

// NameAnnotations are what index.json says of an image with a name, for importers
// that copy by name or tag: containerd and podman read the first, skopeo, umoci and
// crane the second (OCI image specification, annotations).
func NameAnnotations(name string) map[string]string {
	repo, tag := tagged(name)
	return map[string]string{"io.containerd.image.name": full(repo) + ":" + tag, ocispecs.AnnotationRefName: tag}
}

// tagged splits a name; the tag is latest when it has none.
func tagged(name string) (repo, tag string) {
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[:i], name[i+1:]
	}
	return name, "latest"
}

// full is the repository as containerd names it.
func full(repo string) string {
	first, _, more := strings.Cut(repo, "/")
	switch {
	case !more:
		return path.Join("docker.io/library", repo)
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		return path.Join("docker.io", repo)
	}
	return repo
}

func addBlob(ctx context.Context, t *tar.Writer, a *Archive, d digest.Digest) error {
	name, err := blobName(d)
	if err != nil {
		return err
	}
	r, size, err := a.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	return addFile(ctx, t, name, size, r)
}

func addFile(ctx context.Context, t *tar.Writer, name string, size int64, r io.Reader) error {
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o444, ModTime: time.Unix(0, 0)}); err != nil {
		return err
	}
	return copyContext(ctx, t, r)
}
