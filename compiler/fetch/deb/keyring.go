package deb

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// SignatureError says that something that must be signed is not, or not by a
// key that is trusted, or is too old.
type SignatureError struct {
	What string // such as the URL of a Release file
	Why  string
	Cure string // "" for that of keys and clocks
}

// Error says what is wrong with which file.
func (e *SignatureError) Error() string { return e.What + " is not to be trusted: " + e.Why }

// Hint gives the cure.
func (e *SignatureError) Hint() string {
	if e.Cure != "" {
		return e.Cure
	}
	return "see that the clock is right and that " + envDebKeyring + " or apt's Signed-By names the keyring of the mirror; do not go on with a mirror that you do not trust"
}

// keys gives the keys that may sign for a source.
func (c *Client) keys(s aptSource) (keys openpgp.EntityList, err error) {
	dir := cmp.Or(c.aptDir, "/etc/apt")
	usual, _ := filepath.Glob(filepath.Join(dir, "trusted.gpg.d", "*"))
	slices.Sort(usual)
	usual = append(usual, filepath.Join(dir, "trusted.gpg"))
	if c.aptDir == "" {
		usual = append(usual, "/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/ubuntu-archive-keyring.gpg")
	}
	files, prints := usual, []string{}
	if slices.ContainsFunc(s.signedBy, func(by string) bool { return !isFingerprint(by) }) {
		files = nil
	}
	for _, by := range s.signedBy {
		switch {
		case strings.Contains(by, "-----BEGIN"):
			keys, err = readKeys([]byte(by))
			return keys, err
		case isFingerprint(by):
			prints = append(prints, strings.ToUpper(strings.TrimSuffix(by, "!")))
		default:
			files = append(files, by)
		}
	}
	for _, f := range files {
		more, err := readKeyFile(f, slices.Contains(s.signedBy, f))
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	if len(prints) > 0 {
		keys = slices.DeleteFunc(keys, func(k *openpgp.Entity) bool { return !hasFingerprint(k, prints) })
	}
	return keys, nil
}

func isFingerprint(s string) bool {
	s = strings.TrimSuffix(s, "!")
	return len(s) >= 16 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

func hasFingerprint(k *openpgp.Entity, prints []string) bool {
	all := []string{fmt.Sprintf("%X", k.PrimaryKey.Fingerprint)}
	for _, sub := range k.Subkeys {
		all = append(all, fmt.Sprintf("%X", sub.PublicKey.Fingerprint))
	}
	return slices.ContainsFunc(all, func(f string) bool {
		return slices.ContainsFunc(prints, func(p string) bool { return strings.HasSuffix(f, p) })
	})
}

// readKeyFile reads a keyring. One of the usual ones that is not there, or that
// is in a form of GnuPG's own, has no keys.
func readKeyFile(name string, wanted bool) (openpgp.EntityList, error) {
	data, err := os.ReadFile(name)
	if !wanted && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the keyring of a Debian mirror: %w", err)
	}
	keys, err := readKeys(data)
	if err != nil && wanted {
		return nil, fmt.Errorf("reading the keyring %s: %w", name, err)
	}
	return keys, nil
}

func readKeys(data []byte) (openpgp.EntityList, error) {
	if bytes.Contains(data, []byte("-----BEGIN PGP")) {
		return openpgp.ReadArmoredKeyRing(bytes.NewReader(data))
	}
	return openpgp.ReadKeyRing(bytes.NewReader(data))
}

// verifyClearsigned gives the text that data, an InRelease file, holds, without
// anything around it that is not signed.
func verifyClearsigned(what string, data []byte, keys openpgp.EntityList, now time.Time) (string, error) {
	block, _ := clearsign.Decode(data)
	if block == nil {
		return "", &SignatureError{What: what, Why: "it is not signed"}
	}
	config := &packet.Config{Time: func() time.Time { return now }}
	_, err := openpgp.CheckDetachedSignature(keys, bytes.NewReader(block.Bytes), block.ArmoredSignature.Body, config)
	if err != nil {
		return "", &SignatureError{What: what, Why: fmt.Sprintf("its signature is not right (%v)", err)}
	}
	return string(block.Plaintext), nil
}
