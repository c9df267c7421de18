package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Stdout is the destination that is standard output.
const Stdout = "-"

// IsStdout reports whether a destination is standard output by one of its names.
func IsStdout(dest string) bool {
	switch dest {
	case Stdout, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return true
	}
	return false
}

// maxLinks is how many symbolic links are followed, as on Linux.
const maxLinks = 40

// settle finds out what is written where a destination says. A link is followed:
// what it points at is replaced and the link stays. stream is true for what is
// written into and never replaced: a pipe or a device.
func settle(dest string) (name string, stream bool, err error) {
	info, err := os.Stat(dest)
	switch {
	case err == nil && info.Mode()&fs.ModeSocket != 0:
		return "", false, fmt.Errorf("%s is a socket", dest)
	case err == nil && !info.Mode().IsRegular() && !info.IsDir():
		return dest, true, nil
	}
	name = dest
	for range maxLinks {
		to, err := os.Readlink(name)
		if err != nil {
			return name, false, nil // no link, or nothing yet
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(name), to)
		}
		name = to
	}
	return "", false, fmt.Errorf("%s: too many links", dest)
}

// Create makes a file of what write writes, which has its name only when it is
// whole. Links, pipes and devices stay what they are, see [Output].
func Create(ctx context.Context, name string, write func(io.Writer) error) error {
	to, stream, err := settle(name)
	if err != nil {
		return err
	}
	if !stream {
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("making the folder of %s: %w", name, err)
		}
		p, err := fill(to, write)
		if err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		defer p.discard()
		return p.commit()
	}
	w, err := openStream(ctx, to)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := errors.Join(write(w), w.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// openStream opens a pipe or a device. A pipe is open when somebody reads it.
func openStream(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx) // the process ends soon, and the other goroutine with it
	}
}

// streamed is an output that is written when all others are complete.
type streamed struct {
	ctx  context.Context
	from *tempFile
	own  bool      // whether from is this output's alone
	dest string    // a pipe or a device
	w    io.Writer // standard output, in place of dest
}

func (s *streamed) commit() error {
	info, err := s.from.f.Stat()
	if err != nil {
		return err
	}
	content := io.NewSectionReader(s.from.f, 0, info.Size())
	if s.w != nil {
		if err := copyContext(s.ctx, s.w, content); err != nil {
			return fmt.Errorf("writing to standard output: %w", err)
		}
		return nil
	}
	w, err := openStream(s.ctx, s.dest)
	if err == nil {
		err = errors.Join(copyContext(s.ctx, w, content), w.Close())
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", s.dest, err)
	}
	return nil
}

func (s *streamed) risk() int { return 1 }

func (s *streamed) discard() {
	if s.own {
		s.from.discard()
	}
}

// createScratch makes a file that never gets a name.
func createScratch() (*tempFile, error) { return createBeside(filepath.Join(os.TempDir(), "bentoc")) }
