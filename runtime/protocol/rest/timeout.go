package rest

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/serve"
)

// Headers by which a client says how long it waits for the answer, from when its request
// came. Of several, and of the endpoint's own timeout, the least wins.
const (
	// TimeoutHeader is in seconds, such as 2.5.
	TimeoutHeader = "X-Request-Timeout"
	// ProxyTimeoutHeader is in milliseconds; Envoy, and so Istio, sets it to what is
	// left of a route's timeout.
	ProxyTimeoutHeader = "X-Envoy-Expected-Rq-Timeout-Ms"
)

// timeoutOf reads how long the client waits; 0 where it does not say.
func timeoutOf(h http.Header) (least time.Duration, refused *serve.Status) {
	for _, from := range [...]struct {
		header string
		unit   time.Duration
	}{{TimeoutHeader, time.Second}, {ProxyTimeoutHeader, time.Millisecond}} {
		for _, text := range h[from.header] {
			d, ok := amount(text, from.unit)
			if !ok {
				return 0, &serve.Status{Code: http.StatusBadRequest, Reason: metrics.BadInput,
					Message: fmt.Sprintf("header %s is %q: want %s above 0, such as 2500", from.header, clipped(text), unitName(from.unit))}
			}
			if least == 0 || d < least {
				least = d
			}
		}
	}
	return least, nil
}

// amount reads digits, with a point or none, of a unit. What no clock counts to is as
// long as there is.
func amount(text string, unit time.Duration) (time.Duration, bool) {
	if strings.Trim(text, "0123456789.") != "" {
		return 0, false // no sign, exponent or infinity
	}
	n, err := strconv.ParseFloat(text, 64)
	if n *= float64(unit); err != nil && !math.IsInf(n, 1) || n <= 0 {
		return 0, false
	}
	if n >= math.MaxInt64 {
		return math.MaxInt64, true
	}
	return max(time.Duration(n), 1), true
}

func unitName(unit time.Duration) string {
	if unit == time.Second {
		return "seconds"
	}
	return "milliseconds"
}

// clipped is a piece of text that fits into a message.
func clipped(text string) string {
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return strings.ToValidUTF8(text, "�")
}
