//go:build unix

package store

import (
	"fmt"
	"io/fs"
	"reflect"
	"syscall"
)

// inode names the file behind fi and the moment of its last change, which a
// program cannot set back as it can the modification time.
func inode(fi fs.FileInfo) string {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprint(st.Dev, st.Ino, changeTime(st))
}

// changeTime reads Ctim, which BSDs call Ctimespec.
func changeTime(st *syscall.Stat_t) any {
	v := reflect.ValueOf(st).Elem()
	for _, name := range []string{"Ctim", "Ctimespec"} {
		if f := v.FieldByName(name); f.IsValid() {
			return f.Interface()
		}
	}
	return nil
}
