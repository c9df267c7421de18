// Package metrics counts what the server does and shows it in the text format
// that Prometheus reads. The names and labels of requests are BentoML's, so that
// existing charts and alerts go on working; what BentoML does not have is named
// bentoc_….
//
// It is an exposition of our own, because the few kinds that a server needs take
// two hundred lines, and the client library of Prometheus takes two megabytes of
// a server that should have ten. A metric is looked up once, when the server
// starts; counting it is an atomic addition.
package metrics

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Registry holds the metrics of a server. Its methods may be called from many
// goroutines at once.
type Registry struct {
	reading  sync.Mutex // held while the metrics are shown, by one reader at a time
	mu       sync.Mutex // guards what follows
	families map[string]*family
	collect  []func()
	queues   map[string]*queues // by runner
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry { return &Registry{families: map[string]*family{}} }

// family is all series of one name.
type family struct {
	name, kind, help string
	series           map[string]metric // by labels as they are written
}

// metric is what a series holds.
type metric interface {
	// write appends the lines of the series; labels is like `a="1",b="2"`.
	write(b []byte, name, labels string) []byte
}

// Counter gives the counter of that name and labels, and makes it if need be.
// Labels are pairs of name and value.
func (r *Registry) Counter(name, help string, labels ...string) *Counter {
	return get(r, name, "counter", help, labels, func() *Counter { return &Counter{} })
}

// Gauge gives the gauge of that name and labels, and makes it if need be.
func (r *Registry) Gauge(name, help string, labels ...string) *Gauge {
	return get(r, name, "gauge", help, labels, func() *Gauge { return &Gauge{} })
}

// Total gives a counter of what is no whole number, or is read from elsewhere.
func (r *Registry) Total(name, help string, labels ...string) *Gauge {
	return get(r, name, "counter", help, labels, func() *Gauge { return &Gauge{} })
}

// Histogram gives the histogram of that name and labels, and makes it if need
// be, with the upper bounds of its buckets in rising order, +Inf left out.
func (r *Registry) Histogram(name, help string, bounds []float64, labels ...string) *Histogram {
	return get(r, name, "histogram", help, labels, func() *Histogram { return newHistogram(bounds) })
}

// Collect has f called before each time the metrics are shown, to set gauges
// that are read rather than counted.
func (r *Registry) Collect(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.collect = append(r.collect, f)
}

// get panics when a name is used for two kinds: a mistake of the programmer.
func get[M metric](r *Registry, name, kind, help string, labels []string, make func() M) M {
	key := labelText(labels)
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.families[name]
	if f == nil {
		f = &family{name: name, kind: kind, help: help, series: map[string]metric{}}
		r.families[name] = f
	}
	if f.kind != kind {
		panic("metrics: " + name + " is a " + f.kind + " and a " + kind)
	}
	if m, ok := f.series[key].(M); ok {
		return m
	}
	m := make()
	f.series[key] = m
	return m
}

// ContentType is the media type of what [Registry.WriteTo] writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// WriteTo writes all metrics in the text format of Prometheus, by name and then
// by labels.
func (r *Registry) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(r.read())
	return int64(n), err
}

// read has the collectors set their gauges and gives the text of all metrics.
func (r *Registry) read() []byte {
	r.reading.Lock()
	defer r.reading.Unlock()
	r.mu.Lock()
	collect := slices.Clone(r.collect)
	r.mu.Unlock()
	for _, f := range collect {
		f()
	}
	return r.text()
}

func (r *Registry) text() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b []byte
	for _, name := range sortedKeys(r.families) {
		f := r.families[name]
		b = append(b, "# HELP "+name+" "+helpEscaper.Replace(f.help)+"\n# TYPE "+name+" "+f.kind+"\n"...)
		for _, labels := range sortedKeys(f.series) {
			b = f.series[labels].write(b, name, labels)
		}
	}
	return b
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var (
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// labelText writes pairs of name and value as `a="1",b="2"`.
func labelText(pairs []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(pairs[i] + `="` + labelEscaper.Replace(strings.ToValidUTF8(pairs[i+1], "�")) + `"`)
	}
	return b.String()
}

// sample appends one line.
func sample(b []byte, name, labels string, value float64) []byte {
	b = append(b, name...)
	if labels != "" {
		b = append(b, '{')
		b = append(b, labels...)
		b = append(b, '}')
	}
	b = append(b, ' ')
	b = strconv.AppendFloat(b, value, 'g', -1, 64)
	return append(b, '\n')
}

type registryKey struct{}

// WithRegistry gives a context under which [From] finds r. The server opens its
// runners under it, so that an engine can have metrics of its own.
func WithRegistry(ctx context.Context, r *Registry) context.Context {
	return context.WithValue(ctx, registryKey{}, r)
}

// From gives the registry of ctx. Where there is none, as in a test, it gives a
// new one that nobody reads, so that a caller need not ask.
func From(ctx context.Context) *Registry {
	if r, ok := ctx.Value(registryKey{}).(*Registry); ok {
		return r
	}
	return NewRegistry()
}
