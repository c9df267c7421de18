package need

import (
	"slices"

	"bentoc.dev/compiler/platform"
)

// cToolchain are the Debian packages that a server with cgo is compiled with: GCC, the
// assembler and linker of binutils, what these need, and the headers of the C library.
var cToolchain = []string{
	"binutils-x86-64-linux-gnu", "cpp-12", "gcc-12", "libbinutils", "libc6", "libc6-dev", "libctf-nobfd0", "libctf0",
	"libgcc-12-dev", "libgcc-s1", "libgmp10", "libisl23", "libjansson4", "libmpc3", "libmpfr6", "libzstd1", "linux-libc-dev", "zlib1g",
}

// CToolchain gives the Debian packages that a server with cgo is compiled with.
func CToolchain() []string { return slices.Clone(cToolchain) }

// gpus is what servers that reach GPUs need: a C toolchain for the step that compiles
// them, and the C library, into which NVIDIA's is loaded.
func gpus(platforms []string) (items []Item) {
	for _, on := range platforms {
		for _, name := range cToolchain {
			items = append(items, Item{Kind: Deb, Name: name, Platform: on})
		}
	}
	return items
}

// CLibrary gives the Debian package of the C library, and the files of it that a server
// with cgo is started with.
func CLibrary(on string) (pkg string, names []string) {
	return libraries[0].pkg, append(slices.Clone(libraries[0].names), platform.Of(on).Loader)
}
