package ir

import "strconv"

// Variables that an image sets for its server, which has the same names: what the
// server knows of its bento without being compiled for it. A bento does not set them.
const (
	EnvDigest = "BENTOC_DIGEST" // of the IR
	EnvMemory = "BENTOC_MEMORY" // bytes that the services declare together
)

// IsServerEnv tells whether a variable is one of those.
func IsServerEnv(name string) bool { return name == EnvDigest || name == EnvMemory }

// ServerEnv gives the variables that an image of b sets for its server, by name. One
// that has nothing to say is "", so that none of a base image stands in for it.
func (b *Bento) ServerEnv() map[string]string {
	env := map[string]string{EnvDigest: b.Digest(), EnvMemory: ""}
	total := int64(0)
	for _, s := range b.Services {
		if s.Resources.Memory == 0 { // it may take what it likes, and so may all
			return env
		}
		total += s.Resources.Memory
	}
	if total > 0 {
		env[EnvMemory] = strconv.FormatInt(total, 10)
	}
	return env
}
