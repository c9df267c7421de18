package rest

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// FuzzHeaders: what a header says of time and of media types is read or refused. Whole
// seconds are what strconv reads, and no header makes a request wait for no time.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"2.5", "0", "1e9", ".", "00000000000000000001", "9999999999999999999999", "0.0000000001", "-1", " 1", "NaN",
		"application/json;q=0.5, */*;q=0.1", "text/*,application/json;q=0", ";q=", "*/*;q=1;q=0", "a,,b;q=2", "q=0.5;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, refused := timeoutOf(http.Header{TimeoutHeader: {text}})
		if (refused == nil) != (d > 0) {
			t.Errorf("%q: %v, %v", text, d, refused)
		}
		if n, err := strconv.ParseUint(text, 10, 32); err == nil && d != time.Duration(n)*time.Second {
			t.Errorf("%q is %v", text, d)
		}
		if refused != nil && (refused.Code != http.StatusBadRequest || len(refused.Message) > 400) {
			t.Errorf("%q: %d %s", text, refused.Code, refused.Message)
		}
		const arrow, json = "application/vnd.apache.arrow.stream", "application/json"
		if prefers([]string{text}, arrow, json) && prefers([]string{text}, json, arrow) {
			t.Errorf("%q prefers each to the other", text)
		}
		if !strings.Contains(text, "*") && !strings.Contains(strings.ToLower(text), arrow) && prefers([]string{text}, arrow, json) {
			t.Errorf("%q prefers what it does not name", text)
		}
	})
}
