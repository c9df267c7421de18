package model

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/store"
)

func init() {
	fixtures["http"] = func(t *testing.T) fixture {
		var text atomic.Value
		text.Store(content)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(text.Load().(string)))
		}))
		t.Cleanup(server.Close)
		sum := strings.TrimPrefix(store.DigestOf([]byte(content)), "sha256:")
		return fixture{
			model:  &ir.Model{Source: ir.Source{HTTP: &ir.HTTPSource{URL: server.URL + "/m.onnx", SHA256: sum}}},
			change: func() { text.Store("other bytes") }, remove: server.Close,
		}
	}
}
