package builder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/buildkit/client/llb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"bentoc.dev/compiler/store"
)

// kept is what a build gave, as the store remembers it by [Request.key].
type kept struct {
	Root  string       `json:"root"`  // digest of the image index
	Blobs []store.Blob `json:"blobs"` // all that the index leads to, itself included
	Own   []string     `json:"own"`   // those of them that the build made
	Used  time.Time    `json:"used"`
}

const (
	keptKind = "image"
	// keptImages is how many results a store remembers; those that were used
	// longest ago are forgotten, with what they alone need.
	keptImages = 16
)

// Recall writes what the same request gave before, if all of it is there and
// right. It starts no builder and asks none: a nil result means that it has to be
// built. Every content is compared with its digest while it is written.
//
// The same request is one whose operations, checks, configs, annotations and time
// are the same, made by the same executable. Where operations came from in the
// sources does not count.
func Recall(ctx context.Context, r Request) (*Result, error) {
	if r.Results == nil || r.Output == nil {
		return nil, nil
	}
	key, err := r.key()
	if err != nil {
		return nil, nil
	}
	var k kept
	if !r.Results.Memo(keptKind, key, &k) || slices.ContainsFunc(k.Blobs, func(b store.Blob) bool { return !r.Results.Has(b) }) {
		return nil, nil
	}
	err = writeOutput(ctx, r, newSink(layout{r.Store}), digest.Digest(k.Root))
	if bad, ok := errors.AsType[*store.DigestError](err); ok {
		_ = r.Results.Check(ctx, bad.Want) // it is dropped, and made again by the build
		return nil, nil
	}
	if errdefs.IsNotFound(err) { // another process has forgotten it meanwhile
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("writing the image: %w", err)
	}
	k.Used = time.Now()
	_ = r.Results.SetMemo(keptKind, key, k) // else it is forgotten sooner
	return &Result{Digest: k.Root}, nil
}

// keep remembers what a build gave. A store that cannot be written costs the next
// build its time, and this one nothing.
func (r Request) keep(ctx context.Context, out sink, root digest.Digest) error {
	key, err := r.key()
	if err != nil {
		return err
	}
	info, err := out.Info(ctx, root)
	if err != nil {
		return err
	}
	all, err := out.closure(ctx, ocispecs.Descriptor{MediaType: ocispecs.MediaTypeImageIndex, Digest: root, Size: info.Size})
	if err != nil {
		return err
	}
	k := kept{Root: root.String(), Used: time.Now()}
	made, err := madeBefore(r.Results)
	if err != nil {
		return err
	}
	for _, d := range all {
		b := store.Blob{Digest: d.Digest.String(), Size: d.Size}
		k.Blobs = append(k.Blobs, b)
		_, err := out.Buffer.Info(ctx, d.Digest)
		if err == nil || made[b.Digest] {
			k.Own = append(k.Own, b.Digest)
		}
		if err != nil {
			continue
		}
		content, err := out.Buffer.ReaderAt(ctx, d)
		if err != nil {
			return err
		}
		_, err = r.Results.Put(ctx, "a part of an image", io.NewSectionReader(content, 0, content.Size()), b.Digest)
		if err := errors.Join(err, content.Close()); err != nil {
			return err
		}
	}
	if err := r.Results.SetMemo(keptKind, key, k); err != nil {
		return err
	}
	_, err = forget(r.Results, func(i int, _ kept) bool { return i < keptImages })
	return err
}

// madeBefore are the contents of the store that builds made.
func madeBefore(st *store.Store) (map[string]bool, error) {
	made := map[string]bool{}
	err := st.EachMemo(keptKind, func(_ string, value json.RawMessage) {
		var k kept
		if json.Unmarshal(value, &k) == nil {
			for _, d := range k.Own {
				made[d] = true
			}
		}
	})
	return made, err
}

// Forget drops what builds gave that nobody has asked for within a time, and the
// contents that only they have made. It gives the bytes freed.
func Forget(st *store.Store, within time.Duration) (freed int64, err error) {
	return forget(st, func(_ int, k kept) bool { return time.Since(k.Used) < within })
}

// forget drops the results that stay refuses; it is asked in the order of their
// last use, the latest first.
func forget(st *store.Store, stay func(i int, k kept) bool) (freed int64, err error) {
	type result struct {
		key string
		kept
	}
	var all []result
	err = st.EachMemo(keptKind, func(key string, value json.RawMessage) {
		r := result{key: key}
		if json.Unmarshal(value, &r.kept) == nil {
			all = append(all, r)
		}
	})
	if err != nil {
		return 0, err
	}
	slices.SortFunc(all, func(a, b result) int { return b.Used.Compare(a.Used) })
	needed := map[string]bool{}
	var gone []result
	for i, r := range all {
		if !stay(i, r.kept) {
			gone = append(gone, r)
			continue
		}
		for _, b := range r.Blobs {
			needed[b.Digest] = true
		}
	}
	var errs []error
	for _, r := range gone {
		errs = append(errs, st.DropMemo(keptKind, r.key))
		for _, b := range r.Blobs {
			if !slices.Contains(r.Own, b.Digest) || needed[b.Digest] {
				continue
			}
			needed[b.Digest] = true // freed once
			freed += b.Size
			errs = append(errs, st.Remove(b.Digest))
		}
	}
	return freed, errors.Join(errs...)
}

// key names all that the result depends on. Operations name their inputs by
// digest. The executable stands for every choice that bentoc and BuildKit make.
func (r Request) key() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	fi, err := os.Stat(self)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	put := func(parts ...string) {
		for _, p := range parts {
			fmt.Fprintf(h, "%d:%s,", len(p), p)
		}
	}
	put(socketName(), store.Look(fi), fmt.Sprint(r.Epoch), fmt.Sprint(len(r.Images)))
	for _, img := range r.Images {
		put(img.ID, operations(img.Definition), string(img.Config), fmt.Sprint(img.BaseConfig != nil), string(img.BaseConfig), fmt.Sprint(len(img.Annotations)))
		for _, name := range slices.Sorted(maps.Keys(img.Annotations)) {
			put(name, img.Annotations[name])
		}
	}
	for _, c := range r.Checks {
		put(operations(c))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// operations gives the operations of a definition without what only tells of them.
func operations(d *llb.Definition) string {
	var all strings.Builder
	for _, op := range d.Def {
		fmt.Fprintf(&all, "%d:%s,", len(op), op)
	}
	return all.String()
}
