package diag

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"threads", "instances", "model", "y", "image"}
	for _, c := range []struct{ word, want string }{
		{"threds", "threads"},
		{"instnaces", "instances"},
		{"Model", "model"},
		{"imgae", "image"},
		{"x", ""},
		{"batching", ""},
		{"", ""},
		{"modal", "model"},
	} {
		if got := Nearest(c.word, names); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
