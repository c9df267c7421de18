// Command tables reads and writes Arrow as servers do, for judge.py in this folder, which
// holds it against pyarrow.
//
//	go run ./testscripts/tables FOLDER
//
// FOLDER has streams, NAME.arrow. For each it prints a line of JSON, {"file": …} with the
// error, or with the columns as the server's JSON writes them, and writes NAME.arrow.out,
// what the server answers with the same table.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/codec/arrow"
	"bentoc.dev/runtime/spec"
)

// cells is a table with a column of each type, in which cells may be null, or not.
type cells struct {
	B  []bool
	BN []*bool
	I  []int64
	IN []*int64
	F  []float64
	FN []*float64
	S  []string
	SN []*string
	Y  [][]byte
	YN []*[]byte
}

func columns(v *cells) codec.Table {
	return codec.Table{Columns: []codec.Column{
		codec.Cells("b", &v.B, codec.ReadBool, nil).Optional(), codec.NullCells("bn", &v.BN, codec.ReadBool, nil).Optional(),
		codec.Cells("i", &v.I, codec.ReadInt, nil).Optional(), codec.NullCells("in", &v.IN, codec.ReadInt, nil).Optional(),
		codec.Cells("f", &v.F, codec.ReadFloat, nil).Optional(), codec.NullCells("fn", &v.FN, codec.ReadFloat, nil).Optional(),
		codec.Cells("s", &v.S, codec.ReadString, nil).Optional(), codec.NullCells("sn", &v.SN, codec.ReadString, nil).Optional(),
		codec.Cells("y", &v.Y, codec.ReadBytes, nil).Optional(), codec.NullCells("yn", &v.YN, codec.ReadBytes, nil).Optional(),
	}}
}

func or[T any](write func([]byte, T) []byte) func([]byte, *T) []byte {
	return func(b []byte, v *T) []byte { return codec.AppendNullable(b, v, write) }
}

func appendCells(b []byte, v cells) []byte {
	return codec.AppendColumns(b,
		codec.Writes("b", v.B, codec.AppendBool).Optional(v.B == nil), codec.Writes("bn", v.BN, or(codec.AppendBool)).Optional(v.BN == nil),
		codec.Writes("i", v.I, codec.AppendInt).Optional(v.I == nil), codec.Writes("in", v.IN, or(codec.AppendInt)).Optional(v.IN == nil),
		codec.Writes("f", v.F, codec.AppendFloat).Optional(v.F == nil), codec.Writes("fn", v.FN, or(codec.AppendFloat)).Optional(v.FN == nil),
		codec.Writes("s", v.S, codec.AppendString).Optional(v.S == nil), codec.Writes("sn", v.SN, or(codec.AppendString)).Optional(v.SN == nil),
		codec.Writes("y", v.Y, codec.AppendBytes).Optional(v.Y == nil), codec.Writes("yn", v.YN, or(codec.AppendBytes)).Optional(v.YN == nil),
	)
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.arrow"))
	if err != nil {
		return err
	}
	in, out := arrow.Input(codec.Literal, columns), arrow.Output(codec.Literal, columns)
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		line := struct {
			File    string          `json:"file"`
			Error   string          `json:"error,omitempty"`
			Columns json.RawMessage `json:"columns,omitempty"`
		}{File: filepath.Base(file)}
		v, err := in.Decode(&spec.Source{Body: body})
		if err != nil {
			line.Error = err.Error()
		} else {
			answer, err := out.Encode(v)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			if err := os.WriteFile(file+".out", answer.Body, 0o600); err != nil {
				return err
			}
			// As a text: it may have NaN in it, which is no JSON.
			line.Columns, _ = json.Marshal(string(appendCells(nil, v.(cells))))
		}
		b, err := json.Marshal(line)
		if err != nil {
			return err
		}
		fmt.Println(string(b))
	}
	return nil
}
