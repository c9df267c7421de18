package pypi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"bentoc.dev/compiler/fetch"
)

// wheelIndexes are the places where wheels are looked for, the first first. That
// is the order of uv, which is there so that nobody can put a project of a
// private name onto a public index: UV_INDEX, UV_EXTRA_INDEX_URL, and last the
// default index. That is UV_DEFAULT_INDEX or UV_INDEX_URL, else what pip is set
// to, else what pip itself knows.
type wheelIndexes struct {
	places []wheelIndex
	// firstMatch is true where a place that has the project in other versions
	// alone is passed over (uv's strategies that begin with unsafe).
	firstMatch bool
}

// errNoProject is the cause of an fetch.AbsentError of a place that does not have the
// project at all.
var errNoProject = errors.New("no such project")

// wheelIndex gives the places that this machine is configured for.
func (c *Client) wheelIndex() (wheelIndex, error) {
	var all wheelIndexes
	switch s := c.Getenv("UV_INDEX_STRATEGY"); s {
	case "", "first-index":
	case "unsafe-first-match", "unsafe-best-match": // the same where one version is asked for
		all.firstMatch = true
	default:
		return nil, fmt.Errorf("reading UV_INDEX_STRATEGY: %s is not one of first-index, unsafe-first-match, unsafe-best-match", s)
	}
	if !truth(c.Getenv("UV_NO_INDEX")) {
		for _, text := range strings.Fields(c.Getenv("UV_INDEX") + " " + c.Getenv("UV_EXTRA_INDEX_URL")) {
			u, err := c.indexURL(text)
			if err != nil {
				return nil, err
			}
			all.places = append(all.places, simpleIndexes{c: c, indexes: []*url.URL{u}})
		}
	}
	last, err := c.defaultIndex()
	all.places = append(all.places, last)
	return all, err
}

// defaultIndex gives the place that comes last.
func (c *Client) defaultIndex() (wheelIndex, error) {
	settings, err := c.pipSettings()
	if err != nil {
		return nil, err
	}
	set := func(env, name string) string { return firstOf(c.Getenv(env), settings[name]) }
	main := firstOf(c.Getenv("UV_DEFAULT_INDEX"), c.Getenv("UV_INDEX_URL"))
	if main == "" || truth(c.Getenv("UV_NO_INDEX")) {
		if main = set("PIP_INDEX_URL", "index-url"); main == "" || truth(set("PIP_NO_INDEX", "no-index")) {
			return pip{c}, nil
		}
	}
	s := simpleIndexes{c: c}
	for _, text := range append([]string{main}, strings.Fields(set("PIP_EXTRA_INDEX_URL", "extra-index-url"))...) {
		u, err := c.indexURL(text)
		if err != nil {
			return nil, err
		}
		s.indexes = append(s.indexes, u)
	}
	for _, text := range strings.Fields(set("PIP_FIND_LINKS", "find-links")) {
		u, err := url.Parse(text)
		if err != nil || u.Scheme == "" {
			u = &url.URL{Scheme: "file", Path: filepath.ToSlash(c.expandHome(text))}
		}
		s.indexes, s.links = append(s.indexes, u), s.links+1
	}
	return s, nil
}

// expandHome gives the path that pip makes of one that begins with ~.
func (c *Client) expandHome(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(c.Home(), rest)
	}
	return name
}

func (w wheelIndexes) find(ctx context.Context, wheel Wheel, platform string) (f found, err error) {
	var why *fetch.AbsentError
	for _, place := range w.places {
		f, err = place.find(ctx, wheel, platform)
		var absent *fetch.AbsentError
		if !errors.As(err, &absent) {
			return f, err
		}
		if errors.Is(absent, errNoProject) {
			if why == nil {
				why = absent
			}
			continue
		}
		why = absent
		if !w.firstMatch {
			break
		}
	}
	if s, ok := w.places[0].(simpleIndexes); ok && len(w.places) > 1 && !errors.Is(why, errNoProject) && !w.firstMatch {
		why = &fetch.AbsentError{Text: why.Text, Cause: why.Cause, Cure: strings.TrimPrefix(why.Cure+"; of the indexes that UV_INDEX names, "+
			s.indexes[0].Redacted()+" first, the first that has the project is looked at alone (UV_INDEX_STRATEGY)", "; ")}
	}
	return found{}, why
}

// locate looks everywhere: the digest says whether it is the right file. A place
// that has another file of the name is at fault only where no other has the
// right one.
func (w wheelIndexes) locate(ctx context.Context, wheel Wheel) (f found, err error) {
	var worst error
	for _, place := range w.places {
		if f, err = place.locate(ctx, wheel); err == nil || ctx.Err() != nil {
			return f, err
		}
		var absent *fetch.AbsentError
		if worst == nil || errors.As(worst, &absent) {
			worst = err
		}
	}
	return found{}, worst
}

// sameFile tells which of the wheels that several indexes have is meant: pip has
// no order of indexes, and who can write to one of them could put a file there.
// So it is a wheel that all of them agree on, or none.
func sameFile(w Wheel, candidates []found, indexes []*url.URL) (found, error) {
	sound := slices.ContainsFunc(candidates, func(f found) bool { return f.File != "" && f.yanked == "" })
	first := -1
	for i, f := range candidates {
		if f.File == "" || sound && f.yanked != "" {
			continue
		}
		if first < 0 {
			first = i
			continue
		}
		if a := candidates[first]; a.File != f.File || a.SHA256 != f.SHA256 || a.SHA256 == "" {
			return found{}, &fetch.MissingError{
				What: "a wheel of " + w.Project + " " + w.Version,
				Cause: fmt.Errorf("two indexes have other files: %s has %s %s, %s has %s %s",
					indexes[first].Redacted(), a.File, firstOf(a.SHA256, "without a digest"), indexes[i].Redacted(), f.File, firstOf(f.SHA256, "without a digest")),
				Cure: "name the index that counts first in UV_INDEX, or leave one of them out of PIP_INDEX_URL and PIP_EXTRA_INDEX_URL: pip has no order among them",
			}
		}
	}
	return candidates[first], nil
}

// indexURL reads the URL of an index, which uv lets have a name: NAME=URL. The
// login of one with a name may be in variables of that name.
func (c *Client) indexURL(text string) (*url.URL, error) {
	name, rest, named := strings.Cut(text, "=")
	if named = named && !strings.Contains(name, "/"); named {
		text = rest
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading the URL of a Python package index: %w", fetch.RedactError(err))
	}
	switch u.Scheme {
	case "http", "https", "file":
	default:
		return nil, fmt.Errorf("reading the URL of a Python package index: %s is not one of http, https or file", u.Redacted())
	}
	if named && u.User == nil {
		env := "UV_INDEX_" + strings.ToUpper(notInEnv.ReplaceAllString(name, "_"))
		user, password := c.Getenv(env+"_USERNAME"), c.Getenv(env+"_PASSWORD")
		switch {
		case password != "":
			u.User = url.UserPassword(user, password)
		case user != "":
			u.User = url.User(user)
		}
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/"
	return u, nil
}

var notInEnv = regexp.MustCompile(`[^A-Za-z0-9]`)
