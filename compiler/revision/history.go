package revision

import (
	"bytes"
	"container/heap"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// commit is what is needed of one.
type commit struct {
	hash, tree Hash
	parents    []Hash
	time       int64 // of the committer, seconds since 1970
	cut        bool  // its parents are not in this shallow clone
}

// ShallowError is history that a shallow clone lacks.
type ShallowError struct {
	What string // what was looked for, such as "the merge base of main and HEAD"
	// Depth is how many commits of the longer side are here, at most.
	Depth int
}

func (e *ShallowError) Error() string {
	return fmt.Sprintf("%s is not in this shallow clone, which has %d commits of depth", e.What, e.Depth)
}

// Hint says how to fetch more.
func (e *ShallowError) Hint() string {
	return fmt.Sprintf("git fetch --deepen=%d fetches as much again, git fetch --unshallow everything; in CI set fetch-depth: 0 (GitHub), GIT_DEPTH: 0 (GitLab)", max(50, e.Depth))
}

// commit reads a commit.
func (r *Repository) commit(h Hash) (*commit, error) {
	kind, data, err := r.objects.read(h)
	if err != nil {
		return nil, err
	}
	if kind != plumbing.CommitObject {
		return nil, fmt.Errorf("%s is a %s, not a commit", h, kind)
	}
	c := &commit{hash: h}
	head, _, _ := bytes.Cut(data, []byte("\n\n"))
	for line := range strings.Lines(string(head)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "tree":
			c.tree = hashOf(value)
		case "parent":
			c.parents = append(c.parents, hashOf(value))
		case "committer":
			if fields := strings.Fields(value); len(fields) > 1 {
				c.time, _ = strconv.ParseInt(fields[len(fields)-2], 10, 64)
			}
		}
	}
	if r.shallow[h] {
		c.cut, c.parents = true, nil
	}
	return c, nil
}

// The sides that a commit is an ancestor of; stale ones are ancestors of a common one.
const (
	sideA = 1 << iota
	sideB
	stale
)

// MergeBase finds the best common ancestor of two commits, as git merge-base does: the first
// by time where there are several. A shallow clone that may not have it is a
// [ShallowError]; histories that have nothing in common are an error.
func (r *Repository) MergeBase(a, b Hash) (Hash, error) {
	w := &walk{r: r, flags: map[Hash]int{}}
	if err := w.push(a, sideA); err != nil {
		return Hash{}, err
	}
	if err := w.push(b, sideB); err != nil {
		return Hash{}, err
	}
	for w.live > 0 {
		if err := w.step(); err != nil {
			return Hash{}, err
		}
	}
	for _, c := range w.common {
		if w.flags[c]&stale == 0 {
			if w.hidden == sideA|sideB { // a better one may be where neither side is seen
				break
			}
			return c, nil
		}
	}
	if w.hidden != 0 {
		return Hash{}, &ShallowError{fmt.Sprintf("the merge base of %.10s and %.10s", a, b), w.depth()}
	}
	return Hash{}, fmt.Errorf("%.10s and %.10s have no commit in common", a, b)
}

// walk goes through history from the newest commit on.
type walk struct {
	r      *Repository
	queue  commits
	flags  map[Hash]int
	live   int // of the queue, those that are not stale
	common []Hash
	hidden int    // the sides that history is cut off of
	seen   [2]int // how many commits of each side there are
}

func (w *walk) push(h Hash, flags int) error {
	old, known := w.flags[h]
	if known && old|flags == old {
		return nil
	}
	w.flags[h] = old | flags
	c, err := w.r.commit(h)
	if err != nil {
		return err
	}
	heap.Push(&w.queue, queued{c, len(w.flags)})
	w.count()
	return nil
}

// count finds how many of the queue can still lead to something.
func (w *walk) count() {
	w.live = 0
	for _, q := range w.queue {
		if w.flags[q.hash]&stale == 0 {
			w.live++
		}
	}
}

func (w *walk) step() error {
	c := heap.Pop(&w.queue).(queued)
	flags := w.flags[c.hash]
	for i, side := range []int{sideA, sideB} {
		if flags&side != 0 {
			w.seen[i]++
		}
	}
	pass := flags
	if flags&(sideA|sideB) == sideA|sideB {
		if flags&stale == 0 {
			w.found(c.hash)
		}
		pass |= stale
	} else if c.cut {
		w.hidden |= flags
	}
	for _, p := range c.parents {
		if err := w.push(p, pass); err != nil {
			return err
		}
	}
	w.count()
	return nil
}

func (w *walk) found(h Hash) {
	for _, c := range w.common {
		if c == h {
			return
		}
	}
	w.common = append(w.common, h)
}

// depth gives how far the clone reaches, for saying it.
func (w *walk) depth() int { return max(w.seen[0], w.seen[1]) }

type queued struct {
	*commit
	order int
}

// commits is a heap, the newest first.
type commits []queued

func (q commits) Len() int { return len(q) }
func (q commits) Less(i, j int) bool {
	if q[i].time != q[j].time {
		return q[i].time > q[j].time
	}
	return q[i].order < q[j].order
}
func (q commits) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *commits) Push(x any)   { *q = append(*q, x.(queued)) }
func (q *commits) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}
