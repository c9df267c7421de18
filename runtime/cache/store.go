package cache

import (
	"container/list"
	"time"
	"unsafe"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/value"
)

// store is what is kept. Its methods are called under the cache's lock.
type store[O any] struct {
	max     int64
	bytes   int64
	entries map[value.Sum]*entry[O]
	recent  list.List // of *entry[O], what was asked for last in front
	ages    list.List // of *entry[O], by when they end
	evicted func()    // is told of each that goes for want of room
	reserve *admit.Reserve
	timer   *time.Timer // when the first one ends; nil before the cache is open
}

// entry is one answer.
type entry[O any] struct {
	key         value.Sum
	value       O
	bytes       int64
	began, ends time.Time // of its run; of its use
	recent, age *list.Element
}

// entryBytes is what an answer takes besides its value: its entry, the elements of two
// lists, and its place in the map with its key, which is at most half empty.
func entryBytes[O any]() int64 {
	var none O
	return int64(unsafe.Sizeof(entry[O]{})-unsafe.Sizeof(none)) + 2*int64(unsafe.Sizeof(list.Element{})) + 3*int64(len(value.Sum{})+8)
}

func newEntry[O any](key value.Sum, v O, bytes int64, began time.Time, ttl time.Duration) *entry[O] {
	return &entry[O]{key: key, value: v, bytes: bytes + entryBytes[O](), began: began, ends: began.Add(ttl)}
}

func (s *store[O]) init(cfg Config) {
	s.max, s.entries, s.evicted = cfg.MaxBytes, map[value.Sum]*entry[O]{}, func() {}
	s.recent.Init()
	s.ages.Init()
}

// get gives the answer of a key, nil where there is none any more.
func (s *store[O]) get(key value.Sum, now time.Time) *entry[O] {
	e := s.entries[key]
	if e == nil {
		return nil
	}
	if !now.Before(e.ends) {
		s.remove(e)
		return nil
	}
	s.recent.MoveToFront(e.recent)
	return e
}

// put keeps an answer, unless there is one of a later run, it has ended already, or it has
// no room.
func (s *store[O]) put(e *entry[O], now time.Time) {
	if !now.Before(e.ends) || e.bytes > s.max {
		return
	}
	if was := s.entries[e.key]; was != nil {
		if was.began.After(e.began) {
			return
		}
		s.remove(was)
	}
	for s.bytes+e.bytes > s.max {
		s.evict()
	}
	if !s.reserve.Take(e.bytes) { // requests need it
		return
	}
	s.bytes += e.bytes
	s.entries[e.key] = e
	e.recent = s.recent.PushFront(e)
	at := s.ages.Back() // runs end in nearly the order in which they began
	for at != nil && at.Value.(*entry[O]).ends.After(e.ends) {
		at = at.Prev()
	}
	if at == nil {
		e.age = s.ages.PushFront(e)
		s.arm(now)
	} else {
		e.age = s.ages.InsertAfter(e, at)
	}
}

// evict makes room by what was not asked for longest.
func (s *store[O]) evict() {
	s.remove(s.recent.Back().Value.(*entry[O]))
	s.evicted()
}

func (s *store[O]) remove(e *entry[O]) {
	delete(s.entries, e.key)
	s.recent.Remove(e.recent)
	s.ages.Remove(e.age)
	s.bytes -= e.bytes
	s.reserve.Give(e.bytes)
}

// clear keeps nothing any more.
func (s *store[O]) clear() {
	for e := s.recent.Back(); e != nil; e = s.recent.Back() {
		s.remove(e.Value.(*entry[O]))
	}
}

// expire removes what has ended, and comes again when the next does.
func (s *store[O]) expire(now time.Time) {
	for e := s.ages.Front(); e != nil && !now.Before(e.Value.(*entry[O]).ends); e = s.ages.Front() {
		s.remove(e.Value.(*entry[O]))
	}
	s.arm(now)
}

func (s *store[O]) arm(now time.Time) {
	if first := s.ages.Front(); first != nil {
		s.timer.Reset(first.Value.(*entry[O]).ends.Sub(now))
	}
}
