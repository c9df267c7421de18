// Command audio decodes the recordings of a folder for judge.py, which compares them
// with what other decoders make of them. For each file it writes one of 32-bit floats,
// row by row, named after it, and a line of JSON.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"bentoc.dev/runtime/codec/audio"
	"bentoc.dev/runtime/codec/audio/mp3"
	"bentoc.dev/runtime/codec/audio/vorbis"
)

// formats are those that are judged, by the end of a file's name.
var formats = map[string]*audio.Format{".mp3": &mp3.Format, ".ogg": &vorbis.Format}

// result is what is said of a file.
type result struct {
	File     string `json:"file"`
	Rate     int    `json:"rate"`
	Channels int    `json:"channels"`
	Error    string `json:"error,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: audio FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string, w io.Writer) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	out := json.NewEncoder(w)
	for _, f := range files {
		format := formats[filepath.Ext(f.Name())]
		if format == nil {
			continue
		}
		path := filepath.Join(folder, f.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r := result{File: f.Name()}
		rows, err := decode(format, data, &r)
		if err != nil {
			r.Error = strings.TrimSpace(err.Error())
		} else if err := os.WriteFile(path+".f32", rows, 0o600); err != nil {
			return err
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// decode gives the rows of a recording one behind the other.
func decode(format *audio.Format, data []byte, r *result) ([]byte, error) {
	s, err := audio.Opened(format, data)
	if err != nil {
		return nil, err
	}
	h := s.Header()
	r.Rate, r.Channels = h.Rate, h.Channels
	rows := make([][]byte, h.Channels)
	n := int64(0)
	for {
		block, err := audio.Next(s)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		n += int64(len(block[0]))
		for c, row := range block {
			for _, x := range row {
				rows[c] = binary.LittleEndian.AppendUint32(rows[c], math.Float32bits(x))
			}
		}
	}
	if h.Len >= 0 && n != h.Len {
		return nil, fmt.Errorf("it has %d samples, not the %d that its header says", n, h.Len)
	}
	return bytes.Join(rows, nil), nil
}
