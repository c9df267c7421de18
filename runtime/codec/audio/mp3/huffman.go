package mp3

import (
	"errors"
	"sync"
)

// quads is the number of the first of two tables for quadruples, which have none in the
// standard.
const quads = 32

// fastBits is how much of a code is looked up at once; what is longer is walked.
const fastBits = 8

// tree is a table of codes. An entry with the bit leaf has what the code stands for in
// its low 8 bits and, where it was looked up, the length of the code above them; one
// without is the number of a node.
type tree struct {
	fast  [1 << fastBits]uint16
	nodes [][2]uint16
}

const leaf = 0x8000

// trees has the table that each number means: those from 16 on are two, with more and
// more bits for what is too large for a code.
var trees = sync.OnceValue(func() (all [quads + 2]*tree) {
	for k, text := range treeTexts {
		all[k] = newTree(text)
	}
	for k := 17; k < 32; k++ {
		all[k] = all[16+k/24*8]
	}
	return all
})

// more is how many bits follow a 15, by the number of the table.
var more = [32]int{16: 1, 2, 3, 4, 6, 8, 10, 13, 4, 5, 6, 7, 8, 9, 11, 13}

func newTree(text string) *tree {
	t := &tree{}
	var grow func() uint16
	digit := func(c byte) uint16 {
		if c >= 'a' {
			return uint16(c - 'a' + 10)
		}
		return uint16(c - '0')
	}
	grow = func() uint16 {
		if text[0] != '.' {
			v := digit(text[0])<<4 | digit(text[1])
			text = text[2:]
			return leaf | v
		}
		text = text[1:]
		n := len(t.nodes)
		t.nodes = append(t.nodes, [2]uint16{})
		for bit := range 2 {
			t.nodes[n][bit] = grow()
		}
		return uint16(n)
	}
	at := grow()
	for code := range t.fast {
		e, n := at, 0
		for ; n < fastBits && e&leaf == 0; n++ {
			e = t.nodes[e][code>>(fastBits-1-n)&1]
		}
		if e&leaf != 0 {
			e |= uint16(n) << 8
		}
		t.fast[code] = e
	}
	return t
}

// code reads a code at the top of w and gives what is behind it.
func (t *tree) code(w uint64) (value int, n int) {
	e := t.fast[w>>(64-fastBits)]
	if e&leaf != 0 {
		return int(e & 0xff), int(e >> 8 & 0xf)
	}
	for n = fastBits; e&leaf == 0; n++ {
		e = t.nodes[e][w>>(63-n)&1]
	}
	return int(e & 0xff), n
}

var errCodes = errors.New("its codes are damaged")

// readCodes reads the values of a granule, whose codes end before the bit end. It gives
// how many there are; the others are 0.
func readCodes(b *bits, end int, g *granule, out *[granuleSize]int32) (int, error) {
	all := trees()
	at := 0
	for r, table := range g.tables {
		if table == 0 {
			for ; at < g.ends[r]; at++ {
				out[at] = 0
			}
			continue
		}
		t, extra := all[table], more[table]
		if t == nil && at < g.ends[r] {
			return 0, errCodes
		}
		for ; at < g.ends[r]; at += 2 {
			w := b.window() // 19 bits of a code, and twice 13 and a sign
			v, n := t.code(w)
			w <<= n
			for i, x := range [2]int{v >> 4, v & 15} {
				if x == 15 && extra > 0 {
					x += int(w >> (64 - extra))
					w <<= extra
					n += extra
				}
				if x != 0 {
					if w>>63 != 0 {
						x = -x
					}
					w <<= 1
					n++
				}
				out[at+i] = int32(x)
			}
			if b.at += n; b.at > end {
				return 0, errCodes
			}
		}
	}
	t := all[quads+g.quadTable]
	for ; at+4 <= granuleSize && b.at < end; at += 4 {
		w := b.window()
		v, n := t.code(w)
		w <<= n
		for i := range 4 {
			x := int32(v >> (3 - i) & 1)
			if x != 0 {
				if w>>63 != 0 {
					x = -1
				}
				w <<= 1
				n++
			}
			out[at+i] = x
		}
		if b.at += n; b.at > end { // the last one is no code: it is what fills the granule
			break
		}
	}
	clear(out[at:])
	b.at = end
	for at > 0 && out[at-1] == 0 {
		at--
	}
	return at, nil
}
