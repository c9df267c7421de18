package audio

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"bentoc.dev/runtime/codec"
)

// What a file may say of itself. The rates are those that sound is recorded at, and
// some more; beyond them a header is a mistake, and resampling costs without bounds.
const (
	minRate     = 1000
	maxRate     = 768_000
	maxChannels = 64
)

const sampleSize = 4 // a float32

// How many samples all channels of a recording may have together: as many as two of
// studio rate in the time that is allowed, and 100 million at least. A rate and a number
// of channels that nobody records at would take gigabytes in the same time.
const (
	fewestMost = 100_000_000
	studio     = 2 * 96_000
)

// believed is how many samples a header is believed to have at once, 64 MB: those of a
// longer recording get room as they come.
const believed = 1 << 24

// decode decodes a recording with memory that r has for it and for a copy, which steps
// make for their models; nil where it has none.
func decode(r *codec.Reader, data []byte, l Limits) (*Audio, *problem) {
	media := mediaOf(data)
	format := l.format(media)
	switch {
	case media == "":
		return nil, unusable("%s", otherFormat(data))
	case !allowed(media, l.MediaTypes) || format == nil:
		return nil, l.notAllowed(media)
	}
	s, err := Opened(format, data)
	if err != nil {
		return nil, broken(format, err)
	}
	h := s.Header()
	if wrong := l.within(h); wrong != nil {
		return nil, wrong
	}
	c := collector{r: r, l: &l, h: h, channels: h.Channels, file: int64(len(data))}
	if l.Channels > 0 {
		c.channels = l.Channels
	}
	defer c.done()
	if !c.begin() {
		return nil, nil
	}
	for {
		rows, err := Next(s)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, broken(format, err)
		}
		if wrong := c.add(rows); wrong != nil || c.refused {
			return nil, wrong
		}
	}
	switch {
	case h.Len >= 0 && int64(c.len) != h.Len:
		return nil, unusable("is a broken %s file: it has %d samples, not the %d that its header says", format.Name, c.len, h.Len)
	case c.len == 0:
		return nil, unusable("has no samples")
	}
	a := c.finish()
	if a == nil {
		return nil, nil
	}
	a.MediaType = media
	if a.Rate == h.Rate && a.Channels == h.Channels {
		a.Data = data
	} else {
		a.MediaType = wavType // as which it would go out
	}
	return a, nil
}

// within tells what of a recording is not within its limits, by its header.
func (l *Limits) within(h Header) *problem {
	switch {
	case h.Rate < minRate || h.Rate > maxRate:
		return unusable("has %d samples a second; %d to %d can be read", h.Rate, minRate, maxRate)
	case h.Channels < 1 || h.Channels > maxChannels:
		return unusable("has %d channels; 1 to %d can be read", h.Channels, maxChannels)
	case h.Len == 0:
		return unusable("has no samples")
	case h.Len > l.most(h.Rate):
		return l.tooLong(float64(h.Len) / float64(h.Rate))
	}
	return l.tooMany(h, h.Len)
}

// tooMany tells that n samples of each channel are more than can be held.
func (l *Limits) tooMany(h Header, n int64) *problem {
	if most := max(fewestMost, l.duration().Milliseconds()*studio/1000); n > most/int64(h.Channels) {
		return &problem{422, "audio_too_long", fmt.Sprintf("has %d channels of %d samples or more, more than the %d allowed in all", h.Channels, n, most)}
	}
	return nil
}

func (l *Limits) duration() time.Duration {
	if l.MaxDurationMs > 0 {
		return time.Duration(l.MaxDurationMs) * time.Millisecond
	}
	return MaxDuration
}

// most is how many samples a channel may have.
func (l *Limits) most(rate int) int64 {
	return l.duration().Milliseconds() * int64(rate) / 1000
}

func (l *Limits) tooLong(seconds float64) *problem {
	return &problem{422, "audio_too_long", fmt.Sprintf("lasts %.1f s, longer than the %s allowed", seconds, l.duration())}
}

// collector puts together the samples of a file, as the channels that are wanted.
type collector struct {
	r        *codec.Reader
	l        *Limits
	h        Header
	channels int   // wanted
	file     int64 // bytes of it

	rows    [][]float32 // of one length, with room for cap
	len     int
	cap     int
	flat    []float32 // the rows, where their length was known
	taken   int64     // of memory, beyond what is kept
	reserve int64     // of it, for what comes after the decoding
	refused bool      // there is no memory: r knows
}

// take takes memory; what is taken is given back at the end but for what is kept.
func (c *collector) take(n int64) bool {
	if !c.r.Take(n) {
		c.refused = true
		return false
	}
	c.taken += n
	return true
}

