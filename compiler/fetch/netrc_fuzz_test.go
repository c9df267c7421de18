package fetch

import (
	"strings"
	"testing"
)

// FuzzNetrc: a login is given to the host that a line names, or to all by a default entry,
// and only what stands in the file.
func FuzzNetrc(f *testing.F) {
	for _, s := range []string{
		"machine a.example login me password s3cret", "machine other login x password y\ndefault login d password e", "machine", "login", "machine a.example password",
		"macdef x\nmachine a.example login me\n\nmachine a.example login you", "# machine a.example\nmachine A.EXAMPLE account z login q", "machine login login machine a.example",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		user, password, ok := NetrcLogin(text, "a.example")
		if ok && !strings.Contains(strings.ToLower(text), "a.example") && !strings.Contains(text, "default") {
			t.Errorf("%q has a login for a.example", text)
		}
		if !strings.Contains(text, user) || !strings.Contains(text, password) || !ok && user+password != "" {
			t.Errorf("%q: %q %q %t", text, user, password, ok)
		}
	})
}
