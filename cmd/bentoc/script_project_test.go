package main

import (
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptExample copies an example into the script's folder.
func scriptExample(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: example NAME [DIR]")
	}
	ts.Check(os.CopyFS(ts.MkAbs(args[len(args)-1]), os.DirFS(filepath.Join(ts.Getenv("REPO"), "examples", args[0]))))
}

// scriptPicture writes a picture with some colour in it, as PNG or JPEG.
func scriptPicture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: picture FILE WIDTHxHEIGHT")
	}
	w, h, _ := strings.Cut(args[1], "x")
	width, err := strconv.Atoi(w)
	ts.Check(err)
	height, err := strconv.Atoi(h)
	ts.Check(err)
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(255 * x / width), uint8(255 * y / height), 128, 255})
		}
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	encode := map[string]func(io.Writer, image.Image) error{
		".png": png.Encode,
		".jpg": func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) },
	}[filepath.Ext(args[0])]
	if encode == nil {
		ts.Fatalf("%s is neither .png nor .jpg", args[0])
	}
	ts.Check(encode(f, img))
}