func (c *collector) give(n int64) {
	c.taken -= n
	c.r.Give(n)
}

// done gives back what is not kept.
func (c *collector) done() { c.give(c.taken) }

// size is what n samples of each channel take.
func (c *collector) size(n int) int64 { return int64(n) * int64(c.channels) * sampleSize }

// begin takes all the memory that decoding takes, where the length is known.
func (c *collector) begin() bool {
	if !c.take(c.h.Memory) {
		return false
	}
	c.rows = make([][]float32, c.channels)
	if c.h.Len < 0 || c.h.Len*int64(c.channels) > max(believed, c.file) {
		return true
	}
	n := int(c.h.Len)
	if c.reserve = c.later(n); !c.take(c.size(n) + c.reserve) {
		return false
	}
	c.flat = make([]float32, n*c.channels)
	for i := range c.rows {
		c.rows[i] = c.flat[i*n : i*n : (i+1)*n]
	}
	c.cap = n
	return true
}

// later is what is needed after the decoding: the samples at another rate, and a copy.
func (c *collector) later(n int) int64 {
	if rate := c.l.SampleRate; rate > 0 && rate != c.h.Rate {
		return 2 * c.size(resampledLen(n, c.h.Rate, rate))
	}
	return c.size(n)
}

// add puts more samples behind the others, mixed as wanted.
func (c *collector) add(rows [][]float32) *problem {
	if len(rows) != c.h.Channels {
		return unusable("goes on with another number of channels: %d, not %d", len(rows), c.h.Channels)
	}
	n := len(rows[0])
	if c.h.Len >= 0 && int64(c.len)+int64(n) > c.h.Len {
		return unusable("has more samples than the %d that its header says", c.h.Len)
	}
	if int64(c.len)+int64(n) > c.l.most(c.h.Rate) {
		return c.l.tooLong(float64(c.len+n) / float64(c.h.Rate))
	}
	if wrong := c.l.tooMany(c.h, int64(c.len)+int64(n)); wrong != nil {
		return wrong
	}
	if n > c.cap-c.len && !c.grow(n) {
		return nil
	}
	for _, row := range rows {
		for _, x := range row {
			if x-x != 0 {
				return unusable("has a sample that is no finite number")
			}
		}
	}
	switch have := len(rows); {
	case have == c.channels:
		for i, row := range rows {
			c.rows[i] = append(c.rows[i], row...)
		}
	case have == 1:
		for i := range c.rows {
			c.rows[i] = append(c.rows[i], rows[0]...)
		}
	case c.channels == 1:
		for k := range n {
			sum := 0.0
			for _, row := range rows {
				sum += float64(row[k])
			}
			c.rows[0] = append(c.rows[0], float32(sum/float64(have)))
		}
	default:
		return unusable("has %d channels, of which %d cannot be made: 1 can, of any, and any, of 1", have, c.channels)
	}
	c.len += n
	return nil
}

// grow makes room for n more samples of each channel.
func (c *collector) grow(n int) bool {
	old, room := c.cap, max(c.cap+c.cap/2, c.len+n, 1<<14)
	room = int(min(int64(room), c.l.most(c.h.Rate)))
	if !c.take(c.size(room)) {
		return false
	}
	for i, row := range c.rows {
		c.rows[i] = append(make([]float32, 0, room), row...)
	}
	c.cap = room
	c.give(c.size(old))
	return true
}

// finish makes a recording at the rate wanted; nil where there is no memory.
func (c *collector) finish() *Audio {
	a := &Audio{Rate: c.h.Rate, Channels: c.channels, Samples: c.flat}
	n := c.len
	if rate := c.l.SampleRate; rate > 0 && rate != c.h.Rate {
		a.Rate, a.Samples = rate, nil
		n = resampledLen(c.len, c.h.Rate, rate)
	}
	kept := c.size(n)
	need := kept // a copy
	if a.Samples == nil {
		need *= 2
	}
	if !c.take(max(0, need-c.reserve)) {
		return nil
	}
	if a.Samples == nil {
		a.Samples = make([]float32, n*c.channels)
		for i, row := range c.rows {
			if out := a.Samples[i*n : (i+1)*n]; a.Rate != c.h.Rate {
				resample(out, row, c.h.Rate, a.Rate)
			} else {
				copy(out, row)
			}
		}
	}
	c.taken -= 2 * kept // they stay, with a copy
	return a
}

// resampledLen is how many samples there are at another rate: the last one lies within
// the recording.
func resampledLen(n, from, to int) int {
	return int(math.Ceil(float64(n) * float64(to) / float64(from)))
}
