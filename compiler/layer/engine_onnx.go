package layer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"bentoc.dev/compiler/fetch/deb"
	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
)

func init() { engines["onnx"] = (*packer).onnxRuntime }

// onnxRuntime packs libonnxruntime and all that it needs, one layer a platform.
// Everything lies in one folder, apart from the libraries of a base image:
// those may be older, or of another C library.
func (p *packer) onnxRuntime(ctx context.Context) error {
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

func (p *packer) runtimeLayer(ctx context.Context, platform string) error {
	needed, err := need.ONNXRuntime(platform)
	if err != nil {
		return err
	}
	var wheel pypi.Wheel
	libraries := map[string][]string{} // by the package that has them
	for _, i := range needed {
		switch i.Kind {
		case need.Wheel:
			wheel = pypi.Wheel{Project: i.Name, Version: i.Version, File: i.File, Size: i.Size, SHA256: i.Sum}
		case need.Deb:
			libraries[i.Name] = i.Paths
		}
	}
	debs := slices.DeleteFunc(p.Lock.Debs(platform), func(d deb.Package) bool {
		return libraries[d.Name] == nil && slices.Contains(need.CToolchain(), d.Name) // of the step that compiles
	})
	id, content := plan.ForPlatform(plan.InputONNXRuntime, platform), "libonnxruntime "+wheel.Version
	pkg := store.Package{Key: "onnxruntime1 " + wheel.SHA256, Platform: platform, Compression: store.Gzip}
	for _, d := range debs {
		pkg.Key += fmt.Sprint(" ", d.Name, " ", d.SHA256, " ", libraries[d.Name])
	}
	if l, ok := p.Fetch.Store.Packed(pkg); ok {
		p.keep(id, content, p.Bento.Pos, l)
		return nil
	}
	for _, d := range debs {
		entries, err := p.libraries(ctx, d, platform, libraries[d.Name], plan.LibraryDir)
		if err != nil {
			return err
		}
		pkg.Entries = append(pkg.Entries, entries...)
	}
	entries, done, err := p.wheelFiles(ctx, wheel, map[string]string{
		"onnxruntime/capi/libonnxruntime.so.*": plan.LibraryDir + "/libonnxruntime.so.1",
		"onnxruntime/LICENSE":                  "/usr/share/doc/onnxruntime/copyright",
		"onnxruntime/ThirdPartyNotices.txt":    "/usr/share/doc/onnxruntime/ThirdPartyNotices.txt",
	})
	if err != nil {
		return err
	}
	pkg.Entries = append(pkg.Entries, entries...)
	return errors.Join(p.add(ctx, id, content, p.Bento.Pos, pkg), done())
}
