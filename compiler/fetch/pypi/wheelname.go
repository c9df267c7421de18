package pypi

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/platform"
)

// wheelName is a wheel's file name, taken apart (PyPA's binary distribution
// format): NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl. Each of the last three
// may be several, parted by dots.
type wheelName struct {
	project, version, build  string
	pythons, abis, platforms []string
}

func parseWheelName(file string) (wheelName, bool) {
	stem, ok := strings.CutSuffix(file, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) != 5 && len(parts) != 6 || slices.Contains(parts, "") || strings.ContainsAny(file, "/\\") {
		return wheelName{}, false
	}
	n := len(parts)
	w := wheelName{
		project: NormalProject(parts[0]), version: normalVersion(parts[1]),
		pythons: strings.Split(parts[n-3], "."), abis: strings.Split(parts[n-2], "."), platforms: strings.Split(parts[n-1], "."),
	}
	if n == 6 {
		w.build = parts[2]
	}
	return w, true
}

// IsWheelFile reports whether file is the name of a wheel.
func IsWheelFile(file string) bool {
	_, ok := parseWheelName(file)
	return ok
}

var projectRuns = regexp.MustCompile(`[-_.]+`)

// NormalProject is the one form of a project's name (PEP 503).
func NormalProject(name string) string {
	return strings.ToLower(projectRuns.ReplaceAllString(name, "-"))
}

var versionForm = regexp.MustCompile(`^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d*))?` +
	`(?:[-_.]?(post|rev|r)[-_.]?(\d*)|-(\d+))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)

// normalVersion gives equal versions one form (PEP 440): 1.0 and 1.0.0, 1.0-rc1
// and 1.0rc1.
func normalVersion(v string) string {
	v = strings.ToLower(strings.TrimSpace(v))
	m := versionForm.FindStringSubmatch(v)
	if m == nil {
		return v
	}
	number := func(s string) string { return cmp.Or(strings.TrimLeft(s, "0"), "0") }
	release := strings.Split(m[2], ".")
	for i := range release {
		release[i] = number(release[i])
	}
	for len(release) > 1 && release[len(release)-1] == "0" {
		release = release[:len(release)-1]
	}
	out := strings.Join(release, ".")
	if epoch := number(m[1]); epoch != "0" {
		out = epoch + "!" + out
	}
	if m[3] != "" {
		short := map[string]string{"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
		out += cmp.Or(short[m[3]], m[3]) + number(m[4])
	}
	if m[5] != "" || m[7] != "" {
		out += ".post" + number(m[6]+m[7])
	}
	if m[8] != "" {
		out += ".dev" + number(m[9])
	}
	if m[10] != "" {
		out += "+" + projectRuns.ReplaceAllString(m[10], ".")
	}
	return out
}

// legacyGlibc are the platform tags from before tags said the glibc.
var legacyGlibc = map[string]int{"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}

var manylinux = regexp.MustCompile(`^(?:manylinux_2_(\d+)|(manylinux\d+)|(linux))_(\w+)$`)

// glibc gives the minor version of glibc 2 that a platform tag asks for, 0 for
// one that fits everywhere or does not say. Ok is false where the tag does not
// fit the platform, such as linux/amd64.
func glibc(tag, on string) (minor int, ok bool) {
	if tag == "any" {
		return 0, true
	}
	m := manylinux.FindStringSubmatch(tag)
	if m == nil || m[4] != platform.Of(on).Machine {
		return 0, false
	}
	switch {
	case m[1] != "":
		minor, _ = strconv.Atoi(m[1])
	case m[2] != "":
		if minor, ok = legacyGlibc[m[2]]; !ok {
			return 0, false
		}
	}
	return minor, minor <= platform.Glibc
}

// rank orders the wheels of one version that fit a platform; the smallest is
// the one to take. Wheels for any Python come before those for one, an older
// Python before a newer: what bentoc takes out of a wheel is the same in all of
// them. Ok is false where the wheel does not fit.
func (w wheelName) rank(platform string) (rank []int, ok bool) {
	best := -1
	for _, tag := range w.platforms {
		if minor, fits := glibc(tag, platform); fits {
			best = max(best, minor)
		}
	}
	if best < 0 {
		return nil, false
	}
	python := 1 << 20
	for _, p := range w.pythons {
		python = min(python, pythonRank(p))
	}
	abi := 1
	if strings.HasSuffix(w.abis[0], "t") && strings.HasPrefix(w.abis[0], "cp") {
		abi = 2 // free-threaded
	}
	if slices.Contains(w.abis, "none") || slices.Contains(w.abis, "abi3") {
		abi = 0
	}
	build, _ := strconv.Atoi(strings.TrimRight(w.build, "abcdefghijklmnopqrstuvwxyz_"))
	return []int{python, abi, -best, -build}, true
}

// pythonRank is 0 for any Python 3, 311 for CPython 3.11.
func pythonRank(tag string) int {
	if digits, ok := strings.CutPrefix(tag, "py3"); ok {
		minor, _ := strconv.Atoi(digits)
		return minor
	}
	digits, ok := strings.CutPrefix(tag, "cp3")
	minor, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 1 << 20
	}
	return 300 + minor
}

// tags gives the platform tags that fit a platform, the best first.
func tags(on string) (all []string) {
	machine := platform.Of(on).Machine
	for minor := platform.Glibc; minor >= 5; minor-- {
		all = append(all, fmt.Sprintf("manylinux_2_%d_%s", minor, machine))
		for _, name := range []string{"manylinux2014", "manylinux2010", "manylinux1"} {
			if legacyGlibc[name] == minor {
				all = append(all, name+"_"+machine)
			}
		}
	}
	return append(all, "linux_"+machine)
}
