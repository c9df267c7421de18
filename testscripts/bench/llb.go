package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ops counts the build steps of all platforms of a bento; what platforms share
// counts once, as BuildKit runs it once.
func (b *bench) ops(p project) (int, error) {
	dir := filepath.Join(b.work, p.name+".llb")
	if _, _, err := b.bentoc(p.dir, p.state, "compile", "--emit=llb", "-o", dir); err != nil {
		return 0, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.llb"))
	if err != nil {
		return 0, err
	}
	distinct := map[string]bool{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		if err := addOps(distinct, data); err != nil {
			return 0, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return len(distinct), nil
}

// Of the messages pb.Definition and pb.Op of BuildKit, all that counting needs.
const (
	definitionDef = 1 // Definition.def: the ops, as bytes
	opInputs      = 1 // Op.inputs; the last op, which has nothing else, only names the result
	bytesType     = 2 // the wire type of both
)

// addOps adds the ops of a definition to those that are known.
func addOps(distinct map[string]bool, definition []byte) error {
	return fields(definition, func(number int, op []byte) error {
		if number != definitionDef {
			return nil
		}
		does := false
		err := fields(op, func(number int, _ []byte) error {
			does = does || number != opInputs
			return nil
		})
		if does {
			distinct[string(op)] = true
		}
		return err
	})
}

// fields visits the fields of a protobuf message. Those that are numbers have no
// content.
func fields(msg []byte, visit func(number int, content []byte) error) error {
	for len(msg) > 0 {
		tag, n := binary.Uvarint(msg)
		if n <= 0 {
			return errors.New("it is no protobuf message")
		}
		length, m := binary.Uvarint(msg[n:])
		if m <= 0 {
			return errors.New("it is no protobuf message")
		}
		msg = msg[n+m:]
		var content []byte
		switch tag & 7 {
		case 0:
		case bytesType:
			if length > uint64(len(msg)) {
				return errors.New("it ends early")
			}
			content, msg = msg[:length], msg[length:]
		default:
			return fmt.Errorf("wire type %d was not expected", tag&7)
		}
		if err := visit(int(tag>>3), content); err != nil {
			return err
		}
	}
	return nil
}
