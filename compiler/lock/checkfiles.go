package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"

	"bentoc.dev/compiler/diag"
)

// CheckFiles compares the models that lie in the module, which is fsys, with the
// lock. It reads them whole. What the lock does not have is left to [Check].
func CheckFiles(f *File, n Needs, fsys fs.FS) (diags diag.List, err error) {
	for _, name := range sortedNames(n.Models) {
		m := n.Models[name]
		if m.Source.Path == "" {
			continue
		}
		for _, file := range f.ModelFiles(name, m) {
			at := sourcePath(m)
			if file.Name != MainFile {
				at = path.Join(path.Dir(at), file.Name)
			}
			sum, err := sumOf(fsys, at)
			if err != nil {
				return nil, fmt.Errorf("reading the model %s: %w", name, err)
			}
			if sum != file.Digest {
				diags.Errorf(diag.LockStale, m.Pos, "models."+name, "%s is not the file that is locked", at).
					Hintf("run bentoc lock, and look at what it changes")
			}
		}
	}
	return diags, nil
}

func sumOf(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}
