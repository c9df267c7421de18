package main

import (
	"errors"
	"slices"
)

func benchModels(b *bench) error {
	return errors.Join(benchOCR(b), benchPictures(b), benchMLP(b))
}

// benchOCR measures the tool over the ocr example, and the image that it makes.
func benchOCR(b *bench) error {
	p, err := b.example("ocr")
	if err != nil {
		return err
	}
	if err := b.onlyDownloads(&p); err != nil {
		return err
	}
	if err := b.buildOCR(p); err != nil {
		return err
	}
	root, err := b.root(p)
	if err != nil {
		return err
	}
	ready, idle, err := b.startup(root)
	if err != nil {
		return err
	}
	b.add(figure{name: "ocr, ready after start", value: ready, unit: "ms", limit: 400})
	b.add(figure{name: "ocr, idle memory (RSS)", value: idle, unit: "MB"})
	return nil
}

// buildOCR measures the tool over the ocr example.
func (b *bench) buildOCR(p project) error {
	u, _, err := b.bentoc(p.dir, p.state, "build", "--progress=quiet", "--metadata-file="+p.metadata())
	if err != nil {
		return err
	}
	b.add(figure{name: "ocr, two platforms, only downloads cached", value: u.wall, unit: "s", limit: 90})
	first, err := p.images()
	if err != nil {
		return err
	}
	walls, rss, err := b.repeat(10, p.dir, p.state, "build", "--progress=quiet")
	if err != nil {
		return err
	}
	b.add(figure{name: "ocr, nothing changed, whole process", value: median(walls), unit: "s", limit: 0.25, note: spread(walls)})
	if walls, err = b.changeLine(p, "vision/prepare.go", `"the picture is empty"`, 5); err != nil {
		return err
	}
	b.add(figure{name: "ocr, a step changed", value: median(walls), unit: "s", limit: 5, note: spread(walls)})
	again, err := p.images()
	if err != nil {
		return err
	}
	b.add(figure{name: "ocr, layers that it changed (the server's two)", value: float64(changed(first, again)), limit: 2})
	b.add(figure{name: "ocr, peak memory of bentoc", value: max(u.maxRSS, rss), unit: "MB", limit: 250})
	return b.sizesOCR(p, first)
}

// changed counts the layers that are not in both builds.
func changed(first, again []platformImage) (n int) {
	for i := range first {
		for _, l := range first[i].Layers {
			if !slices.Contains(again[i].Layers, l) {
				n++
			}
		}
	}
	return n
}

func (b *bench) sizesOCR(p project, images []platformImage) error {
	archive, err := b.docker(p)
	if err != nil {
		return err
	}
	unpacked, err := dockerSize(archive)
	if err != nil {
		return err
	}
	b.add(figure{name: "ocr image of one platform, uncompressed", value: unpacked, unit: "MB", limit: 75})
	var packed int64
	for _, l := range images[0].Layers {
		packed += l.Size
	}
	b.add(figure{name: "ocr image of one platform, compressed", value: float64(packed) / 1e6, unit: "MB", limit: 40})
	ops, err := b.ops(p)
	if err != nil {
		return err
	}
	b.add(figure{name: "ocr, ops of LLB for two platforms", value: float64(ops), limit: 16})
	return b.vet(p.state)
}
