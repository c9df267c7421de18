package revision

import (
	"fmt"
	"strconv"
	"strings"
)

// Pointer is what Git LFS keeps in the repository in place of a large file.
type Pointer struct {
	SHA256 string // of the file, in hexadecimal
	Size   int64  // of the file, in bytes
}

// PointerError is a file whose content is kept by Git LFS, outside of the repository.
type PointerError struct {
	Path string
	Pointer
}

func (e *PointerError) Error() string {
	return "it is a pointer of Git LFS: its content is not in the repository"
}

// Hint says where such files may be.
func (e *PointerError) Hint() string {
	return fmt.Sprintf("keep %s out of Git LFS: bentoc reads text and locks from the history, models need not be there", e.Path)
}

// MaxPointer bounds a pointer, in bytes, as its specification does.
const MaxPointer = 1024

// ParsePointer reads a pointer of Git LFS, see its specification.
func ParsePointer(data []byte) (p Pointer, ok bool) {
	if len(data) > MaxPointer || !strings.HasPrefix(string(data), "version https://git-lfs.github.com/spec/v1\n") {
		return p, false
	}
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "oid":
			p.SHA256, _ = strings.CutPrefix(value, "sha256:")
		case "size":
			p.Size, _ = strconv.ParseInt(value, 10, 64)
		}
	}
	return p, len(p.SHA256) == 64 && isHex(p.SHA256)
}
