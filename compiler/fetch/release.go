package fetch

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bentoc.dev/compiler/fetch/store"
)

// release is the Release file of a suite, after its signature was checked.
type release struct {
	source   aptSource
	codename string
	origin   string
	byHash   bool
	files    map[string]store.Blob // by path below the suite's folder
}

// skew is how far clocks may differ.
const skew = 24 * time.Hour

// release fetches and checks the InRelease file of a source.
func (c *Client) release(ctx context.Context, s aptSource) (*release, error) {
	url := s.uri + "/dists/" + s.suite + "/InRelease"
	d, err := c.page(ctx, url, "")
	if err != nil {
		return nil, err
	}
	if c.getenv(envDebMirror) == "" && foreign(d.body) {
		return nil, errForeign
	}
	keys, err := c.keys(s)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, &MissingError{
			What: "the keyring of the Debian mirror " + redact(s.uri),
			Cure: "install debian-archive-keyring, or set " + envDebKeyring + " to a file with its keys",
		}
	}
	now := time.Now()
	if c.now != nil {
		now = c.now()
	}
	text, err := verifyClearsigned(redact(url), d.body, keys, now)
	if err != nil {
		return nil, err
	}
	r, err := parseRelease(text)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", redact(url), err)
	}
	r.source = s
	return r, r.checkDates(redact(url), text, now)
}

// errForeign says that one of apt's sources is not of a distribution, but of
// somebody who has packages of their own for it.
var errForeign = errors.New("not a mirror of Debian or Ubuntu")

func foreign(text []byte) bool {
	origin := originLine.FindSubmatch(text)
	return origin == nil || !distributions.Match(origin[1])
}

var (
	originLine    = regexp.MustCompile(`(?m)^Origin:[ \t]*(.*)$`)
	distributions = regexp.MustCompile(`(?i)^"?(debian|ubuntu)`)
)

func parseRelease(text string) (*release, error) {
	all := stanzas(text)
	if len(all) == 0 {
		return nil, fmt.Errorf("it is empty")
	}
	f := all[0]
	r := &release{
		codename: suiteName(f["codename"], f["suite"]), origin: f["origin"],
		byHash: strings.EqualFold(f["acquire-by-hash"], "yes"), files: map[string]store.Blob{},
	}
	for line := range strings.Lines(f["sha256"]) {
		words := strings.Fields(line)
		if len(words) != 3 {
			continue
		}
		size, err := strconv.ParseInt(words[1], 10, 64)
		if sum := sha256Of(words[0]); err == nil && sum != "" {
			r.files[words[2]] = store.Blob{Digest: sum, Size: size}
		}
	}
	if len(r.files) == 0 {
		return nil, fmt.Errorf("it has no SHA-256 sums")
	}
	return r, nil
}

// suiteName gives the name of a suite that stays: bookworm where the suite is
// called stable for now, noble-updates where the codename is that of all suites.
func suiteName(codename, suite string) string {
	if codename == "" || strings.HasPrefix(suite, codename+"-") {
		return suite
	}
	return codename
}

// checkDates refuses a Release file that is past its time: an old one may be
// replayed to keep updates from a machine.
func (r *release) checkDates(what, text string, now time.Time) error {
	f := stanzas(text)[0]
	if t, err := releaseTime(f["date"]); err == nil && t.After(now.Add(skew)) {
		return &SignatureError{what, fmt.Sprintf("it is from the future (%s)", f["date"])}
	}
	until := f["valid-until"]
	if until == "" || r.source.anyAge {
		return nil
	}
	t, err := releaseTime(until)
	if err != nil {
		return &SignatureError{what, fmt.Sprintf("its Valid-Until is no time: %s", until)}
	}
	if now.After(t) {
		return &SignatureError{what, fmt.Sprintf("it has expired (Valid-Until: %s)", until)}
	}
	return nil
}

func releaseTime(s string) (time.Time, error) {
	var t time.Time
	var err error
	for _, layout := range []string{time.RFC1123, time.RFC1123Z, "Mon, _2 Jan 2006 15:04:05 MST", "Mon, _2 Jan 2006 15:04:05 -0700"} {
		if t, err = time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return t, err
}

// packages fetches the list of packages of a component for an architecture. Ok
// is false where the suite has none.
func (c *Client) packages(ctx context.Context, r *release, component, arch string) (b store.Blob, name string, ok bool, err error) {
	dir := component + "/binary-" + arch + "/"
	// gzip is read several times as fast as xz.
	names := []string{dir + "Packages.gz", dir + "Packages.xz", dir + "Packages"}
	i := slices.IndexFunc(names, func(n string) bool { _, ok := r.files[n]; return ok })
	if i < 0 {
		return b, "", false, nil
	}
	name = names[i]
	want := r.files[name]
	base := r.source.uri + "/dists/" + r.source.suite + "/"
	urls := []string{base + name}
	if r.byHash {
		urls = []string{base + dir + "by-hash/SHA256/" + strings.TrimPrefix(want.Digest, "sha256:"), base + name}
	}
	what := "packages of " + r.codename + "/" + component + " for " + arch
	for _, u := range urls {
		if b, err = c.anyFile(ctx, what, u, want.Digest); err == nil || !gone(err) {
			break
		}
	}
	if gone(err) {
		return b, "", false, nil
	}
	return b, name, true, err
}
