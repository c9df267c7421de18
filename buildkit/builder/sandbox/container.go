package sandbox

import (
	"io"
	"os"
	"time"
)

// Container is a built image that is run for its user to try.
//
// It has the host's network and its resolv.conf and hosts; /proc shows its own
// processes, /sys is the host's, read-only; the root is read-only, with an
// empty /tmp in memory. The program has no capability. For an ordinary user the
// image's user is the caller under another number.
type Container struct {
	// Root is the folder of the unpacked root file system. Missing mount
	// points are made in there.
	Root string
	// Args are the program and its arguments, an image's entry point and
	// command. Env is its whole environment, Dir its folder, / when empty.
	Args []string
	Env  []string
	Dir  string
	// User is as in an image's config: a number or a name of the image's
	// passwd, each with or without a group. Empty is root's number.
	User string
	// Stdout and Stderr take what the program writes.
	Stdout, Stderr io.Writer
	// Signals are handed on to the program. Nil hands on none.
	Signals <-chan os.Signal
	// Grace is how long the program may take to end after the context did,
	// which it learns by SIGTERM. Zero means ten seconds.
	Grace time.Duration
}
