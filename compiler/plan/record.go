package plan

import (
	"crypto/sha256"
	"encoding/hex"
)

// Record is something that an image has written down of how it was built, beside the IR: a
// file in the layer that every image has, and a label that has its digest.
type Record struct {
	Label, File string
	Data        []byte
}

// What images have written down.
const (
	LabelLockDigest = "dev.bentoc.lock.digest" // the digest of [LockFile]
	// LockFile is what the lock says of the image's contents: packages, modules, the
	// toolchain, models, bases.
	LockFile = "/usr/share/bentoc/bento.lock"

	LabelAcceptedDigest = "dev.bentoc.accepted.digest" // the digest of [AcceptedFile]
	// AcceptedFile is what the bento accepts of changes, where it does.
	AcceptedFile = "/usr/share/bentoc/accepted.json"
)

func (r Record) digest() string {
	sum := sha256.Sum256(r.Data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
