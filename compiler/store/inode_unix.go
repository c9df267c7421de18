//go:build unix

package store

import (
	"fmt"
	"io/fs"
	"reflect"
	"syscall"
	"time"
)

// inode names the file behind fi and the moment of its last change, which a
// program cannot set back as it can the modification time.
func inode(fi fs.FileInfo) string {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprint(st.Dev, st.Ino, changeTime(fi).UnixNano())
}

// changeTime reads Ctim, which BSDs call Ctimespec.
func changeTime(fi fs.FileInfo) time.Time {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return time.Time{}
	}
	v := reflect.ValueOf(st).Elem()
	for _, name := range []string{"Ctim", "Ctimespec"} {
		if f := v.FieldByName(name); f.IsValid() {
			if spec, ok := f.Interface().(syscall.Timespec); ok {
				return time.Unix(spec.Unix())
			}
		}
	}
	return time.Time{}
}
