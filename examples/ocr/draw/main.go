// Draw makes pictures with text, to try the example on: several sizes, fonts,
// contrasts, angles and layouts.
//
//	go run . DIR
//
// writes them into the folder DIR with expected.json, which has the text of
// every picture line by line in reading order. The same bytes come out every
// time. The fonts are the Go fonts, which hold Latin, Greek and Cyrillic.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: draw DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "draw: error:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	expected := map[string][]string{}
	for _, p := range pictures() {
		img, err := p.draw()
		if err != nil {
			return fmt.Errorf("drawing %s: %w", p.name, err)
		}
		if err := write(filepath.Join(dir, p.name), img); err != nil {
			return err
		}
		expected[p.name] = p.expected()
	}
	data, err := json.MarshalIndent(expected, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "expected.json"), append(data, '\n'), 0o666)
}

// write encodes a picture by the ending of its name.
func write(path string, img image.Image) error {
	var buf bytes.Buffer
	var err error
	if strings.HasSuffix(path, ".jpg") {
		err = jpeg.Encode(&buf, img, &jpeg.Options{Quality: 80})
	} else {
		err = png.Encode(&buf, img)
	}
	if err != nil {
		return fmt.Errorf("encoding %s: %w", path, err)
	}
	return os.WriteFile(path, buf.Bytes(), 0o666)
}
