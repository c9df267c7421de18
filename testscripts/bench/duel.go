package main

import (
	"fmt"
	"time"
)

// trial is how a server does under load.
type trial struct {
	rate     float64 // answers a second
	cpu      float64 // of the server, microseconds a request
	p50, p99 float64 // of the times of answers, microseconds
}

// measure is one of the figures of a trial, and what its ratio to another server's should be.
type measure struct {
	name, unit string
	of         func(trial) float64
	less       bool    // less is better: the ratio is theirs over ours where it has a minimum
	least      float64 // of the ratio; 0: none
	most       float64
}

func rateRatio(least float64) measure {
	return measure{name: "", unit: "req/s", of: func(t trial) float64 { return t.rate }, least: least}
}

// cpuRatio is of requests a second of CPU, which other work on the machine disturbs less.
func cpuRatio(least float64) measure {
	return measure{name: ", CPU", unit: "µs/req", of: func(t trial) float64 { return t.cpu }, less: true, least: least}
}

func p50Ratio(most float64) measure {
	return measure{name: ", p50", unit: "µs", of: func(t trial) float64 { return t.p50 }, most: most}
}

func p99Ratio(most float64) measure {
	return measure{name: ", p99", unit: "µs", of: func(t trial) float64 { return t.p99 }, most: most}
}

// row is a comparison with another server: the same request at so many connections.
type row struct {
	name     string // "" for the path of the request
	conns    int
	measures []measure
}

// contender is a server, what it is called, and how it is asked.
type contender struct {
	name string
	server
	request
	process *process // started already; nil: anew for each trial
}

// against runs each row of a server and of another in turns, five times, and shows medians: of
// both, and of the ratios of the pairs.
func (b *bench) against(ours, theirs contender, rows []row) error {
	for _, r := range rows {
		xs, ys := make([]trial, 5), make([]trial, 5)
		for i := range xs {
			var err error
			if xs[i], err = b.try(ours, r.conns); err != nil {
				return fmt.Errorf("%s: %w", ours.name, err)
			}
			if ys[i], err = b.try(theirs, r.conns); err != nil {
				return fmt.Errorf("%s: %w", theirs.name, err)
			}
		}
		name := r.name
		if name == "" {
			name = fmt.Sprintf("%s, c = %d", ours.path, r.conns)
		}
		for _, m := range r.measures {
			var mine, other, ratios []float64
			for i := range xs {
				x, y := m.of(xs[i]), m.of(ys[i])
				mine, other = append(mine, x), append(other, y)
				if m.less {
					x, y = y, x
				}
				ratios = append(ratios, x/y)
			}
			b.add(figure{name: name + m.name, value: median(mine), unit: m.unit, note: spread(mine)})
			b.add(figure{name: name + m.name + ", " + theirs.name, value: median(other), unit: m.unit, note: spread(other)})
			ratio := figure{name: name + m.name + ", ratio to " + theirs.name, value: median(ratios), unit: "×", limit: m.most, note: spread(ratios)}
			if m.least > 0 {
				ratio.limit, ratio.atMin = m.least, true
			}
			b.add(ratio)
		}
	}
	return nil
}

// How long a server is warmed up, and measured.
const (
	warmUp   = 500 * time.Millisecond
	measured = 2 * time.Second
)

// stepsStarted builds a bento of Go steps, starts its server and calls do.
func (b *bench) stepsStarted(name, bento string, steps []byte, do func(*process) error) error {
	p, err := b.newProject(name, map[string][]byte{
		"bento.cue": []byte(bento), "go.mod": fmt.Appendf(nil, "module example.com/%s\n\ngo 1.26\n", name), "steps/steps.go": steps,
	})
	if err != nil {
		return err
	}
	if _, _, err := b.bentoc(p.dir, p.state, "generate"); err != nil {
		return err
	}
	root, err := b.root(p)
	if err != nil {
		return err
	}
	return b.started(contender{server: root}, do)
}

// started runs a server for as long as do takes.
func (b *bench) started(c contender, do func(*process) error) error {
	p, _, err := b.start(c.server)
	if err != nil {
		return err
	}
	defer p.stop()
	return do(p)
}

// try starts a server, unless it runs already, and gives how it does at n connections.
func (b *bench) try(c contender, n int) (t trial, err error) {
	if c.process != nil {
		return b.under(c.process, n, c.request)
	}
	err = b.started(c, func(p *process) (err error) {
		t, err = b.under(p, n, c.request)
		return err
	})
	return t, err
}

// under gives how a started server does at n connections.
func (b *bench) under(p *process, n int, req request) (trial, error) {
	if _, err := load(b.ctx, p.addr, n, forTime(warmUp, req)); err != nil {
		return trial{}, err
	}
	before := p.cpu()
	got, err := load(b.ctx, p.addr, n, forTime(measured, req))
	if err != nil {
		return trial{}, err
	}
	used := p.cpu() - before
	return trial{rate: got.rate(), cpu: float64(used.Microseconds()) / float64(len(got.times)), p50: got.at(50), p99: got.at(99)}, nil
}
