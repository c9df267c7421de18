package pypi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// simpleIndexes are Python package indexes that speak the simple API: JSON (PEP
// 691) or HTML (PEP 503). None comes before the others: see [sameFile].
type simpleIndexes struct {
	c       *Client
	indexes []*url.URL
	links   int // how many at the end are no indexes, but pages or folders with files (pip's find-links)
}

// simpleAccept asks for JSON and takes HTML.
const simpleAccept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

// simpleFile is one file of a project.
type simpleFile struct {
	name, url string
	sha256    string // sha256:HEX or ""
	size      int64
	yanked    string
}

func (s simpleIndexes) find(ctx context.Context, w Wheel, platform string) (found, error) {
	var all []simpleFile
	best := make([]found, len(s.indexes))
	have := false
	for i := range s.indexes {
		files, err := s.files(ctx, i, w.Project)
		if err != nil {
			return found{}, err
		}
		if f, err := bestFile(files, w, platform); err == nil {
			best[i], have = f, true
		}
		all = append(all, files...)
	}
	if have {
		return sameFile(w, best, s.indexes)
	}
	return bestFile(all, w, platform)
}

func (s simpleIndexes) locate(ctx context.Context, w Wheel) (found, error) {
	var worst error = &fetch.AbsentError{Text: "the package index does not have it any more"}
	for i, index := range s.indexes {
		files, err := s.files(ctx, i, w.Project)
		if err != nil {
			worst = err
		}
		for _, f := range files {
			if f.name == w.File && (f.sha256 == "" || f.sha256 == w.SHA256) {
				return found{Wheel: w, url: f.url}, nil
			}
			if f.name == w.File {
				worst = &store.DigestError{Name: w.File + " of " + index.Redacted(), Want: w.SHA256, Got: f.sha256}
			}
		}
	}
	return found{}, worst
}

// files lists the files of a project in one of the places.
func (s simpleIndexes) files(ctx context.Context, place int, project string) ([]simpleFile, error) {
	at := s.indexes[place]
	if place < len(s.indexes)-s.links {
		return s.project(ctx, at, project)
	}
	if dir, local := fetch.LocalFile(at.String()); local {
		if fi, err := os.Stat(dir); err != nil || fi.IsDir() {
			return wheelsIn(ctx, dir, project)
		}
	}
	d, err := s.c.Page(ctx, at.String(), simpleAccept)
	if err != nil {
		return nil, err
	}
	files, err := simpleHTML(d)
	return slices.DeleteFunc(files, func(f simpleFile) bool {
		name, ok := parseWheelName(f.name)
		return !ok || name.project != project
	}), err
}

// wheelsIn gives the wheels of a project in a folder; none where there is no
// such folder, as pip has it.
func wheelsIn(ctx context.Context, dir, project string) (files []simpleFile, err error) {
	all, _ := os.ReadDir(dir)
	for _, e := range all {
		name, ok := parseWheelName(e.Name())
		if !ok || name.project != project || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		size, err := io.Copy(h, store.ContextReader(ctx, f))
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		files = append(files, simpleFile{
			name: e.Name(), url: (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String(), sha256: fmt.Sprintf("sha256:%x", h.Sum(nil)), size: size,
		})
	}
	return files, nil
}

// project lists the files of a project; none where the index does not know it.
func (s simpleIndexes) project(ctx context.Context, index *url.URL, project string) ([]simpleFile, error) {
	d, err := s.c.Page(ctx, index.JoinPath(project, "/").String(), simpleAccept)
	if fetch.NotFound(err) || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []simpleFile
	if strings.HasSuffix(d.Kind, "json") {
		files, err = simpleJSON(d)
	} else {
		files, err = simpleHTML(d)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", d.URL.Redacted(), err)
	}
	for i := range files {
		files[i].url = withCredentials(files[i].url, index)
	}
	return files, nil
}

// withCredentials gives files on the index's own host the index's credentials.
func withCredentials(rawURL string, index *url.URL) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.User != nil || index.User == nil || u.Host != index.Host || u.Scheme != index.Scheme {
		return rawURL
	}
	u.User = index.User
	return u.String()
}

func simpleJSON(d fetch.Document) (files []simpleFile, err error) {
	var page struct {
		Files []struct {
			Filename, URL string
			Hashes        map[string]string
			Size          int64
			Yanked        any // false, true or why
		}
	}
	if err := json.Unmarshal(d.Body, &page); err != nil {
		return nil, err
	}
	for _, f := range page.Files {
		u, err := d.URL.Parse(f.URL)
		if err != nil {
			continue
		}
		file := simpleFile{name: f.Filename, url: u.String(), sha256: fetch.SHA256Of(f.Hashes["sha256"]), size: f.Size}
		switch why := f.Yanked.(type) {
		case string:
			file.yanked = cmp.Or(why, "no reason given")
		case bool:
			if why {
				file.yanked = "no reason given"
			}
		}
		files = append(files, file)
	}
	return files, nil
}

