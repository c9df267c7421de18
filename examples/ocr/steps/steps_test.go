package steps

import (
	"context"
	"encoding/binary"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/ocr/bentogen"
)

func tensor(shape ...int) bentogen.Tensor[float32] {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return bentogen.Tensor[float32]{Shape: shape, Data: make([]float32, n)}
}

func picture(w, h int) bentogen.Image {
	return bentogen.Image{Pixels: image.NewGray(image.Rect(0, 0, w, h))}
}

// From a picture to lines ready to be read, with scores as a detector gives
// them: boxes come back in the picture's own pixels.
func TestPrepAndCut(t *testing.T) {
	t.Parallel()
	prep, err := Prep(t.Context(), bentogen.PrepInput{Image: picture(4000, 2000)})
	if err != nil {
		t.Fatal(err)
	}
	h, w := prep.X.Shape[1], prep.X.Shape[2]
	if h != 992 || w != 1984 || prep.X.Data[0] != -1 {
		t.Fatalf("the detector gets %v, the first value %v", prep.X.Shape, prep.X.Data[0])
	}
	scores := tensor(1, h, w)
	for y := 100; y < 120; y++ {
		for x := 200; x < 600; x++ {
			scores.Data[y*w+x] = 1
		}
	}
	cut, err := Cut(t.Context(), bentogen.CutInput{Scores: scores, Page: prep.Page})
	if err != nil || len(cut.Lines) != 1 {
		t.Fatalf("%d lines, error %v", len(cut.Lines), err)
	}
	l := cut.Lines[0]
	for i, want := range [4][2]int64{{372, 170}, {1241, 170}, {1241, 275}, {372, 275}} {
		if dx, dy := l.Box[i][0]-want[0], l.Box[i][1]-want[1]; dx*dx+dy*dy > 50 {
			t.Errorf("corner %d is %v, want about %v", i, l.Box[i], want)
		}
	}
	if l.Width <= 0 || l.Pixels.Shape[2] < int(l.Width) || len(l.Pixels.Data) != 3*48*l.Pixels.Shape[2] || len(l.Angle.Data) != 3*48*192 {
		t.Errorf("a line of width %d has shapes %v and %v", l.Width, l.Pixels.Shape, l.Angle.Shape)
	}
}

func TestCutStops(t *testing.T) {
	t.Parallel()
	prep, err := Prep(t.Context(), bentogen.PrepInput{Image: picture(320, 320)})
	if err != nil {
		t.Fatal(err)
	}
	scores := tensor(1, 320, 320)
	for i := 32000; i < 64000; i++ {
		scores.Data[i] = 1
	}
	gone := errors.New("the client is gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := Cut(ctx, bentogen.CutInput{Scores: scores, Page: prep.Page}); !errors.Is(err, gone) {
		t.Errorf("error is %v", err)
	}
}

func TestPrepRefuses(t *testing.T) {
	t.Parallel()
	_, err := Prep(t.Context(), bentogen.PrepInput{Image: picture(0, 2)})
	var status interface{ StatusCode() int }
	if !errors.As(err, &status) || status.StatusCode() != 422 {
		t.Errorf("an empty picture gives %v", err)
	}
}

func level() bentogen.Line {
	return bentogen.Line{Box: [][2]int64{{0, 0}, {100, 0}, {100, 10}, {0, 10}}, Pixels: tensor(3, 48, 64), Width: 40}
}

func TestLevel(t *testing.T) {
	t.Parallel()
	in := bentogen.LevelInput{Lines: []bentogen.Line{level(), level()}, Angles: []bentogen.Tensor[float32]{tensor(2), tensor(2)}}
	in.Angles[0].Data = []float32{0, 1}
	in.Angles[1].Data = []float32{1, 0}
	in.Lines[0].Pixels.Data[0] = 7
	out, err := Level(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if !out.Lines[0].Turned || out.Lines[1].Turned || out.Lines[0].Pixels.Data[47*64+39] != 7 {
		t.Error("the first line is not turned upright")
	}
	if in.Lines[0].Turned || in.Lines[0].Pixels.Data[0] != 7 {
		t.Error("the step changed what it was given")
	}
}

func TestArrange(t *testing.T) {
	t.Parallel()
	found := func(x, y int64, text string, score float64) bentogen.Found {
		return bentogen.Found{Box: [][2]int64{{x, y}, {x + 80, y}, {x + 80, y + 10}, {x, y + 10}}, Text: text, Score: score}
	}
	out, err := Arrange(t.Context(), bentogen.ArrangeInput{MinScore: 0.5, Found: []bentogen.Found{
		found(0, 50, "third", 0.9), found(100, 0, "second", 0.8), found(0, 4, "first", 0.7), found(0, 90, "unsure", 0.4), found(0, 120, "", 1),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, l := range out.Lines {
		texts = append(texts, l.Text)
	}
	if got := strings.Join(texts, " "); got != "first second third" {
		t.Errorf("lines are %s", got)
	}
	none, err := Arrange(t.Context(), bentogen.ArrangeInput{})
	if err != nil || none.Lines == nil {
		t.Errorf("no lines are %v, error %v: want an empty list", none.Lines, err)
	}
}

// model writes an ONNX file with an entry of metadata behind weights.
func model(key, value string) []byte {
	str := func(msg []byte, num uint64, s string) []byte {
		msg = binary.AppendUvarint(msg, num<<3|2)
		msg = binary.AppendUvarint(msg, uint64(len(s)))
		return append(msg, s...)
	}
	m := append([]byte{1 << 3, 8}, str(nil, 7, strings.Repeat("weights", 1000))...)
	return str(m, 14, string(str(str(nil, 1, key), 2, value)))
}

func TestReadCharacters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rec.onnx")
	write := func(data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(model("character", "a\nß\n漢\n"))
	list, err := readCharacters(path)
	if got := strings.Join(list, "|"); err != nil || got != "a|ß|漢| " {
		t.Errorf("characters are %q, error %v", got, err)
	}
	for _, data := range [][]byte{nil, model("other", "a"), model("character", "a")[:7020]} {
		write(data)
		if _, err := readCharacters(path); err == nil || !strings.Contains(err.Error(), "no metadata called character") {
			t.Errorf("a file of %d bytes gives %v", len(data), err)
		}
	}
	if _, err := readCharacters(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestSpell(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("BENTOC_MODEL_DIR", dir)
	if err := OpenSpell(t.Context()); err == nil {
		t.Error("opening without a model succeeds")
	}
	if err := os.Mkdir(filepath.Join(dir, "rec"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rec", "model.onnx"), model("character", "g\no"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := OpenSpell(t.Context()); err != nil {
		t.Fatal(err)
	}
	probs := tensor(5, 4) // nothing, g, o, blank
	for i, best := range []int{1, 2, 2, 0, 2} {
		probs.Data[i*4+best] = 0.75
	}
	out, err := Spell(t.Context(), bentogen.SpellInput{Probs: probs})
	if err != nil || out.Text != "goo" || out.Score != 0.75 {
		t.Errorf("text is %q with %v, error %v", out.Text, out.Score, err)
	}
	if _, err := Spell(t.Context(), bentogen.SpellInput{Probs: tensor(5, 9)}); err == nil {
		t.Error("an answer with other characters is read")
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add(model("character", "a\nb"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if value, ok := metadata(data, "character"); ok && len(value) > len(data) {
			t.Fatal("the value is longer than the file")
		}
	})
}
