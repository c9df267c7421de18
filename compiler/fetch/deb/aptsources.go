package deb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/platform"
)

// aptSource is one suite of one Debian mirror.
type aptSource struct {
	uri        string // without a slash at the end
	suite      string
	components []string
	archs      []string // those that it is for; empty means all
	signedBy   []string // keyring files, fingerprints or armored keys; empty means the usual keyrings
	anyAge     bool     // whether a Release file that has expired is taken
	apt        bool     // whether it is one of apt's own, so that apt's other settings count too
}

// The settings that come before apt's own.
const (
	envDebMirror  = "BENTOC_DEB_MIRROR"  // URLs of mirrors, parted by spaces
	envDebSuite   = "BENTOC_DEB_SUITE"   // suites, parted by spaces; [platform.DebianSuite] where there are none
	envDebKeyring = "BENTOC_DEB_KEYRING" // a file with the keys that sign them
	envDebAnyAge  = "BENTOC_DEB_CHECK_VALID_UNTIL"
)

// aptSources gives the Debian sources of this machine: those that the
// environment names, else those that apt has. Sources without a component main,
// and those that are no mirrors, such as a CD, are left out.
func (c *Client) aptSources() ([]aptSource, error) {
	if mirrors := strings.Fields(c.Getenv(envDebMirror)); len(mirrors) > 0 {
		return c.envSources(mirrors)
	}
	dir := cmp.Or(c.aptDir, "/etc/apt")
	files, _ := filepath.Glob(filepath.Join(dir, "sources.list.d", "*"))
	slices.Sort(files)
	var sources []aptSource
	for _, file := range append([]string{filepath.Join(dir, "sources.list")}, files...) {
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading apt's sources: %w", err)
		}
		switch path.Ext(file) {
		case ".list":
			sources = append(sources, parseSourcesList(string(data))...)
		case ".sources":
			sources = append(sources, parseSourcesStanzas(string(data))...)
		}
	}
	sources = slices.DeleteFunc(sources, func(s aptSource) bool {
		return !slices.Contains(s.components, "main") || !isMirror(s.uri)
	})
	for i, s := range sources {
		// The lists of the other components are large, and no library that bentoc
		// takes is in them.
		sources[i].components = []string{"main"}
		sources[i].apt, sources[i].uri = true, c.withAptLogin(s.uri)
	}
	return sources, nil
}

// sourceContext gives the context for requests to a source.
func (c *Client) sourceContext(ctx context.Context, s aptSource) context.Context {
	if !s.apt {
		return ctx
	}
	return c.viaAptProxy(ctx, s.uri)
}

func isMirror(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "file")
}

// sibling gives the mirror that has the other architectures of a source: Ubuntu
// keeps amd64 in /ubuntu on hosts called archive, the rest in /ubuntu-ports on one
// called ports. What it says is believed for its signature, as everywhere.
func (s aptSource) sibling() (aptSource, bool) {
	u, err := url.Parse(s.uri)
	if err != nil || !s.apt || u.Host == "" || net.ParseIP(u.Hostname()) != nil {
		return s, false
	}
	labels := strings.Split(u.Hostname(), ".")
	name := map[string]string{"/ubuntu": "ports", "/ubuntu-ports": "archive"}[u.Path]
	if name == "" || len(labels) < 3 {
		return s, false
	}
	if name == "ports" {
		u.Path = "/ubuntu-ports"
	} else {
		u.Path = "/ubuntu"
	}
	u.Host, u.User = strings.Join(append([]string{name}, labels[len(labels)-2:]...), "."), nil
	s.uri = u.String()
	return s, true
}

// siblings gives the siblings of sources, each once.
func siblings(sources []aptSource) (all []aptSource) {
	for _, s := range sources {
		other, ok := s.sibling()
		known := func(x aptSource) bool { return x.uri == other.uri && x.suite == other.suite }
		if ok && !slices.ContainsFunc(all, known) {
			all = append(all, other)
		}
	}
	return all
}

