package fetch

import (
	"os"
	"path/filepath"
	"runtime"
)

// LookPath finds a program on the PATH of c.Env, or gives "".
func (c *Client) LookPath(name string) string {
	for _, dir := range filepath.SplitList(c.Getenv("PATH")) {
		file := filepath.Join(dir, Exe(name))
		fi, err := os.Stat(file)
		if err == nil && filepath.IsAbs(dir) && !fi.IsDir() && (runtime.GOOS == "windows" || fi.Mode()&0o111 != 0) {
			return file
		}
	}
	return ""
}

// Exe gives the file name of a program on this machine.
func Exe(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
