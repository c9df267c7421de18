package gosrc

import (
	"errors"
	"fmt"
	"go/build"
	"go/scanner"
	"slices"
	"strings"
)

// OmitHTTP2 is the build tag that leaves HTTP/2 out of net/http.
//
// A server of bentoc's listens for HTTP/1 and asks nobody, so that it has no use for
// HTTP/2; what a step is made of may have, and would go back to HTTP/1 without a word.
// So the tag is right on a platform where no package besides the runtime and the
// standard library imports net/http, by itself or through a package of the standard
// library that hands out what is net/http's.
const OmitHTTP2 = "nethttpomithttp2"

// speaksHTTP reports whether a package that is not bentoc's may speak HTTP, as a
// platform compiles it.
func speaksHTTP(p *build.Package) bool {
	return slices.ContainsFunc(p.Imports, ofHTTP) || slices.Contains(p.AllTags, OmitHTTP2)
}

// ofHTTP reports whether a package of the standard library is net/http, or imports it.
func ofHTTP(importPath string) bool {
	path := importPath + "/"
	return path == "expvar/" || strings.HasPrefix(path, "net/http/") || strings.HasPrefix(path, "net/rpc/")
}

// SpeaksHTTP follows the imports of packages of others from one to the next, as a
// platform compiles them, and reports whether one of them may speak HTTP. Of those whose
// import path begins with trusted it is known that they need no HTTP/2. All that is
// reached should be in the library: a package that is not, or that cannot be read as Go,
// may be anything.
func SpeaksHTTP(lib Library, packages []string, platform, trusted string) (bool, error) {
	seen := map[string]bool{}
	for left := slices.Clone(packages); len(left) > 0; {
		next := left[len(left)-1]
		left = left[:len(left)-1]
		if seen[next] {
			continue
		}
		seen[next] = true
		p, err := packageOfOthers(lib, next, platform)
		if err != nil {
			return false, err
		}
		if p == nil || !strings.HasPrefix(next, trusted) && (speaksHTTP(p) || slices.ContainsFunc(p.AllTags, ofToolchain)) {
			return true, nil
		}
		for _, i := range p.Imports {
			if !standard(i) {
				left = append(left, i)
			}
		}
	}
	return false, nil
}

// packageOfOthers reads which files of a package a platform compiles; nil where there is
// no such package that a compiler takes.
func packageOfOthers(lib Library, importPath, platform string) (*build.Package, error) {
	folder, err := lib.Folder(importPath)
	if notHere := (*NotHereError)(nil); errors.As(err, &notHere) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !exists(folder.FS, folder.Dir) {
		return nil, nil
	}
	p, err := contextOf(folder.FS, platform).ImportDir(folder.Dir, 0)
	var none *build.NoGoError
	var several *build.MultiplePackageError
	var syntax scanner.ErrorList
	switch {
	case errors.As(err, &none), errors.As(err, &several), errors.As(err, &syntax):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading package %s: %w", importPath, err)
	}
	return p, nil
}

// ofToolchain reports whether a tag is one that the go command sets by itself and that
// packages are read without here, such as goexperiment.x and amd64.v1: which files it
// chooses is not known.
func ofToolchain(tag string) bool {
	return strings.Contains(tag, ".") && !strings.HasPrefix(tag, "go1.")
}
