package main

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// arrive posts a request to a server at a constant rate, whatever becomes of those before, over
// as many kept connections as it takes, up to most. The time of each counts from when it was to
// be sent: one that waits for a connection, or for this program, waits as its user would.
func arrive(ctx context.Context, addr string, perSecond float64, lasts time.Duration, most int, raw []byte) answers {
	due := make(chan time.Time, int(perSecond*lasts.Seconds())+1)
	parts := make([]answers, most)
	var wg sync.WaitGroup
	for i := range most {
		wg.Go(func() {
			k := &conn{addr: addr}
			defer k.close()
			for at := range due {
				began := time.Now()
				status, _, err := k.ask(raw)
				switch {
				case err != nil:
					parts[i].failed++
				case status != http.StatusOK:
					parts[i].refused++
				default:
					parts[i].times, parts[i].sent = append(parts[i].times, time.Since(at)), append(parts[i].sent, time.Since(began))
				}
			}
		})
	}
	start := time.Now()
	pace(ctx, start, perSecond, lasts, due)
	close(due)
	wg.Wait()
	return gather(lasts, parts)
}

// pace says when each request is due. The runtime's timers are late by up to a millisecond, so
// it has a thread of its own and asks the system.
func pace(ctx context.Context, start time.Time, perSecond float64, lasts time.Duration, due chan<- time.Time) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for n := 0; ctx.Err() == nil; n++ {
		after := time.Duration(float64(n) / perSecond * float64(time.Second))
		if after >= lasts {
			return
		}
		at := start.Add(after)
		if wait := time.Until(at); wait > 0 {
			left := syscall.NsecToTimespec(wait.Nanoseconds())
			_ = syscall.Nanosleep(&left, nil) // one that is interrupted is early by microseconds
		}
		due <- at
	}
}
