package http1

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// deadline is that of a connection's reads, or of its writes. net/http sets it eight
// times in a request, each time to what hardly ever comes. Below, each would move a timer
// of the runtime's, and one that is the first to go off wakes the thread that waits for
// all connections: twice in a request that comes alone. So the connection below is told
// of no time at all. A timer of the deadline's own goes off no later than what was asked
// for, and is not stopped where that is put off, which it nearly always is. What was asked
// for last is looked at then: where it is over, what goes on below is ended, and else the
// timer is set anew.
type deadline struct {
	tell func(time.Time) error // the connection below, of the past or of no time

	mu    sync.Mutex
	want  time.Time // what was asked for; zero is never
	timer *time.Timer
	rings time.Time // when the timer goes off; zero: it does not
	below below
	busy  bool // the connection below is in use, or may be at any time
	left  bool // it has been closed, or handed on: the deadline is its own
}

// below is what the connection below was told last.
type below int

const (
	free  below = iota // there is no deadline
	ended              // what went on was to end: want was past
	over               // want was over
)

// longAgo ends what goes on at once.
var longAgo = time.Unix(1, 0)

// past tells of a deadline that is to end what goes on at once: net/http has it in the
// first second of 1970. No clock is read.
func past(t time.Time) bool { return t.Unix() >= 0 && t.Unix() < 3600 }

// set asks for a deadline.
func (d *deadline) set(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.want = t
	switch {
	case d.left:
		return d.tell(t)
	case t.IsZero():
	case past(t):
		if d.busy { // else begin looks
			return d.settle(ended)
		}
	case d.rings.IsZero() || t.Before(d.rings):
		return d.watch()
	}
	return nil
}

// settle tells the connection below.
func (d *deadline) settle(now below) error {
	d.below = now
	if now == free {
		return d.tell(time.Time{})
	}
	return d.tell(longAgo)
}

// watch has the timer go off at what is wanted; d.mu is held.
func (d *deadline) watch() error {
	wait := time.Until(d.want)
	switch {
	case wait <= 0:
		return d.settle(over)
	case d.timer == nil:
		d.timer = time.AfterFunc(wait, d.ring)
	default:
		d.timer.Reset(wait)
	}
	d.rings = d.want
	return nil
}

// ring looks whether what is wanted is over.
func (d *deadline) ring() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rings = time.Time{}
	if !d.left && !d.want.IsZero() && !past(d.want) {
		_ = d.watch() // who uses the connection is told of its errors
	}
}

// begin is called before the connection below is used.
func (d *deadline) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if past(d.want) || d.below == over && d.isOver() {
		return os.ErrDeadlineExceeded
	}
	d.busy = true
	if d.below != free {
		return d.settle(free)
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
// below then has none.
func (d *deadline) early(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) && !d.isOver() && d.settle(free) == nil
}

func (d *deadline) isOver() bool { return !d.want.IsZero() && time.Until(d.want) <= 0 }

// hand leaves the deadline to the connection below.
func (d *deadline) hand() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leave()
	_ = d.tell(d.want) // a closed connection has none
}

// close ends the use of the connection; what is asked for later is not heard.
func (d *deadline) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leave()
	d.tell = func(time.Time) error { return net.ErrClosed }
}

func (d *deadline) leave() {
	d.left = true
	if d.timer != nil {
		d.timer.Stop()
	}
}
