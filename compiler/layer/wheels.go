package layer

import (
	"context"
	"errors"
	"strings"

	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/store"
)

// wheelFiles gives files of a wheel as they lie in the image, by the pattern that
// finds each in the wheel. It is read until done is called.
func (p *packer) wheelFiles(ctx context.Context, w pypi.Wheel, files map[string]string) (entries []store.Entry, done func() error, err error) {
	if _, err := pypi.New(p.Fetch).Fetch(ctx, w); err != nil {
		return nil, nil, err
	}
	wheel, err := pypi.New(p.Fetch).Open(w)
	if err != nil {
		return nil, nil, err
	}
	for from, to := range files {
		f, err := wheel.File(from)
		if err != nil {
			return nil, nil, errors.Join(err, wheel.Close())
		}
		entries = append(entries, pypi.ZipEntry(strings.TrimPrefix(to, "/"), f))
	}
	return entries, wheel.Close, nil
}
