// Package pin names the versions of others' programs that bentoc brings: their bytes
// reach images, so that they are part of bentoc and not the machine's.
package pin

import (
	"fmt"
	"strings"

	"golang.org/x/mod/module"

	"bentoc.dev/compiler/fetch/gomod"
)

// GoVersion is the Go that compiles servers.
const GoVersion = "go1.26.8"

// toolchainSums are the h1 sums of the module golang.org/toolchain for
// GoVersion, by platform, as the public checksum database has them.
var toolchainSums = map[string]string{
	"linux/amd64":  "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=",
	"linux/arm64":  "h1:sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=",
	"darwin/amd64": "h1:7/9KPPN8PckcA9s91hm2jmQMhzW4KyTJXHIs45L0C9M=",
	"darwin/arm64": "h1:dFjGhY6f8DTsY8/rLchUTDRRfjJP4pCrGCwxvHFT2Fg=",
}

// Toolchain gives the toolchain that runs on platform.
func Toolchain(platform string) (gomod.Toolchain, error) {
	sum, ok := toolchainSums[platform]
	if !ok {
		return gomod.Toolchain{}, fmt.Errorf("finding a Go toolchain: there is none for %s", platform)
	}
	version := "v0.0.1-" + GoVersion + "." + strings.ReplaceAll(platform, "/", "-")
	return gomod.Toolchain{Platform: platform, Module: module.Version{Path: "golang.org/toolchain", Version: version}, Sum: sum}, nil
}
