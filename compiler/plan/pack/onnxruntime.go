package pack

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/store"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/plan"
)

// libraries are the shared libraries that a server with libonnxruntime needs, by
// the Debian package that has them. The loader's name is the platform's.
var libraries = map[string][]string{
	"libc6":      {"libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1"},
	"libgcc-s1":  {"libgcc_s.so.1"},
	"libstdc++6": {"libstdc++.so.6"},
}

// libraryDirs are where Debian has shared libraries, by platform.
var libraryDirs = map[string]string{
	"linux/amd64": "usr/lib/x86_64-linux-gnu",
	"linux/arm64": "usr/lib/aarch64-linux-gnu",
}

// onnxRuntime packs libonnxruntime and all that it needs, one layer a platform.
// Everything lies in one folder, apart from the libraries of a base image:
// those may be older, or of another C library.
func (p *packer) onnxRuntime(ctx context.Context) error {
	if len(lock.UsedModels(p.Bento)) == 0 {
		return nil
	}
	errs := make([]error, len(p.Bento.Platforms))
	var wg sync.WaitGroup
	for i, platform := range p.Bento.Platforms {
		wg.Go(func() {
			if err := p.runtimeLayer(ctx, platform); err != nil {
				errs[i] = fmt.Errorf("packing libonnxruntime for %s: %w", platform, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (p *packer) runtimeLayer(ctx context.Context, platform string) (err error) {
	wheel, err := fetch.ONNXRuntimeFor(platform)
	if err != nil {
		return err
	}
	debs := p.Lock.Debs(platform)
	id, content := plan.ForPlatform(plan.InputONNXRuntime, platform), "libonnxruntime "+wheel.Version
	pkg := store.Package{Key: "onnxruntime1 " + wheel.SHA256, Platform: platform, Compression: store.Gzip}
	for _, d := range debs {
		pkg.Key += " " + d.Package + " " + d.SHA256
	}
	if l, ok := p.Fetch.Store.Packed(pkg); ok {
		p.keep(id, content, p.Bento.Pos, l)
		return nil
	}
	for _, d := range debs {
		entries, err := p.slice(ctx, d, platform)
		if err != nil {
			return err
		}
		pkg.Entries = append(pkg.Entries, entries...)
	}
	if _, err := p.Fetch.Wheel(ctx, wheel); err != nil {
		return err
	}
	files, err := p.Fetch.OpenWheel(wheel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	for from, to := range map[string]string{
		"onnxruntime/capi/libonnxruntime.so.*": strings.TrimPrefix(plan.LibraryDir, "/") + "/libonnxruntime.so.1",
		"onnxruntime/LICENSE":                  "usr/share/doc/onnxruntime/copyright",
		"onnxruntime/ThirdPartyNotices.txt":    "usr/share/doc/onnxruntime/ThirdPartyNotices.txt",
	} {
		f, err := files.File(from)
		if err != nil {
			return err
		}
		pkg.Entries = append(pkg.Entries, fetch.ZipEntry(to, f))
	}
	return p.add(ctx, id, content, p.Bento.Pos, pkg)
}

// slice gives the libraries of a Debian package, moved to the folder of
// libonnxruntime, and what belongs to the package.
func (p *packer) slice(ctx context.Context, d fetch.Deb, platform string) ([]store.Entry, error) {
	if _, err := p.Fetch.Deb(ctx, d); err != nil {
		return nil, err
	}
	var s fetch.Slice
	dir := libraryDirs[platform]
	for _, name := range libraries[d.Package] {
		s.Paths = append(s.Paths, path.Join(dir, name))
	}
	if d.Package == "libc6" {
		s.Paths = append(s.Paths, path.Join(dir, plan.Loader(platform)))
	}
	entries, err := p.Fetch.DebEntries(d, s)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name, dir+"/"); ok {
			entries[i].Name = strings.TrimPrefix(plan.LibraryDir, "/") + "/" + rest
		}
	}
	return entries, nil
}
