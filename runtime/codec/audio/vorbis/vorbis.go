// Package vorbis reads Ogg Vorbis for package audio.
package vorbis

import (
	"errors"
	"fmt"
	"io"

	"github.com/jfreymuth/vorbis"

	"bentoc.dev/runtime/codec/audio"
)

// Format reads Ogg Vorbis (Vorbis I, RFC 3533): one stream in one file, which is whole.
// What the encoder put before the beginning and behind the end is left out, as the
// positions of the pages say (Vorbis I, section A.2).
var Format = audio.Format{MediaType: "audio/ogg", Name: "Ogg Vorbis", Open: open}

type stream struct {
	d     vorbis.Decoder
	h     audio.Header
	pages []page
	done  int64 // samples decoded, also those that were left out
	begin int64 // how many of them lie before the position 0 of the stream
	known bool  // begin is

	buffer []float32
	rows   [][]float32
}

// bufferSize is what a decoder holds of its own, for a block of a channel.
const bufferSize = 8

func open(data []byte) (audio.Stream, error) {
	all, err := pages(data)
	if err != nil {
		return nil, err
	}
	s := &stream{}
	var headers [][]byte
	for len(all) > 0 && len(headers) < 3 {
		headers = append(headers, all[0].packets...)
		all = all[1:]
	}
	s.pages = all
	if len(headers) != 3 || len(all) == 0 {
		return nil, errors.New("its headers do not end with a page, or no samples follow")
	}
	for i, p := range headers {
		if len(p) == 0 || int(p[0]) != 2*i+1 {
			return nil, errors.New("its headers are not in order")
		}
	}
	if err := checkIdentification(headers[0]); err != nil {
		return nil, err
	}
	end, err := checkSetup(headers[2])
	if err != nil {
		return nil, err
	}
	setup, err := withClasses(headers[2], end)
	if err != nil {
		return nil, err
	}
	for _, p := range [][]byte{headers[0], setup} { // the other is of comments
		if err := s.d.ReadHeader(p); err != nil {
			return nil, err
		}
	}
	if end := all[len(all)-1].position; end <= 0 {
		return nil, fmt.Errorf("it ends at sample %d", end)
	}
	s.h = audio.Header{Rate: s.d.SampleRate(), Channels: s.d.Channels(), Len: -1}
	s.h.Memory = int64(len(data)) + 4*maxBooks + bufferSize*4*int64(s.d.BufferSize())
	s.buffer = make([]float32, s.d.BufferSize())
	s.rows = make([][]float32, s.h.Channels)
	return s, nil
}

func (s *stream) Header() audio.Header { return s.h }

// Next decodes a page, or several where the position of the first is not known yet: how
// much of the beginning is left out, the first page tells on which a packet ends.
func (s *stream) Next() ([][]float32, error) {
	for i := range s.rows {
		s.rows[i] = s.rows[i][:0]
	}
	for {
		if len(s.pages) == 0 {
			return nil, io.EOF
		}
		p, last := s.pages[0], len(s.pages) == 1
		s.pages = s.pages[1:]
		for _, packet := range p.packets {
			if err := s.decode(packet); err != nil {
				return nil, err
			}
		}
		if len(p.packets) == 0 {
			continue
		}
		if !s.known {
			if !last { // else the position says where it ends
				s.begin = s.done - p.position
			}
			s.known = true
			if s.begin > 0 {
				s.cut(int(s.begin), len(s.rows[0]))
			}
		}
		if last {
			over := s.done - s.begin - p.position
			if over < 0 {
				return nil, audio.ErrCut
			}
			if over > int64(len(s.rows[0])) {
				return nil, errors.New("it ends before its last page")
			}
			s.cut(0, len(s.rows[0])-int(over))
		}
		if len(s.rows[0]) > 0 {
			return s.rows, nil
		}
	}
}

// cut leaves what lies between two samples.
func (s *stream) cut(from, to int) {
	for i, row := range s.rows {
		s.rows[i] = row[min(from, len(row)):to]
	}
}

func (s *stream) decode(packet []byte) error {
	if len(packet) == 0 {
		return nil // it stands for nothing
	}
	out, err := s.d.DecodeInto(packet, s.buffer)
	if err != nil {
		return err
	}
	channels := s.h.Channels
	n := len(out) / channels
	for c := range s.rows {
		for i := range n {
			s.rows[c] = append(s.rows[c], out[i*channels+c])
		}
	}
	s.done += int64(n)
	return nil
}
