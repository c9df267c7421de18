package rest_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"bentoc.dev/runtime/spec"
)

// Every answer says how long it is, whoever writes that.
func TestEveryAnswerHasALength(t *testing.T) {
	t.Parallel()
	h := start(t, spec.Service{}, endpoint{Run: func(_ context.Context, in any) (any, error) {
		n, err := strconv.Atoi(in.(string))
		return strings.Repeat("x", n), err
	}})
	for _, n := range []int{0, 1, 99, 100, 2047, 2048, 2049, 4096, 100_000} {
		resp, err := h.client.Do(h.request(http.MethodPost, "application/json", strings.NewReader(strconv.Itoa(n))))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.ContentLength != int64(n) || len(body) != n || err != nil || resp.TransferEncoding != nil {
			t.Errorf("%d bytes: length %d, coding %v, got %d, %v", n, resp.ContentLength, resp.TransferEncoding, len(body), err)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		resp, err := h.client.Do(h.request(method, "", nil))
		if err != nil {
			t.Fatal(err)
		}
		if _ = resp.Body.Close(); resp.StatusCode != http.StatusMethodNotAllowed || resp.ContentLength <= 0 {
			t.Errorf("%s: %d with length %d", method, resp.StatusCode, resp.ContentLength)
		}
	}
}
