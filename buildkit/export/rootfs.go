package export

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/opencontainers/go-digest"

	"bentoc.dev/compiler/store"
)

// setIDs are the bits of set-user-id and set-group-id in a tar header.
const setIDs = 0o6000

// keepRootfs is how long an unpacked root file system stays unused.
const keepRootfs = 7 * 24 * time.Hour

// looksFile is added to the name of an unpacked root file system, for how its files
// looked when they were unpacked.
const looksFile = ".looks"

// Rootfs unpacks the root file system of img below dir, unless it is there as it
// was unpacked, and gives its folder, named by the manifest's digest. Others there that were not
// used for a week are removed.
//
// For root, files have the owners that the image says; for others they are the
// caller's.
func (a *Archive) Rootfs(ctx context.Context, img Image, dir string) (string, error) {
	d := digest.Digest(img.Manifest)
	if err := d.Validate(); err != nil {
		return "", fmt.Errorf("digest %q: %w", d, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	dest := filepath.Join(dir, d.Encoded())
	now := time.Now()
	if looks, err := os.ReadFile(dest + looksFile); err == nil && store.StillLooks(dest, string(looks)) {
		return dest, os.Chtimes(dest, now, now)
	}
	// One that changed goes out of the way: a server may still run in it.
	if err := os.Rename(dest, fmt.Sprintf("%s.changed-%d", dest, now.UnixNano())); err != nil && !os.IsNotExist(err) {
		return "", err
	}
	if err := removeOld(dir, now.Add(-keepRootfs)); err != nil {
		return "", fmt.Errorf("removing old root file systems: %w", err)
	}
	t, err := createDirBeside(dest)
	if err != nil {
		return "", err
	}
	defer t.discard()
	for _, l := range img.Layers {
		if err := a.unpack(ctx, l, t.path); err != nil {
			return "", fmt.Errorf("unpacking layer %s: %w", l.Digest, err)
		}
	}
	if err := os.Chtimes(t.path, now, now); err != nil {
		return "", err
	}
	// The looks come first: without them the folder would be taken for a changed one.
	looks, err := store.Looks(t.path)
	if err == nil {
		err = errors.Join(os.WriteFile(t.path+looksFile, []byte(looks), 0o644), os.Rename(t.path+looksFile, dest+looksFile))
	}
	if err != nil {
		return "", err
	}
	if err := os.Rename(t.path, dest); err != nil {
		if _, statErr := os.Stat(dest); statErr == nil {
			return dest, nil // another process was faster
		}
		return "", err
	}
	t.done = true
	return dest, nil
}

func (a *Archive) unpack(ctx context.Context, l Layer, dir string) error {
	r, err := a.uncompressed(l)
	if err != nil {
		return err
	}
	defer r.Close()
	// On the image a set-user-id file is the container's own; in a folder of this
	// machine it would be anybody's way to the user it belongs to.
	opts := []archive.ApplyOpt{archive.WithFilter(func(h *tar.Header) (bool, error) {
		h.Mode &^= setIDs
		return true, nil
	})}
	if os.Geteuid() != 0 {
		opts = append(opts, archive.WithNoSameOwner())
	}
	_, err = archive.Apply(ctx, dir, r, opts...)
	return err
}

// removeOld removes the folders in dir that were last used before limit.
func removeOld(dir string, limit time.Time) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range list {
		fi, err := e.Info()
		if err != nil || !fi.IsDir() || fi.ModTime().After(limit) {
			continue
		}
		p := filepath.Join(dir, e.Name())
		errs = append(errs, removeUnused(p), os.RemoveAll(p+looksFile))
	}
	return errors.Join(errs...)
}
