package graph

import "context"

// Fold makes one value of a list: it calls f with what the items before gave, at first
// with acc, and each item in turn, and returns what the last call gave; of no items it
// returns acc. The first error, wrapped in an [ItemError] that bears name, ends it.
func Fold[T, A any](ctx context.Context, name string, items []T, acc A, f func(ctx context.Context, acc A, item T) (A, error)) (A, error) {
	for i, item := range items {
		next, err := callItem(ctx, i, item, func(ctx context.Context, _ int, item T) (A, error) { return f(ctx, acc, item) })
		if err != nil {
			return acc, &ItemError{Map: name, Index: i, Err: err}
		}
		acc = next
	}
	return acc, nil
}
