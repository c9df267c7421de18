package fixed_test

import (
	"testing"
	"time"

	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/runner/fixed"
)

func TestABatchRunsWhenItIsFullOrDue(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		fixed.Config
		alike, most int
		waited      time.Duration
		n           int
		again       time.Duration
	}{
		{fixed.Config{}, 3, 8, 0, 3, 0},
		{fixed.Config{Wait: 5 * ms}, 8, 8, 0, 8, 0},
		{fixed.Config{Wait: 5 * ms}, 9, 8, 0, 8, 0},
		{fixed.Config{Wait: 5 * ms}, 7, 8, 2 * ms, 0, 3 * ms},
		{fixed.Config{Wait: 5 * ms}, 7, 8, 5 * ms, 7, 0},
		{fixed.Config{Wait: 5 * ms}, 7, 8, time.Hour, 7, 0},
		{fixed.Config{Size: 4, Wait: 5 * ms}, 7, 8, 0, 4, 0},
		{fixed.Config{Size: 4, Wait: 5 * ms}, 1, 1, 0, 1, 0}, // it was told to run items alone
	} {
		n, again := c.New().Next(now, batch.Queue{Waiting: c.alike, Alike: c.alike, Since: now.Add(-c.waited), Max: c.most})
		if n != c.n || again != c.again {
			t.Errorf("%+v: %d items, again after %v", c, n, again)
		}
	}
}
