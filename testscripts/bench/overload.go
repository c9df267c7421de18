package main

import (
	"crypto/sha256"
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

const (
	workTime     = 5 * time.Millisecond
	overloadTime = 60 * time.Second
	overloadBy   = 10
	// patience is the timeout of the endpoint.
	patience = time.Second
)

// One request is worked on at a time: the other processor is for who sends them and for
// refusing them, or the row would tell of the sender.
const overloadBento = `package overload

import "bentoc.dev/schema@v0"

bento: schema.#Bento & {
	name: "overload"
	runners: work: {
		engine: go: {package: "./steps", func: "Work"}
		instances: 1
		#input: n: int
		#output: sum: string
	}
	services: overload: {
		traffic: {timeout: "1s", maxConcurrency: 1, queue: maxRequests: 100}
		endpoints: work: runner: runners.work
	}
}
`

const overloadStep = `package steps

import (
	"context"
	"crypto/sha256"
	"fmt"

	"example.com/overload/bentogen"
)

// Work hashes for about 5 ms of a processor.
func Work(context.Context, bentogen.WorkInput) (out bentogen.WorkOutput, err error) {
	sum := [32]byte{}
	for range %d {
		sum = sha256.Sum256(sum[:])
	}
	out.Sum = fmt.Sprintf("%%x", sum[:4])
	return out, nil
}
`

// hashesIn gives how often this machine hashes 32 bytes in a time, when it does nothing else.
func hashesIn(d time.Duration) int {
	const n = 20_000
	least := math.MaxFloat64
	for range 20 {
		begin := time.Now()
		sum := [32]byte{}
		for range n {
			sum = sha256.Sum256(sum[:])
		}
		least = min(least, time.Since(begin).Seconds())
	}
	return int(n * d.Seconds() / least)
}

// benchOverload sends ten times the requests that a server can work on, for a minute.
func benchOverload(b *bench) error {
	return b.stepsStarted("overload", overloadBento, fmt.Appendf(nil, overloadStep, hashesIn(workTime)), b.overload)
}

func (b *bench) overload(p *process) error {
	req := jsonRequest("/work", []byte(`{"n": 1}`))
	if _, err := load(b.ctx, p.addr, 2, forTime(2*time.Second, req)); err != nil {
		return err
	}
	peak, err := load(b.ctx, p.addr, 4, forTime(10*time.Second, req))
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	var early, late atomic.Int64 // the most memory, kB: of the second sixth, and of the last
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		begin := time.Now()
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			rss := statusKB(p.cmd.Process.Pid, "VmRSS:")
			switch at := time.Since(begin); {
			case at > overloadTime/6 && at < overloadTime/3:
				early.Store(max(early.Load(), rss))
			case at > overloadTime*5/6:
				late.Store(max(late.Load(), rss))
			}
		}
	}()
	got := arrive(b.ctx, p.addr, overloadBy*peak.rate(), overloadTime, 512, req.raw())
	close(stop)
	<-ended
	if len(got.times) == 0 || early.Load() == 0 {
		return fmt.Errorf("nothing was answered: %d refused, %d failed", got.refused, got.failed)
	}
	intime := 0
	for _, t := range got.times {
		if t <= patience {
			intime++
		}
	}
	goodput := float64(intime) / got.took.Seconds()
	name := fmt.Sprintf("%d × the peak for %v", overloadBy, overloadTime)
	b.add(figure{name: "5 ms of work, peak", value: peak.rate(), unit: "req/s"})
	b.add(figure{name: name + ", answered in time, over the peak", value: goodput / peak.rate(), unit: "×", limit: 0.95, atMin: true, note: fmt.Sprintf("%.0f a second, %d refused, %d failed", goodput, got.refused, got.failed)})
	b.add(figure{name: name + ", p99 of what is answered", value: got.at(99) / 1000, unit: "ms", limit: float64(patience.Milliseconds()), note: fmt.Sprintf("p50 %.0f ms; p99 from when it was sent %.0f ms", got.at(50)/1000, percentile(got.sent, 99)/1000)})
	b.add(figure{name: name + ", memory at the end over that after 20 s", value: float64(late.Load()) / float64(early.Load()), unit: "×", limit: 1.1, note: fmt.Sprintf("%.1f MB", float64(late.Load())/1024)})
	return nil
}
