package rest

import (
	"testing"
	"unsafe"
)

// TestExchangeIsSmall keeps what each request allocates at once within 512 bytes: what is
// larger and holds pointers has a header and costs the collector more.
func TestExchangeIsSmall(t *testing.T) {
	t.Parallel()
	if size := unsafe.Sizeof(exchange{}); size > 512 {
		t.Errorf("an exchange has %d bytes", size)
	}
}
