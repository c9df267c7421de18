package ir

import "testing"

// The process may have what its services declare together, if all do.
func TestServerEnv(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		memory []int64
		want   string
	}{{nil, ""}, {[]int64{0}, ""}, {[]int64{5}, "5"}, {[]int64{5, 3}, "8"}, {[]int64{5, 0}, ""}, {[]int64{0, 5}, ""}} {
		b := &Bento{Name: "x", Services: map[string]*Service{}}
		for i, n := range c.memory {
			b.Services[string(rune('a'+i))] = &Service{Resources: Resources{Memory: n}}
		}
		env := b.ServerEnv()
		if env[EnvMemory] != c.want || env[EnvDigest] != b.Digest() {
			t.Errorf("%v: %v", c.memory, env)
		}
	}
}
