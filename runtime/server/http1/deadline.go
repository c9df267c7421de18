package http1

import (
	"errors"
	"os"
	"sync"
	"time"
)

// deadline is that of a connection's reads, or of its writes. net/http sets it eight
// times in a request, each time to what hardly ever comes, and each time the runtime
// moves a timer. So the connection below is only told of what is earlier than all that
// it was told before. When that comes, what was asked for last is looked at: where it
// is still ahead the connection below is told of it, and goes on.
type deadline struct {
	tell func(time.Time) error // the connection below

	mu   sync.Mutex
	want time.Time // what was asked for; zero is never
	have time.Time // what the connection below has
	busy bool      // it is in use, or may be at any time
}

// past tells of a deadline that is to end what goes on at once: net/http has it in the
// first second of 1970. No clock is read.
func past(t time.Time) bool { return t.Unix() >= 0 && t.Unix() < 3600 }

// set asks for a deadline.
func (d *deadline) set(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.want = t
	if t.IsZero() || past(t) && !d.busy { // begin looks
		return nil
	}
	if d.have.IsZero() || t.Before(d.have) {
		return d.settle()
	}
	return nil
}

// settle tells the connection below what was asked for.
func (d *deadline) settle() error {
	d.have = d.want
	return d.tell(d.want)
}

// begin is called before the connection below is used.
func (d *deadline) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if past(d.want) {
		return os.ErrDeadlineExceeded
	}
	d.busy = true
	if past(d.have) {
		return d.settle()
	}
	return nil
}

// end is called when that has given n bytes and err, and tells whether to begin again.
func (d *deadline) end(n int, err error) (again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = n == 0 && err != nil && d.early(err)
	return d.busy
}

// again is end for what is busy at all times.
func (d *deadline) again(err error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.early(err)
}

// early tells whether err is of a deadline that was not asked for last. The connection
// below then has that.
func (d *deadline) early(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) || !d.want.IsZero() && time.Until(d.want) <= 0 {
		return false
	}
	return d.settle() == nil
}

// hand leaves the deadline to the connection below.
func (d *deadline) hand() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.want.Equal(d.have) {
		_ = d.settle() // a closed connection has none
	}
}
