package onnxtest

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// message is an encoded protocol buffer message.
type message []byte

func (m message) with(f func(*message)) message {
	f(&m)
	return m
}

func (m *message) key(field, wire int) {
	*m = binary.AppendUvarint(*m, uint64(field<<3|wire))
}

func (m *message) number(field, v int) {
	m.key(field, 0)
	*m = binary.AppendUvarint(*m, uint64(v))
}

func (m *message) float(field int, v float32) {
	m.key(field, 5)
	*m = binary.LittleEndian.AppendUint32(*m, math.Float32bits(v))
}

func (m *message) text(field int, s string) { m.nested(field, []byte(s)) }

func (m *message) nested(field int, b []byte) {
	m.key(field, 2)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
