package picture

import (
	"bytes"
	"encoding/binary"
)

// The Exif tag of a picture's orientation, and its values: how the stored rows
// have to be turned to be seen upright (Exif 2.32, 4.6.4 A).
const (
	tagOrientation = 0x0112
	upright        = 1
	transposed     = 5 // from here on width and height change places
	lastTurn       = 8
)

// orientation gives the orientation that a picture's Exif data asks for, 1 to 8.
// It is 1 where there is none, or none that can be read.
func orientation(format string, data []byte) int {
	switch format {
	case "jpeg":
		return tiffOrientation(jpegExif(data))
	case "png":
		return tiffOrientation(pngExif(data))
	case "webp":
		return tiffOrientation(riffChunk(data, "EXIF"))
	}
	return upright
}

// jpegExif gives the Exif data of a JPEG: the first segment APP1 that says so.
func jpegExif(data []byte) []byte {
	for data = data[2:]; len(data) >= 4; {
		if data[0] != 0xff {
			return nil
		}
		marker := data[1]
		if marker == 0xff { // a fill byte
			data = data[1:]
			continue
		}
		if marker == 0x01 || marker >= 0xd0 && marker <= 0xd7 { // they have no length
			data = data[2:]
			continue
		}
		size := int(binary.BigEndian.Uint16(data[2:]))
		if marker == 0xda || size < 2 || 2+size > len(data) { // the pixels begin
			return nil
		}
		segment := data[4 : 2+size]
		if marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00")) {
			return segment
		}
		data = data[2+size:]
	}
	return nil
}

// pngExif gives the Exif data of a PNG: its chunk eXIf, wherever it stands.
func pngExif(data []byte) []byte {
	for data = data[8:]; len(data) >= 12; {
		size := uint64(binary.BigEndian.Uint32(data))
		if size > uint64(len(data)-12) {
			return nil
		}
		if string(data[4:8]) == "eXIf" {
			return data[8 : 8+size]
		}
		data = data[12+size:]
	}
	return nil
}

// tiffOrientation reads the orientation out of Exif data, which is a TIFF file,
// in some pictures behind the mark that JPEG puts before it.
func tiffOrientation(exif []byte) int {
	if rest, ok := bytes.CutPrefix(exif, []byte("Exif\x00")); ok && len(rest) > 0 {
		exif = rest[1:]
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(exif, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(exif, []byte("II*\x00")):
		return upright
	}
	if len(exif) < 8 {
		return upright
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return upright
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < 12 {
			return upright
		}
		if order.Uint16(entries) == tagOrientation {
			return orientationValue(order, entries)
		}
		entries = entries[12:]
	}
	return upright
}

// orientationValue reads the value of an entry: one number of 8, 16 or 32 bits.
func orientationValue(order binary.ByteOrder, entry []byte) int {
	if order.Uint32(entry[4:]) != 1 {
		return upright
	}
	var v uint32
	switch order.Uint16(entry[2:]) {
	case 1:
		v = uint32(entry[8])
	case 3:
		v = uint32(order.Uint16(entry[8:]))
	case 4:
		v = order.Uint32(entry[8:])
	}
	if v < upright || v > lastTurn {
		return upright
	}
	return int(v)
}
