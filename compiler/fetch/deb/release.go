package deb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// release is the Release file of a suite, after its signature was checked.
type release struct {
	source   aptSource
	codename string
	names    []string  // the codename and the suite that it calls itself
	date     time.Time // when it was made, zero when it does not say
	origin   string
	byHash   bool
	files    map[string]store.Blob // by path below the suite's folder
}

// skew is how far clocks may differ.
const skew = 24 * time.Hour

// release fetches and checks the InRelease file of a source.
func (c *Client) release(ctx context.Context, s aptSource) (*release, error) {
	url := s.uri + "/dists/" + s.suite + "/InRelease"
	d, err := c.Page(ctx, url, "")
	if err != nil {
		return nil, err
	}
	if c.Getenv(envDebMirror) == "" && foreign(d.Body) {
		return nil, errForeign
	}
	keys, err := c.keys(s)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, &fetch.MissingError{
			What: "the keyring of the Debian mirror " + fetch.Redact(s.uri),
			Cure: "install debian-archive-keyring, or set " + envDebKeyring + " to a file with its keys",
		}
	}
	now := time.Now()
	if c.now != nil {
		now = c.now()
	}
	text, err := verifyClearsigned(fetch.Redact(url), d.Body, keys, now)
	if err != nil {
		return nil, err
	}
	r, err := parseRelease(text)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", fetch.Redact(url), err)
	}
	r.source = s
	if err := errors.Join(r.checkSuite(fetch.Redact(url)), r.checkDates(fetch.Redact(url), text, now)); err != nil {
		return nil, err
	}
	return r, c.checkReplay(r, fetch.Redact(url))
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
		codename: suiteName(f["codename"], f["suite"]), origin: f["origin"], names: []string{f["codename"], f["suite"]},
		byHash: strings.EqualFold(f["acquire-by-hash"], "yes"), files: map[string]store.Blob{},
	}
	r.date, _ = releaseTime(f["date"])
	for line := range strings.Lines(f["sha256"]) {
		words := strings.Fields(line)
		if len(words) != 3 {
			continue
		}
		size, err := strconv.ParseInt(words[1], 10, 64)
		if sum := fetch.SHA256Of(words[0]); err == nil && sum != "" {
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

// checkSuite refuses a Release file of another suite than was asked for: each is
// rightly signed, and one of an older release would give older packages.
func (r *release) checkSuite(what string) error {
	asked := r.source.suite
	if i := strings.LastIndexByte(asked, '/'); i > 0 { // buster/updates, as security was called once
		asked = asked[:i]
	}
	if slices.Contains(r.names, asked) {
		return nil
	}
	names := slices.DeleteFunc(slices.Compact(slices.Clone(r.names)), func(n string) bool { return n == "" })
	return &SignatureError{
		What: what, Why: fmt.Sprintf("it is that of %s, not of %s", cmp.Or(strings.Join(names, " or "), "no suite"), r.source.suite),
		Cure: "see that " + envDebSuite + " or apt's sources name the suite as the mirror does (Codename or Suite in its InRelease); do not go on with a mirror that you do not trust",
	}
}

// checkReplay refuses a Release file that is older than the one that the same
// mirror gave this machine before: stable suites do not say until when they hold,
// so that an old one could be served for ever.
func (c *Client) checkReplay(r *release, what string) error {
	if r.date.IsZero() || r.source.anyAge {
		return nil
	}
	var before time.Time
	if c.Store.Memo("release", what, &before) && r.date.Add(skew).Before(before) {
		return &SignatureError{
			What: what, Why: fmt.Sprintf("it is older (%s) than the one that this mirror gave before (%s)", r.date.UTC().Format(time.DateOnly), before.UTC().Format(time.DateOnly)),
			Cure: "ask another mirror; " + envDebAnyAge + "=no takes it all the same",
		}
	}
	if r.date.After(before) {
		return c.Store.SetMemo("release", what, r.date)
	}
	return nil
}

// checkDates refuses a Release file that is past its time: an old one may be
// replayed to keep updates from a machine.
func (r *release) checkDates(what, text string, now time.Time) error {
	f := stanzas(text)[0]
	if t, err := releaseTime(f["date"]); err == nil && t.After(now.Add(skew)) {
		return &SignatureError{What: what, Why: fmt.Sprintf("it is from the future (%s)", f["date"])}
	}
	until := f["valid-until"]
	if until == "" || r.source.anyAge {
		return nil
	}
	t, err := releaseTime(until)
	if err != nil {
		return &SignatureError{What: what, Why: fmt.Sprintf("its Valid-Until is no time: %s", until)}
	}
	if now.After(t) {
		return &SignatureError{What: what, Why: fmt.Sprintf("it has expired (Valid-Until: %s)", until)}
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
		if b, err = c.anyFile(ctx, what, u, want); err == nil || !gone(err) {
			break
		}
	}
	if gone(err) {
		return b, "", false, nil
	}
	return b, name, true, err
}
