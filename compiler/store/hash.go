package store

import (
	"errors"
	"hash"
	"io"
	"sync"
)

// chunk is how much is hashed while it is written, bytes.
const chunk = 1 << 20

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

// CopyHashed copies r to w and h. Writing and hashing go on side by side, so that
// hashing costs time only where it is the slower of the two.
func CopyHashed(w io.Writer, r io.Reader, h hash.Hash) (n int64, err error) {
	buf := chunks.Get().(*[chunk]byte)
	defer chunks.Put(buf)
	for {
		k, readErr := io.ReadFull(r, buf[:])
		if err := both(w, h, buf[:k]); err != nil {
			return n, err
		}
		n += int64(k)
		if errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) {
			return n, nil
		}
		if readErr != nil {
			return n, readErr
		}
	}
}

func both(w io.Writer, h hash.Hash, b []byte) error {
	if len(b) < chunk {
		h.Write(b)
		_, err := w.Write(b)
		return err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { h.Write(b) })
	_, err := w.Write(b)
	return err
}