// simpleHTML reads the anchors of a page. Their URLs are relative to it, or to
// its base element.
func simpleHTML(d fetch.Document) (files []simpleFile, err error) {
	base := d.URL
	tokens := html.NewTokenizer(bytes.NewReader(d.Body))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return files, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			t := tokens.Token()
			href, yanked, isYanked := anchor(t)
			u, err := base.Parse(href)
			if err != nil || href == "" {
				continue
			}
			if t.Data == "base" {
				base = u
			}
			if t.Data != "a" {
				continue
			}
			f := simpleFile{name: path.Base(u.Path)}
			if hash, ok := strings.CutPrefix(u.Fragment, "sha256="); ok {
				f.sha256 = fetch.SHA256Of(hash)
			}
			if isYanked {
				f.yanked = cmp.Or(yanked, "no reason given")
			}
			u.Fragment, u.RawFragment = "", ""
			f.url = u.String()
			files = append(files, f)
		}
	}
}

func anchor(t html.Token) (href, yanked string, isYanked bool) {
	for _, a := range t.Attr {
		switch a.Key {
		case "href":
			href = strings.TrimSpace(a.Val)
		case "data-yanked":
			yanked, isYanked = a.Val, true
		}
	}
	return href, yanked, isYanked
}

// bestFile chooses among the files of a project.
func bestFile(files []simpleFile, w Wheel, platform string) (found, error) {
	type candidate struct {
		found
		rank []int
	}
	version := normalVersion(w.Version)
	var fit []candidate
	var versions, others []string
	for _, f := range files {
		name, isWheel := parseWheelName(f.name)
		if v := versionOf(f.name, w.Project); v != "" && !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
		if isWheel && name.project == w.Project && name.version == version {
			others = append(others, f.name)
			if rank, ok := name.rank(platform); ok {
				whole := Wheel{Project: w.Project, Version: w.Version, File: f.name, Size: f.size, SHA256: f.sha256}
				fit = append(fit, candidate{found{whole, f.url, f.yanked}, rank})
			}
		}
	}
	if len(fit) == 0 {
		return found{}, absentWheel(w, platform, versions, others)
	}
	if sound := slices.DeleteFunc(slices.Clone(fit), func(f candidate) bool { return f.yanked != "" }); len(sound) > 0 {
		fit = sound
	}
	best := slices.MinFunc(fit, func(a, b candidate) int {
		return cmp.Or(slices.Compare(a.rank, b.rank), cmp.Compare(a.File, b.File))
	})
	return best.found, nil
}

// versionOf gives the version that a file of a project is of, as it is written
// there.
func versionOf(file, project string) string {
	if _, ok := parseWheelName(file); ok {
		return strings.Split(file, "-")[1]
	}
	for _, ext := range []string{".tar.gz", ".zip", ".tar.bz2", ".tgz"} {
		stem, ok := strings.CutSuffix(file, ext)
		i := strings.LastIndexByte(stem, '-')
		if ok && i > 0 && NormalProject(stem[:i]) == project {
			return stem[i+1:]
		}
	}
	return ""
}

// absentWheel says why no file fits. Versions are all that there are, wheels the
// wheels of the version that is asked for.
func absentWheel(w Wheel, platform string, versions, wheels []string) error {
	slices.Sort(wheels)
	switch {
	case len(wheels) > 0:
		return &fetch.AbsentError{
			Text: fmt.Sprintf("%s %s has no wheel for %s; it has %s", w.Project, w.Version, platform, fetch.Some(wheels)),
			Cure: "take a version that has one, or leave the platform out",
		}
	case slices.ContainsFunc(versions, func(v string) bool { return normalVersion(v) == normalVersion(w.Version) }):
		return &fetch.AbsentError{
			Text: fmt.Sprintf("%s %s is there as source only, not as a wheel", w.Project, w.Version),
			Cure: "bentoc runs no Python to build; take a version that has wheels, or make one and put it on an index of yours",
		}
	case len(versions) > 0:
		slices.Reverse(versions)
		return &fetch.AbsentError{
			Text: fmt.Sprintf("%s has no version %s", w.Project, w.Version),
			Cure: "there are " + fetch.Some(versions),
		}
	}
	return &fetch.AbsentError{
		Text: fmt.Sprintf("the Python package index has no project %s", w.Project),
		Cure: "see how it is spelt; an index of your own is set with PIP_INDEX_URL or PIP_EXTRA_INDEX_URL", Cause: errNoProject,
	}
}