// envSources makes sources of the environment's settings.
func (c *Client) envSources(mirrors []string) (sources []aptSource, err error) {
	check := strings.ToLower(c.Getenv(envDebAnyAge))
	for _, m := range mirrors {
		if !isMirror(m) {
			return nil, fmt.Errorf("reading %s: %s is no URL of http, https or file", envDebMirror, fetch.Redact(m))
		}
		for _, suite := range strings.Fields(cmp.Or(strings.TrimSpace(c.Getenv(envDebSuite)), platform.DebianSuite)) {
			s := aptSource{
				uri: strings.TrimRight(m, "/"), suite: suite, components: []string{"main"},
				anyAge: check == "no" || check == "false" || check == "0",
			}
			if k := c.Getenv(envDebKeyring); k != "" {
				s.signedBy = []string{k}
			}
			sources = append(sources, s)
		}
	}
	return sources, nil
}

// parseSourcesList reads the one-line form: deb [options] URI SUITE COMPONENT….
func parseSourcesList(text string) (sources []aptSource) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !ok {
			continue
		}
		var s aptSource
		rest = strings.TrimSpace(rest)
		if options, after, ok := strings.Cut(rest, "]"); ok && strings.HasPrefix(options, "[") {
			s.options(options[1:])
			rest = after
		}
		words := strings.Fields(rest)
		if len(words) < 3 {
			continue
		}
		s.uri, s.suite, s.components = strings.TrimRight(words[0], "/"), words[1], words[2:]
		sources = append(sources, s)
	}
	return sources
}

func (s *aptSource) options(text string) {
	for _, o := range strings.Fields(text) {
		name, value, _ := strings.Cut(o, "=")
		switch strings.ToLower(strings.TrimRight(name, "+-")) {
		case "arch":
			s.archs = strings.Split(value, ",")
		case "signed-by":
			s.signedBy = strings.Split(value, ",")
		case "check-valid-until":
			s.anyAge = value == "no"
		}
	}
}

// parseSourcesStanzas reads the form of fields and values (deb822).
func parseSourcesStanzas(text string) (sources []aptSource) {
	for _, f := range stanzas(text) {
		if !slices.Contains(strings.Fields(f["types"]), "deb") || strings.EqualFold(f["enabled"], "no") {
			continue
		}
		for _, uri := range strings.Fields(f["uris"]) {
			for _, suite := range strings.Fields(f["suites"]) {
				s := aptSource{
					uri: strings.TrimRight(uri, "/"), suite: suite, components: strings.Fields(f["components"]),
					archs: strings.Fields(f["architectures"]), anyAge: strings.EqualFold(f["check-valid-until"], "no"),
				}
				if by := f["signed-by"]; strings.Contains(by, "-----BEGIN") {
					s.signedBy = []string{by}
				} else {
					s.signedBy = strings.FieldsFunc(by, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' })
				}
				sources = append(sources, s)
			}
		}
	}
	return sources
}

// stanzas reads paragraphs of "Name: value" lines, of which values may go on in
// lines that begin with a space; a line of a space and a dot is an empty one.
// Names are given in lower case.
func stanzas(text string) (all []map[string]string) {
	current, name := map[string]string{}, ""
	end := func() {
		if len(current) > 0 {
			all = append(all, current)
		}
		current, name = map[string]string{}, ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.TrimSpace(line) == "":
			end()
		case line[0] == ' ' || line[0] == '\t':
			if name != "" {
				more := line[1:]
				if more == "." {
					more = ""
				}
				current[name] += "\n" + more
			}
		default:
			n, value, ok := strings.Cut(line, ":")
			if !ok {
				continue
			}
			name = strings.ToLower(strings.TrimSpace(n))
			current[name] = strings.TrimSpace(value)
		}
	}
	end()
	return all
}
