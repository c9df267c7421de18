package vorbis

// The decoder reads the description of one class also in a floor that has no partitions and so
// no classes (Vorbis I, section 7.2.2), and all that follows is then 13 bits off. libvorbis
// writes such a floor for the channel of low frequencies, the last of 6. So the
// decoder is given a class there, which no partition is of: one dimension, no subclass, no
// book.

// classBits is the length of the description of that class, all of it zeros.
const classBits = 3 + 2 + 8

// withClasses gives the third header as the decoder reads it; at is where its books end.
func withClasses(p []byte, at int) ([]byte, error) {
	b := &bits{data: p[headBytes:], at: at}
	places, err := b.floors()
	if err != nil || len(places) == 0 {
		return p, err
	}
	out := append([]byte{}, p[:headBytes]...)
	n := 0 // bits written
	put := func(v uint64) {
		if n%8 == 0 {
			out = append(out, 0)
		}
		out[len(out)-1] |= byte(v << (n % 8))
		n++
	}
	whole := &bits{data: p[headBytes:]}
	for whole.at < 8*len(whole.data) {
		if len(places) > 0 && whole.at == places[0] {
			places = places[1:]
			for range classBits {
				put(0)
			}
		}
		put(whole.read(1))
	}
	return out, nil
}

// floors reads past the transforms and the floors (Vorbis I, section 4.2.4), and gives where the
// classes of floors without partitions would be.
func (b *bits) floors() (places []int, err error) {
	b.at += 16 * int(b.read(6)+1)
	for range b.read(6) + 1 {
		switch b.read(16) {
		case 0:
			b.at += 8 + 16 + 16 + 6 + 8
			b.at += 8 * int(b.read(4)+1)
		case 1:
			points := b.floor1()
			if points == 0 {
				places = append(places, b.at)
			}
			b.at += 2 // the multiplier
			b.at += int(b.read(4)) * points
		default:
			return nil, errHeader
		}
		if b.over() {
			return nil, errHeader
		}
	}
	return places, nil
}

// floor1 reads the partitions and classes of a floor of type 1, and counts the points that follow.
func (b *bits) floor1() (points int) {
	classes := make([]uint64, b.read(5))
	count := uint64(0)
	for i := range classes {
		classes[i] = b.read(4)
		count = max(count, classes[i]+1)
	}
	dims := make([]int, count)
	for i := range dims {
		dims[i] = int(b.read(3)) + 1
		sub := b.read(2)
		if sub > 0 {
			b.at += 8
		}
		b.at += 8 << sub
	}
	for _, c := range classes {
		points += dims[c]
	}
	return points
}
