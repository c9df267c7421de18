package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/platform"
)

// GPUPlatform is the one that servers which reach GPUs are compiled for, and on.
const GPUPlatform = "linux/amd64"

// The inputs of servers that reach GPUs.
const (
	InputCToolchain = "ctoolchain" // a C toolchain, as the root that GCC is told of
	InputCLoader    = "cloader"    // its dynamic loader alone
	InputCLibrary   = "clibrary"   // the C library of an image; missing where an engine brings it
)

// CLibraryDir is the folder of an image that has the C library, apart from that of a base.
const CLibraryDir = "/opt/gpu/lib"

// GPUTags are the build tags of servers that reach GPUs. Names of hosts and users are looked
// up in Go, as in all other servers.
const GPUTags = platform.GPUTag + ",netgo,osusergo"

// Where a step has a C toolchain, and where its programs look for their loader.
const (
	cToolchain = "/cc"
	cLoader    = "/lib64"
)

// gpuEnv are variables of an image by which NVIDIA's container runtime gives it devices,
// NVML and the driver, and the places where that may put them.
var gpuEnv = map[string]string{
	"NVIDIA_VISIBLE_DEVICES":     "all",
	"NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
	"LD_LIBRARY_PATH":            "/usr/local/nvidia/lib64:/usr/lib64:/usr/lib/x86_64-linux-gnu",
}

// reachesGPUs tells whether the server of b is compiled with what reaches GPUs.
func reachesGPUs(b *ir.Bento) bool { return len(b.GPURunners()) > 0 }

// withC has a step that compiles a server use cgo, with the C toolchain of the lock. What
// the go command keeps of C depends on headers that it does not look at, so that each
// toolchain has a cache of its own.
func (b *builder) withC(c *Compile) error {
	if c.Platform != GPUPlatform {
		return fmt.Errorf("a server that reaches GPUs is compiled for %s alone", GPUPlatform)
	}
	for _, m := range []Mount{{InputCToolchain, cToolchain}, {InputCLoader, cLoader}} {
		i := slices.IndexFunc(b.Inputs, func(in Input) bool { return in.ID == m.Input })
		if i < 0 {
			return fmt.Errorf("there is no input %s", m.Input)
		}
		c.Mounts = append(c.Mounts, m)
		if m.Input == InputCToolchain {
			_, hex, _ := strings.Cut(b.Inputs[i].DiffID, ":")
			c.Caches[0].ID += "-c" + hex[:min(12, len(hex))]
		}
	}
	flags := &c.Args[slices.IndexFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, ldflags) })]
	if b.has(InputCLibrary) {
		*flags += " -I " + path.Join(CLibraryDir, platform.Of(c.Platform).Loader) + " -r " + CLibraryDir
	}
	// Libraries that are loaded later find theirs by the server's path, which is so of the old kind alone.
	*flags += " -extldflags=-Wl,--disable-new-dtags"
	c.Env = slices.DeleteFunc(c.Env, func(kv string) bool { return kv == "CGO_ENABLED=0" || strings.HasPrefix(kv, "PATH=") })
	c.Env = append(c.Env,
		"CC="+cToolchain+"/usr/bin/x86_64-linux-gnu-gcc-12",
		"CGO_CFLAGS=--sysroot="+cToolchain+" -O2 -Wno-deprecated-declarations", // NVIDIA's headers deprecate what they declare
		"CGO_ENABLED=1",
		"CGO_LDFLAGS=--sysroot="+cToolchain,
		"LD_LIBRARY_PATH="+cToolchain+"/usr/lib/x86_64-linux-gnu",
		"PATH="+goRoot+"/bin:"+cToolchain+"/usr/bin",
	)
	slices.Sort(c.Env)
	return nil
}
