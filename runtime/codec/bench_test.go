package codec_test

import (
	"encoding/json"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

const small = `{"id":12345,"name":"Ada","price":19.99,"paid":true,"tags":["a","b"],"counts":{"x":1},"note":"hello world"}`

type jsonOrder struct {
	ID     int64            `json:"id"`
	Name   string           `json:"name"`
	Price  float64          `json:"price"`
	Paid   bool             `json:"paid"`
	Tags   []string         `json:"tags"`
	Counts map[string]int64 `json:"counts"`
	Note   *string          `json:"note"`
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(small)))
	req := &spec.Source{ContentType: "application/json", Body: []byte(small)}
	for b.Loop() {
		if _, err := codec.JSONObject(codec.Refuse, readOrder).Decode(req); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeEncodingJSON(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(small)))
	body := []byte(small)
	for b.Loop() {
		var v jsonOrder
		if err := json.Unmarshal(body, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func appendOrder(b []byte, v order) []byte {
	b = append(b, `{"id":`...)
	b = codec.AppendInt(b, v.ID)
	b = append(b, `,"name":`...)
	b = codec.AppendString(b, v.Name)
	b = append(b, `,"price":`...)
	b = codec.AppendFloat(b, v.Price)
	b = append(b, `,"paid":`...)
	b = codec.AppendBool(b, v.Paid)
	b = append(b, `,"tags":`...)
	b = codec.AppendList(b, v.Tags, codec.AppendString)
	return append(b, '}')
}

func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	v := order{ID: 12345, Name: "Ada", Price: 19.99, Paid: true, Tags: []string{"a", "b"}}
	for b.Loop() {
		p, err := codec.Encode(v, codec.Refuse, appendOrder)
		if err != nil {
			b.Fatal(err)
		}
		p.Release()
	}
}

func BenchmarkEncodeEncodingJSON(b *testing.B) {
	b.ReportAllocs()
	v := jsonOrder{ID: 12345, Name: "Ada", Price: 19.99, Paid: true, Tags: []string{"a", "b"}}
	for b.Loop() {
		if _, err := json.Marshal(v); err != nil {
			b.Fatal(err)
		}
	}
}
