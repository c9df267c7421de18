package deb

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"bentoc.dev/compiler/fetch/deb/debtest"
)

// TestSuiteThatWasAskedFor has rightly signed Release files of many suites, under
// the names of others.
func TestSuiteThatWasAskedFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		asked, codename, called string
		ok                      bool
	}{
		{"bookworm", "bookworm", "oldstable", true},
		{"oldstable", "bookworm", "oldstable", true},
		{"bookworm-security", "bookworm-security", "oldstable-security", true},
		{"noble-updates", "noble", "noble-updates", true},
		{"buster/updates", "buster", "oldoldstable", true},
		{"bookworm", "bullseye", "oldoldstable", false},
		{"bookworm", "bookworm-security", "oldstable-security", false},
		{"stable", "bookworm", "oldstable", false},
		{"noble-updates", "noble", "noble", false},
		{"noble-security", "noble", "noble-updates", false},
		{"bookworm", "", "", false},
		{"bookworm", "bookworm ", "stable", true},
	} {
		m := debtest.NewMirror(t)
		m.Suite, m.Codename, m.Called = test.asked, test.codename, test.called
		m.Add(debtest.Libraries("2.36")...)
		_, err := newClient(t, m.Env()...).Find(t.Context(), "amd64", libraryNames)
		var untrusted *SignatureError
		if test.ok != (err == nil) || !test.ok && (!errors.As(err, &untrusted) || !strings.HasSuffix(untrusted.Why, "not of "+test.asked) || !strings.Contains(untrusted.Hint(), "BENTOC_DEB_SUITE")) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// TestReplay has a mirror go back in time.
func TestReplay(t *testing.T) {
	t.Parallel()
	m := debtest.NewMirror(t)
	m.Date = time.Now().Add(-30 * 24 * time.Hour)
	m.Add(debtest.Libraries("2.36")...)
	old, err := os.ReadFile(m.InRelease())
	if err != nil {
		t.Fatal(err)
	}
	env := m.Env()
	m.Date = time.Now().Add(-time.Hour)
	m.Add(debtest.Libraries("2.37")...)
	c := newClient(t, env...)
	if _, err := c.Find(t.Context(), "amd64", libraryNames); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.InRelease(), old, 0o644); err != nil {
		t.Fatal(err)
	}
	var untrusted *SignatureError
	if _, err := c.Find(t.Context(), "amd64", libraryNames); !errors.As(err, &untrusted) || !strings.Contains(untrusted.Why, "older") {
		t.Errorf("a Release file of before: %v", err)
	}
	c.Env = append(c.Env, "BENTOC_DEB_CHECK_VALID_UNTIL=no")
	if _, err := c.Find(t.Context(), "amd64", libraryNames); errors.As(err, &untrusted) {
		t.Errorf("on purpose: %v", err)
	}
}
