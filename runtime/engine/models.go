package engine

import (
	"context"
	"path/filepath"
	"strings"
)

// Models is the folder of an image's models: each lies in one below it that bears its
// name.
const Models = "/models"

type modelsKey struct{}

// WithModels gives a context under which models are opened out of folder, which has them
// all, as [Models] does in the image. "" is no other folder.
func WithModels(ctx context.Context, folder string) context.Context {
	if folder == "" {
		return ctx
	}
	return context.WithValue(ctx, modelsKey{}, folder)
}

// ModelPath gives the place of what an image has at path, which is below [Models] or
// stays where it is.
func ModelPath(ctx context.Context, path string) string {
	folder, ok := ctx.Value(modelsKey{}).(string)
	if rest, below := strings.CutPrefix(path, Models+"/"); ok && below {
		return filepath.Join(folder, filepath.FromSlash(rest))
	}
	return path
}
