package compiler

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/workspace"
)

// buildTags gives the build tags of the server by platform: [gosrc.OmitHTTP2] where
// nothing in it needs HTTP/2. It is decided from the sources and the lock alone, for each
// platform by itself, and stands in the arguments of the compiler, which are in the plan's
// digest.
func (s *Session) buildTags(ctx context.Context, client *fetch.Client) (map[string]string, error) {
	tags := map[string]string{}
	for _, platform := range s.Platforms {
		if s.Code.Workspace.GPU { // cgo chooses other files, in which HTTP is not looked for
			tags[platform] = plan.GPUTags
			continue
		}
		speaks, err := s.speaksHTTP(ctx, client, platform)
		if err != nil {
			return nil, err
		}
		if !speaks {
			tags[platform] = gosrc.OmitHTTP2
		}
	}
	return tags, nil
}

// speaksHTTP reports whether steps, or the modules of the server, may speak HTTP.
func (s *Session) speaksHTTP(ctx context.Context, client *fetch.Client, platform string) (speaks bool, err error) {
	packages := slices.Clone(s.Code.Output.RuntimeImports)
	if s.Code.Workspace.Steps {
		if slices.Contains(s.Steps.HTTP, platform) {
			return true, nil
		}
		packages = append(packages, s.Steps.Imports...)
	}
	slices.Sort(packages)
	// The sources of modules do not change, so that they are looked at once. What is
	// found there depends on the versions that are locked, the runtime and the platform.
	modules := s.locked.Modules()
	const kind = "http1" // it grows with what is looked for
	key := fmt.Sprintln(platform, s.Code.Workspace.Runtime, packages, modules)
	if client.Store.Memo(kind, key, &speaks) {
		return speaks, nil
	}
	if _, err := gomod.New(client, pin.Toolchain).Modules(ctx, modules); err != nil {
		return false, err
	}
	opened := &Packages{}
	defer func() { err = errors.Join(err, opened.Close()) }()
	speaks, err = gosrc.SpeaksHTTP(newLibrary(client, s.locked, opened), packages, platform, workspace.RuntimePath+"/")
	if err != nil {
		return false, err
	}
	return speaks, client.Store.SetMemo(kind, key, speaks)
}
