package store

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Looks says how every file and symbolic link of a folder looks, see [Look]. What
// was unpacked is known by it later to be as it was.
func Looks(dir string) (string, error) {
	var list strings.Builder
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		fmt.Fprintf(&list, "%s\t%q\n", Look(fi), rel)
		return err
	})
	return list.String(), err
}

// StillLooks reports whether the files that looks names, as [Looks] gave it, are in
// dir and look as they did. Further files do not count.
func StillLooks(dir, looks string) bool {
	lines := bufio.NewScanner(strings.NewReader(looks))
	n := 0
	for ; lines.Scan(); n++ {
		var name string
		look, quoted, _ := strings.Cut(lines.Text(), "\t")
		if _, err := fmt.Sscanf(quoted, "%q", &name); err != nil {
			return false
		}
		fi, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || Look(fi) != look {
			return false
		}
	}
	return n > 0 && lines.Err() == nil
}
