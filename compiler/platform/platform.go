// Package platform is the one table of what images are built for, and of what others
// call each platform. A new platform is a row here, an arm of the schema's #Platform,
// and its checksums in compiler/pin.
package platform

import "slices"

// The Debian release that images get the C library of where they need one.
const (
	DebianSuite = "bookworm"
	Glibc       = 36 // its minor version, of glibc 2
)

// Platform is an operating system and an architecture.
type Platform struct {
	Name      string // as the schema and OCI have it, such as linux/amd64
	OS, Arch  string // Go's GOOS and GOARCH, which are OCI's os and architecture too
	Level     string // the environment variable by which Go compiles for every machine of it
	Variant   string // OCI's variant that every machine of it has
	Debian    string // Debian's architecture
	Multiarch string // the folder below usr/lib that Debian has its libraries in
	Loader    string // the file name of the dynamic loader of glibc
	Machine   string // what Python's platform tags end in
}

var all = []Platform{
	{
		Name: "linux/amd64", OS: "linux", Arch: "amd64", Level: "GOAMD64=v1", Variant: "v1",
		Debian: "amd64", Multiarch: "x86_64-linux-gnu", Loader: "ld-linux-x86-64.so.2", Machine: "x86_64",
	},
	{
		Name: "linux/arm64", OS: "linux", Arch: "arm64", Level: "GOARM64=v8.0", Variant: "v8",
		Debian: "arm64", Multiarch: "aarch64-linux-gnu", Loader: "ld-linux-aarch64.so.1", Machine: "aarch64",
	},
}

// All gives the platforms, sorted by name.
func All() []Platform { return slices.Clone(all) }

// Names gives the names of the platforms, sorted.
func Names() []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return names
}

// Known reports whether anything is built for a platform of this name.
func Known(name string) bool { return Of(name).Name != "" }

// Of gives the platform of a name; one that nothing is built for is the zero
// Platform.
func Of(name string) Platform {
	for _, p := range all {
		if p.Name == name {
			return p
		}
	}
	return Platform{}
}

// GPUTag is the build tag of servers that reach GPUs, which are compiled with cgo.
const GPUTag = "gpu"
