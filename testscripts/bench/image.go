package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// metadata is where builds of the project describe what they made.
func (p project) metadata() string { return filepath.Join(p.dir, "metadata.json") }

// layer is a layer of a built image.
type layer struct {
	Digest  string
	Size    int64 // bytes, as it is stored
	Content string
}

// platformImage is the image of one platform.
type platformImage struct {
	Platform string
	Layers   []layer
}

// images reads what the last build with --metadata-file made.
func (p project) images() ([]platformImage, error) {
	data, err := os.ReadFile(p.metadata())
	if err != nil {
		return nil, err
	}
	var m struct{ Platforms []platformImage }
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.metadata(), err)
	}
	return m.Platforms, nil
}

// docker builds the image of this machine as an archive for docker load.
func (b *bench) docker(p project) (string, error) {
	archive := filepath.Join(b.work, p.name+".docker.tar")
	_, _, err := b.bentoc(p.dir, p.state, "build", "--progress=quiet", "--platform="+platform(), "-o", "type=docker,dest="+archive)
	return archive, err
}

// dockerSize gives the size in MB of the files in the layers of a docker archive.
func dockerSize(archive string) (float64, error) {
	var sum int64
	err := eachLayer(archive, func(content io.Reader) error {
		for r := tar.NewReader(content); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			sum += h.Size
		}
	})
	return float64(sum) / 1e6, err
}

// unpack unpacks the image in a docker archive into a new folder.
func unpack(archive, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return eachLayer(archive, func(content io.Reader) error {
		untar := exec.Command("tar", "-xf", "-", "-C", dir)
		untar.Stdin, untar.Stderr = content, os.Stderr
		return untar.Run()
	})
}

// eachLayer gives the layers of a docker archive, uncompressed.
func eachLayer(archive string, do func(content io.Reader) error) error {
	out, err := exec.Command("tar", "-xOf", archive, "manifest.json").Output()
	if err != nil {
		return fmt.Errorf("reading %s: %w", archive, err)
	}
	var manifest []struct{ Layers []string }
	if err := json.Unmarshal(out, &manifest); err != nil {
		return fmt.Errorf("reading %s: %w", archive, err)
	}
	for _, name := range manifest[0].Layers {
		if err := readLayer(archive, name, do); err != nil {
			return fmt.Errorf("reading layer %s of %s: %w", name, archive, err)
		}
	}
	return nil
}

func readLayer(archive, name string, do func(content io.Reader) error) error {
	cat := exec.Command("sh", "-c", `tar -xOf "$1" "$2" | gzip -dcf`, "sh", archive, name)
	content, err := cat.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cat.Start(); err != nil {
		return err
	}
	err = do(content)
	_, rest := io.Copy(io.Discard, content) // tar archives end in zeros
	return errors.Join(err, rest, cat.Wait())
}
