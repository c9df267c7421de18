package compiler

import (
	"os"
	"path/filepath"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/load"
)

// Format gives the text of a CUE file on disk the way `cue fmt` does, see [load.Format].
// Name may be of a file that does not exist, such as - for standard input: it says for
// which module the text is.
func Format(name string, text []byte) ([]byte, diag.List, error) {
	return load.Format(name, text, language(name))
}

// language is the version of CUE that the module around a file is written in, "" where
// there is none.
func language(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return ""
	}
	dir := filepath.Dir(abs)
	root := moduleRoot(dir, filepath.Dir, func(dir string) (os.FileInfo, error) { return os.Stat(filepath.Join(dir, "cue.mod")) })
	file := filepath.Join(root, "cue.mod", "module.cue")
	text, err := os.ReadFile(file)
	if err != nil {
		return "" // as for a file that lies in no module
	}
	return load.Language(file, text)
}
