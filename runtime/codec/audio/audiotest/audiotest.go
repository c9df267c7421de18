// Package audiotest is what the tests of the decoders share.
package audiotest

import (
	"errors"
	"io"

	"bentoc.dev/runtime/codec/audio"
)

// Samples reads all of a stream that was opened with err: a row for each channel. Next
// is [audio.Next], for decoders that may panic, or [audio.Stream.Next].
func Samples(next func(audio.Stream) ([][]float32, error), s audio.Stream, err error) ([][]float32, audio.Header, error) {
	if err != nil {
		return nil, audio.Header{}, err
	}
	h := s.Header()
	rows := make([][]float32, h.Channels)
	for {
		block, err := next(s)
		if errors.Is(err, io.EOF) {
			return rows, h, nil
		}
		if err != nil {
			return nil, h, err
		}
		for i := range rows {
			rows[i] = append(rows[i], block[i]...)
		}
	}
}
