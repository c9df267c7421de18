package http1

import (
	"io"
	"net"
	"testing"
)

// again is a connection on which the same requests come again and again.
type again struct {
	net.Conn
	data []byte
}

func (a again) Read(p []byte) (int, error) { return copy(p, a.data), nil }

// BenchmarkRequest is what looking at a common request costs, and at none.
func BenchmarkRequest(b *testing.B) {
	const head = "POST /predict HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nUser-Agent: python-httpx/0.28.1\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nTraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nContent-Length: 22\r\n\r\n"
	data := []byte(head + `{"name":"Ada","n":123}`)
	buf := make([]byte, 4096)
	for _, bc := range []struct {
		name string
		conn io.Reader
	}{{"bare", again{data: data}}, {"looked at", New(again{data: data}, nil)}} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := bc.conn.Read(buf); n != len(data) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}
