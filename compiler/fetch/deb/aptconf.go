package deb

import (
	"cmp"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"bentoc.dev/compiler/fetch"
)

var aptProxy = regexp.MustCompile(`(?mi)^\s*Acquire::(https?)::Proxy(?:::([^\s"]+))?\s+"([^"]*)"\s*;`)

// viaAptProxy gives a context for requests to a mirror: through the proxy that
// apt's settings have for it, where they have one.
func (c *Client) viaAptProxy(ctx context.Context, uri string) context.Context {
	u, err := url.Parse(uri)
	if err != nil {
		return ctx
	}
	found, forHost := "", false
	for _, file := range c.aptFiles("apt.conf", "apt.conf.d") {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, m := range aptProxy.FindAllStringSubmatch(string(data), -1) {
			if m[1] = strings.ToLower(m[1]); m[1] != u.Scheme || m[2] != "" && m[2] != u.Hostname() || forHost && m[2] == "" {
				continue
			}
			found, forHost = m[3], m[2] != ""
		}
	}
	proxy, err := url.Parse(found)
	switch {
	case strings.EqualFold(found, "DIRECT"):
		return fetch.ViaProxy(ctx, nil)
	case found == "" || err != nil || proxy.Host == "":
		return ctx
	}
	return fetch.ViaProxy(ctx, proxy)
}

// aptFiles lists a file of apt's settings and those in the folder beside it.
func (c *Client) aptFiles(file, folder string) []string {
	dir := cmp.Or(c.aptDir, "/etc/apt")
	files, _ := filepath.Glob(filepath.Join(dir, folder, "*"))
	slices.Sort(files)
	return append([]string{filepath.Join(dir, file)}, files...)
}

// withAptLogin adds the login that apt's auth.conf has for a mirror. Its form is
// that of netrc; a machine may have a scheme and a path.
func (c *Client) withAptLogin(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || u.Host == "" {
		return uri
	}
	for _, file := range c.aptFiles("auth.conf", "auth.conf.d") {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		words := fetch.NetrcWords(string(data))
		for i, w := range words {
			if i > 0 && words[i-1] == "machine" && aptMachine(w, u) {
				words[i] = u.Host
			}
		}
		if user, password, ok := fetch.NetrcLogin(strings.Join(words, " "), u.Host); ok {
			u.User = url.UserPassword(user, password)
			return u.String()
		}
	}
	return uri
}

// aptMachine reports whether a machine of auth.conf, [SCHEME://]HOST[:PORT][/PATH],
// is meant for u. Without a scheme it is for https alone: a password is not
// sent in the open unless that is asked for.
func aptMachine(machine string, u *url.URL) bool {
	scheme, rest, ok := strings.Cut(machine, "://")
	if !ok {
		scheme, rest = "https", machine
	}
	host, path, _ := strings.Cut(rest, "/")
	return scheme == u.Scheme && (host == u.Host || host == u.Hostname()) && strings.HasPrefix(u.Path+"/", "/"+path)
}
