package steps

import "encoding/binary"

// Field numbers of onnx.proto.
const (
	modelMetadata = 14 // ModelProto.metadata_props
	entryKey      = 1  // StringStringEntryProto.key
	entryValue    = 2  // StringStringEntryProto.value
)

// metadata gives an entry of an ONNX model's metadata.
func metadata(model []byte, key string) (value string, ok bool) {
	fields(model, func(num int, entry []byte) {
		if num != modelMetadata {
			return
		}
		var k, v string
		fields(entry, func(num int, content []byte) {
			switch num {
			case entryKey:
				k = string(content)
			case entryValue:
				v = string(content)
			}
		})
		if k == key {
			value, ok = v, true
		}
	})
	return value, ok
}

// fields calls visit for every field of a protobuf message that has a length.
// It stops where the message is broken.
func fields(msg []byte, visit func(num int, content []byte)) {
	for len(msg) > 0 {
		tag, n := binary.Uvarint(msg)
		if n <= 0 {
			return
		}
		msg = msg[n:]
		size := uint64(0)
		switch tag & 7 {
		case 0: // a number
			if _, n = binary.Uvarint(msg); n <= 0 {
				return
			}
			msg = msg[n:]
			continue
		case 1:
			size = 8
		case 5:
			size = 4
		case 2:
			if size, n = binary.Uvarint(msg); n <= 0 {
				return
			}
			msg = msg[n:]
		}
		if size > uint64(len(msg)) || tag&7 == 3 || tag&7 == 4 {
			return
		}
		if tag&7 == 2 {
			visit(int(tag>>3), msg[:size])
		}
		msg = msg[size:]
	}
}
