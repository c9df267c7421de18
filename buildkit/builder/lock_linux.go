package builder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// The files of a state folder, beside those of BuildKit in cacheDir.
const (
	lockFile    = "lock"    // locked by the builder process while it lives
	holderFile  = "holder"  // who started that, as JSON
	runningFile = "running" // there while it lives, and after it was killed
	logFile     = "log"     // what BuildKit says
	stepsDir    = "steps"   // mounts of the steps that run
)

// pollEvery is how often a busy state folder is tried.
const pollEvery = 50 * time.Millisecond

// holder says who started the builder process.
type holder struct {
	PID   int       `json:"pid"` // of the bentoc that started it
	Since time.Time `json:"since"`
}

func (h holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d since %s", h.PID, h.Since.Format(time.TimeOnly))
}

// tryLock takes the lock of the state folder, or gives nil when it is taken.
// The lock belongs to the open file, so a child that inherits it keeps it.
func tryLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, fmt.Errorf("locking %s: %w", f.Name(), err)
}

func writeHolder(dir string, h holder) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, holderFile), text, 0o600)
}

// readHolder is for people; what cannot be read is "another process".
func readHolder(dir string) holder {
	var h holder
	text, err := os.ReadFile(filepath.Join(dir, holderFile))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return holder{}
	}
	return h
}

// pause waits a moment, or until ctx ends.
func pause(ctx context.Context) error {
	t := time.NewTimer(pollEvery)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
