package runner

import (
	"context"
	"errors"
	"fmt"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/tensor"
)

// warm runs each instance before there are requests: one item, and where several run
// together, as many as may. Answers are not looked at; that a run fails is why the runner
// does not open.
func (o *opened) warm(ctx context.Context) error {
	if o.cfg.WarmUp == nil {
		return nil
	}
	item, err := o.cfg.WarmUp()
	if err == nil {
		err = o.check(item)
	}
	if err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	sizes := []int{1}
	if o.cfg.MaxBatch > 1 && (o.cfg.Work.Max == 0 || o.cfg.Work.Of(item)*float64(o.cfg.MaxBatch) <= o.cfg.Work.Max) {
		sizes = append(sizes, o.cfg.MaxBatch)
	}
	for _, in := range o.instances {
		for _, n := range sizes {
			if err := warmRun(ctx, in, item, n); err != nil {
				return fmt.Errorf("warming up with %s: %w", items(n), err)
			}
		}
	}
	return nil
}

func warmRun(ctx context.Context, in *instance, item []tensor.Tensor, n int) error {
	batch := make([][]tensor.Tensor, n)
	for i := range batch {
		batch[i] = item
	}
	in.hold(batch)
	defer in.forget()
	err := in.engine.Run(ctx, in.batch)
	for _, it := range in.batch {
		if err == nil {
			err = it.Err
		}
	}
	if _, ok := errors.AsType[*engine.CountError](err); ok && n > 1 {
		return nil // items of this model run alone: see trust
	}
	return err
}

func items(n int) string {
	if n == 1 {
		return "1 item"
	}
	return fmt.Sprintf("%d items", n)
}
