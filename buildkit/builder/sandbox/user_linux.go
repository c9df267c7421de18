package sandbox

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// lookup gives the numbers of USER[:GROUP], each a number or a name of the
// image's own passwd and group.
func lookup(root, user string) (uid, gid int, err error) {
	name, group, hasGroup := strings.Cut(user, ":")
	if name == "" {
		name = "0"
	}
	entry, found, err := entryOf(root, "etc/passwd", name)
	if err != nil {
		return 0, 0, err
	}
	if uid, err = number(name, entry, found); err != nil {
		return 0, 0, fmt.Errorf("user %q of the image: %w", name, err)
	}
	if !hasGroup {
		if found && len(entry) > 3 {
			gid, err = strconv.Atoi(entry[3])
		}
		return uid, gid, err
	}
	entry, found, err = entryOf(root, "etc/group", group)
	if err != nil {
		return 0, 0, err
	}
	if gid, err = number(group, entry, found); err != nil {
		return 0, 0, fmt.Errorf("group %q of the image: %w", group, err)
	}
	return uid, gid, nil
}

// number is what name stands for: itself when it is one, else the number in its
// entry.
func number(name string, entry []string, found bool) (int, error) {
	if n, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(n), nil
	}
	if !found || len(entry) < 3 {
		return 0, fmt.Errorf("it is not a number, and the image does not name it")
	}
	n, err := strconv.ParseUint(entry[2], 10, 31)
	return int(n), err
}

// entryOf finds the line of a passwd or group file by name or number. A missing
// file has no lines.
func entryOf(root, file, name string) ([]string, bool, error) {
	f, err := os.OpenInRoot(root, file) // a link must not lead to the host's
	if os.IsNotExist(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, false, err
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) > 2 && (f[0] == name || f[2] == name) {
			return f, true, nil
		}
	}
	return nil, false, nil
}
