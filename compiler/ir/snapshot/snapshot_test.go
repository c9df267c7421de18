package snapshot_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
	"bentoc.dev/compiler/ir/snapshot"
)

type all struct {
	B      bool
	I      int64
	U      uint8
	F      float64
	S      string
	P, Q   *int
	L, M   []string
	N      map[string]*all
	O      map[string]int `json:"-"`
	R      json.RawMessage
	A      [2]int
	Inside struct{ X []byte }
}

// TestRound holds what JSON, and other forms, lose.
func TestRound(t *testing.T) {
	t.Parallel()
	zero := 0
	in := all{B: true, I: math.MinInt64, U: 255, F: math.Copysign(0, -1), S: "a\x00\xff", P: &zero, L: []string{}, N: map[string]*all{"": nil, "x": {S: "a\x00\xff", R: []byte("<")}}, O: map[string]int{}, R: []byte{}, A: [2]int{-1, 1}}
	data, err := snapshot.Encode(&in)
	if err != nil {
		t.Fatal(err)
	}
	var out all
	if err := snapshot.Decode(data, &out); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(in, out) || !math.Signbit(out.F) || out.L == nil || out.M != nil || out.P == nil {
		t.Errorf("%+v became %+v", in, out)
	}
	for n := range data {
		if snapshot.Decode(data[:n], new(all)) == nil {
			t.Errorf("the first %d of %d bytes are read", n, len(data))
		}
	}
	if snapshot.Decode(append(data, 0), new(all)) == nil {
		t.Error("what follows is passed over")
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, v := range []any{&struct{ x int }{}, &struct{ X any }{}, &struct{ X func() }{}, &struct{ X map[int]int }{}} {
		if _, err := snapshot.Encode(v); err == nil {
			t.Errorf("%T has a snapshot", v)
		}
	}
	type loop struct{ L *loop }
	var l loop
	l.L = &l
	if _, err := snapshot.Encode(&l); err == nil {
		t.Error("what holds itself has a snapshot")
	}
}

func FuzzDecode(f *testing.F) {
	data, err := snapshot.Encode(notation.Bento("runner r {x: string} -> {y: int}\nservice s {\n\tr runner r /r\n}\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		b := new(ir.Bento)
		if snapshot.Decode(data, b) != nil {
			return
		}
		if _, err := snapshot.Encode(b); err != nil {
			t.Error(err)
		}
	})
}
