package deb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// Package is one file of a Debian mirror, exactly.
type Package struct {
	Name    string // such as libc6
	Version string
	Arch    string // such as amd64
	Suite   string // suite and component it was found in, such as bookworm/main
	File    string // path on the mirror, such as pool/main/g/glibc/libc6_….deb
	Size    int64  // bytes
	SHA256  string // sha256:HEX
}

// String names the package for people.
func (d Package) String() string { return d.Name + " " + d.Version + " (" + d.Arch + ")" }

// Find finds the newest versions of packages for an architecture on the
// Debian mirrors of this machine, by lists that are signed, and fetches them.
// With libraries of GCC comes the package that holds their copyright file.
func (c *Client) Find(ctx context.Context, arch string, packages []string) ([]Package, error) {
	releases, best, err := c.findNewest(ctx, arch, packages)
	if err != nil {
		return nil, err
	}
	var docs []string
	for _, name := range packages {
		found, ok := best[name]
		if !ok {
			return nil, &fetch.MissingError{
				What:  "the Debian package " + name + " for " + arch,
				Cause: fmt.Errorf("the mirrors of this machine do not have it"),
				Cure:  fmt.Sprintf("set %s to a Debian mirror that has %s, and %s to its suite", envDebMirror, arch, envDebSuite),
			}
		}
		if d := found.docsPackage(); d != "" && !slices.Contains(docs, d) && !slices.Contains(packages, d) {
			docs = append(docs, d)
		}
	}
	more, err := c.newest(ctx, releases, arch, docs)
	if err != nil {
		return nil, err
	}
	var debs []Package
	for _, name := range slices.Concat(packages, docs) {
		d, ok := best[name]
		if !ok {
			d = more[name]
		}
		if _, err := c.Fetch(ctx, d.Package); err != nil {
			return nil, err
		}
		debs = append(debs, d.Package)
	}
	return debs, nil
}

// findNewest gives the newest version of each package, and the suites that were
// looked at. Where one is missing, the siblings of the mirrors are looked at.
func (c *Client) findNewest(ctx context.Context, arch string, packages []string) ([]*release, map[string]candidate, error) {
	sources, err := c.aptSources()
	if err != nil {
		return nil, nil, err
	}
	releases, err := c.releases(ctx, sources)
	if err != nil {
		return nil, nil, err
	}
	best, err := c.newest(ctx, releases, arch, packages)
	if err != nil || len(best) == len(packages) {
		return releases, best, err
	}
	others, err := c.releases(ctx, siblings(sources))
	var missing *fetch.MissingError
	if errors.As(err, &missing) {
		return releases, best, nil // what is missing is reported with its own cure
	}
	if err != nil {
		return nil, nil, err
	}
	best, err = c.newest(ctx, others, arch, packages)
	return others, best, err
}

// newest gives the newest version of each package that any of the suites has.
func (c *Client) newest(ctx context.Context, releases []*release, arch string, packages []string) (map[string]candidate, error) {
	best := map[string]candidate{}
	if len(packages) == 0 {
		return best, nil
	}
	for _, r := range releases {
		found, err := c.candidates(c.sourceContext(ctx, r.source), r, arch, packages)
		if err != nil {
			return nil, err
		}
		for name, d := range found {
			if old, ok := best[name]; !ok || compareDebVersions(d.Version, old.Version) > 0 {
				best[name] = d
			}
		}
	}
	return best, nil
}

// releases fetches and checks the Release files of sources. One that cannot be reached is passed over unless all are: apt's
// sources name mirrors that have nothing to do with a bento. A signature that is
// not right never is.
func (c *Client) releases(ctx context.Context, sources []aptSource) (releases []*release, err error) {
	var errs []error
	for _, s := range sources {
		r, err := c.release(c.sourceContext(ctx, s), s)
		var untrusted *SignatureError
		var missing *fetch.MissingError
		switch {
		case err == nil:
			releases = append(releases, r)
		case errors.Is(err, errForeign):
		case ctx.Err() != nil || errors.As(err, &untrusted) || errors.As(err, &missing):
			return nil, err
		default:
			errs = append(errs, err)
		}
	}
	if len(releases) > 0 {
		return releases, nil
	}
	cause := errors.Join(errs...)
	return nil, &fetch.MissingError{
		What: "a Debian mirror", Cause: cause,
		Cure: fetch.CureOf(cause, fmt.Sprintf("set %s to the URL of one and %s to its suite, such as bookworm; apt's own sources are used where there are any", envDebMirror, envDebSuite)),
	}
}

// Fetch fetches a package that is known exactly into the store. One that is there
// already is not asked for.
func (c *Client) Fetch(ctx context.Context, d Package) (store.Blob, error) {
	b := store.Blob{Digest: d.SHA256, Size: d.Size}
	if c.Store.Has(b) {
		return b, nil
	}
	sources, err := c.aptSources()
	if err != nil {
		return b, err
	}
	suite, _, _ := strings.Cut(d.Suite, "/")
	slices.SortStableFunc(sources, func(x, y aptSource) int { return boolRank(x.suite != suite) - boolRank(y.suite != suite) })
	own := len(sources)
	var errs []error
	var tried []string
	for i, s := range append(sources, siblings(sources)...) {
		if slices.Contains(tried, s.uri) {
			continue
		}
		tried = append(tried, s.uri)
		b, err := c.anyFile(c.sourceContext(ctx, s), d.String(), s.uri+"/"+d.File, store.Blob{Digest: d.SHA256, Size: d.Size})
		if err == nil {
			err = fetch.CheckSize(d.String(), d.SHA256, d.Size, b)
			return b, err
		}
		var bad *store.DigestError
		if ctx.Err() != nil || errors.As(err, &bad) {
			return b, err
		}
		if !gone(err) && i < own {
			errs = append(errs, err)
		}
	}
	return b, missingDeb(d, len(tried), errs)
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func missingDeb(d Package, tried int, errs []error) error {
	cause := errors.Join(errs...)
	missing := &fetch.MissingError{
		What: "the Debian package " + d.String(), Cause: cause,
		Cure: fetch.CureOf(cause, fmt.Sprintf("set %s to the URL of a Debian mirror; apt's own sources are used where there are any", envDebMirror)),
	}
	if tried > 0 && len(errs) == 0 {
		missing.Cause = errors.New("no mirror has it any more")
		missing.Cure = fmt.Sprintf("choose anew: bentoc lock --update=%s", d.Name)
	}
	return missing
}
