package steps

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"example.com/ocr/bentogen"
	"example.com/ocr/vision"
)

// characters are the ones that the recogniser can tell apart, in its order.
// OpenSpell sets them before the first request.
var characters atomic.Pointer[[]string]

// OpenSpell reads the characters out of the metadata of the model file, where
// PaddleOCR's converter puts them. The model rec lies in rec/model.onnx below the
// folder BENTOC_MODEL_DIR, /models unless set.
func OpenSpell(context.Context) error {
	dir := os.Getenv("BENTOC_MODEL_DIR")
	if dir == "" {
		dir = "/models"
	}
	list, err := readCharacters(filepath.Join(dir, "rec", "model.onnx"))
	if err != nil {
		return err
	}
	characters.Store(&list)
	return nil
}

func readCharacters(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the characters of the recogniser: %w", err)
	}
	text, ok := metadata(data, "character")
	if !ok {
		return nil, fmt.Errorf("reading the characters of the recogniser: %s has no metadata called character", path)
	}
	// The network has one class more, for the space.
	return append(strings.Split(strings.TrimSuffix(text, "\n"), "\n"), " "), nil
}

// Spell reads the recogniser's answer about one line.
func Spell(_ context.Context, in bentogen.SpellInput) (bentogen.SpellOutput, error) {
	list := *characters.Load()
	if classes := in.Probs.Shape[1]; classes != len(list)+1 {
		return bentogen.SpellOutput{}, fmt.Errorf("the recogniser tells %d characters apart, its metadata names %d", classes-1, len(list))
	}
	text, score := vision.Spell(in.Probs.Data, in.Probs.Shape[0], list)
	return bentogen.SpellOutput{Text: text, Score: score}, nil
}
