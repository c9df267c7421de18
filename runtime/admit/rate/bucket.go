package rate

import "time"

// quota is a rate in the units that buckets count in, nanoseconds. The zero quota is no
// limit.
type quota struct {
	every int64 // from one token to the next
	depth int64 // from an empty bucket to the last but one token: (burst-1)*every
	apart int64 // from one time to come again to the next
}

func quotaOf(r Rate) quota {
	if r.Requests == 0 {
		return quota{}
	}
	n := int64(r.Requests)
	q := quota{every: (int64(r.Per) + n - 1) / n} // rounded up: never more than declared
	q.depth = int64(r.Burst-1) * q.every
	// Who comes again does so within a second after their time. In any time of length t
	// there come at most those whose time lies in t and the second before it, which are
	// (t+1s)/apart+1 and must be no more than burst+t/every.
	if second := int64(time.Second); r.Burst == 1 {
		q.apart = q.every + second
	} else {
		q.apart = max(q.every, second/int64(r.Burst-1)+1)
	}
	return q
}

// bucket is a bucket of tokens, full at first, by when it will be full again (the
// generic cell rate algorithm: exact, and no clock has to run).
type bucket struct {
	fullAt int64
	booked int64 // the last time to come again that somebody was told
}

// at is when there is a token.
func (b bucket) at(q quota) int64 { return b.fullAt - q.depth }

// taken is the bucket without one token more; where there is none, it is how long there
// is none for who asked now.
func (b bucket) taken(q quota, now int64) (bucket, time.Duration) {
	if next := b.at(q); next > now {
		slot := next
		if b.booked > max(now-int64(time.Second), 0) { // somebody may still come
			slot = min(max(next, b.booked+q.apart), next+maxBooked)
		}
		b.booked = max(b.booked, slot)
		return b, time.Duration(slot - now)
	}
	b.fullAt = max(b.fullAt, now) + q.every
	return b, 0
}

// take is taken in place.
func (b *bucket) take(q quota, now int64) (wait time.Duration) {
	*b, wait = b.taken(q, now)
	return wait
}

// given is the bucket with a token that was taken from it.
func (b bucket) given(q quota, _ int64) (bucket, time.Duration) {
	b.fullAt -= q.every
	return b, 0
}

// full tells whether the bucket is as one that nobody took from.
func (b bucket) full(now int64) bool { return b.fullAt <= now && b.booked <= now-int64(time.Second) }
