package diff

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// factRules are about what the locks, or the images, of the two sides say beside the
// bento: versions, digests and sizes.
var factRules = []Rule{
	{
		ID: "library-changed", Audience: Operator, Severity: Risky,
		Purpose: "the image has another version of a library, a package or the toolchain",
		Explain: "A new major version, or an older one, may behave otherwise or bring back what was mended. A new version of the library that computes models can give numbers that differ in their last digits. Other steps forward are safe as far as their numbers tell.",
		Cure:    "read what its authors say has changed",
		On: facts(func(c *Call, old, new Facts) {
			for _, name := range slices.Sorted(maps.Keys(new.Versions)) {
				was, is := old.Versions[name], new.Versions[name]
				if was == "" || was == is {
					continue
				}
				f := Finding{Path: name, Before: was, After: is}
				switch step, forward := versionStep(was, is); {
				case !forward:
					f.Reason = "it is an older version: what was mended since may be back"
				case strings.Contains(name, "/onnxruntime"):
					f.Reason = "models are computed by another version: numbers may differ in their last digits, and the speed too"
				case step == majorStep:
					f.Reason = "it is another major version, which may behave otherwise"
				default:
					f.Severity, f.Reason = Safe, "it is a newer version"
				}
				c.findBeside(f)
			}
		}),
	},
	{
		ID: "library-added", Audience: Operator, Severity: Safe,
		Purpose: "the image has one more library or package",
		Explain: "Who watches over licences and vulnerabilities has one more to watch.",
		On: facts(func(c *Call, old, new Facts) {
			for _, name := range missingKeys(new.Versions, old.Versions) {
				c.findBeside(Finding{Path: name, After: new.Versions[name], Reason: "it is new in the image"})
			}
		}),
	},
	{
		ID: "library-removed", Audience: Operator, Severity: Safe,
		Purpose: "the image has a library or package no more",
		Explain: "What uses it fails the build, so that nothing does.",
		On: facts(func(c *Call, old, new Facts) {
			for _, name := range missingKeys(old.Versions, new.Versions) {
				c.findBeside(Finding{Path: name, Before: old.Versions[name], Reason: "it is not in the image any more"})
			}
		}),
	},
	{
		ID: "base-updated", Audience: Operator, Severity: Risky,
		Purpose: "the same reference of a base leads to another image",
		Explain: "The bento says the same as before, but the base was published anew: its files, such as certificates and the C library, may be other ones.",
		Cure:    "start the image and call what uses files of the base",
		On: facts(func(c *Call, old, new Facts) {
			if baseText(c.Old.Bento.Base) != baseText(c.New.Bento.Base) {
				return // which is a finding of its own
			}
			for _, platform := range slices.Sorted(maps.Keys(new.Bases)) {
				if was, is := old.Bases[platform], new.Bases[platform]; was != "" && was != is {
					c.Find("base", Finding{Before: shortDigest(was), After: shortDigest(is), Reason: "the base for " + platform + " was published anew"})
				}
			}
		}),
	},
	{
		ID: "size-grown", Audience: Bill, Severity: Risky,
		Purpose: "the image, a layer or a download has grown by a tenth or more",
		Explain: "Everything that is stored, pushed and pulled costs by its size, and a new instance is ready later. What has grown by less than a tenth is safe, and by less than a hundredth is not said.",
		Cure:    "see what has grown, and whether it belongs into the image",
		On: sizes(func(c *Call, name string, was, is int64) {
			if is-was < max(was/100, 64<<10) {
				return
			}
			f := Finding{Path: name, Before: aboutBytes(was), After: aboutBytes(is), Reason: fmt.Sprintf("it is %s larger (%+.0f %%)", aboutBytes(is-was), percent(was, is))}
			if is-was < max(was/10, 1<<20) {
				f.Severity = Safe
			}
			c.findBeside(f)
		}),
	},
	{
		ID: "size-shrunk", Audience: Bill, Severity: Safe,
		Purpose: "the image, a layer or a download is smaller",
		Explain: "What shrank by less than a hundredth is not said.",
		On: sizes(func(c *Call, name string, was, is int64) {
			if was-is >= max(was/100, 64<<10) {
				c.findBeside(Finding{Path: name, Before: aboutBytes(was), After: aboutBytes(is), Reason: fmt.Sprintf("it is %s smaller (%+.0f %%)", aboutBytes(was-is), percent(was, is))})
			}
		}),
	},
}

// facts shows what is known of both sides; where one is not known nothing can be said.
func facts(f func(c *Call, old, new Facts)) Handler {
	return changed(func(c *Call, _, _ *ir.Bento) {
		if c.Old.Facts.Known && c.New.Facts.Known {
			f(c, c.Old.Facts, c.New.Facts)
		}
	})
}

// sizes shows what both sides know the size of.
func sizes(f func(c *Call, name string, was, is int64)) Handler {
	return changed(func(c *Call, _, _ *ir.Bento) {
		new := c.New.Facts.Sizes
		for _, name := range slices.Sorted(maps.Keys(new)) {
			if was, is := c.Old.Facts.Sizes[name], new[name]; was > 0 && is > 0 {
				f(c, name, was, is)
			}
		}
	})
}

func percent(was, is int64) float64 { return 100 * float64(is-was) / float64(was) }

// stepSize is how far apart two versions are.
type stepSize int

const (
	minorStep stepSize = iota
	majorStep          // the first number differs, or the second after a 0
)

// versionStep compares two versions number by number. Two whose numbers are the same
// differ by words alone, which is no step back.
func versionStep(was, is string) (step stepSize, forward bool) {
	a, b := numbersOf(was), numbersOf(is)
	for i := range max(len(a), len(b)) {
		var x, y uint64
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x == y {
			continue
		}
		if i == 0 || i == 1 && a[0] == 0 {
			step = majorStep
		}
		return step, y > x
	}
	return minorStep, true
}

// numbersOf gives the numbers of a version in order. An epoch of Debian's comes first, as
// it does in its order.
func numbersOf(version string) (numbers []uint64) {
	if !strings.Contains(version, ":") {
		version = "0:" + version
	}
	epoch, rest, _ := strings.Cut(version, ":")
	words := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	for _, w := range words {
		n, err := strconv.ParseUint(w, 10, 64)
		if err != nil {
			n = ^uint64(0)
		}
		numbers = append(numbers, n)
	}
	if e, err := strconv.ParseUint(epoch, 10, 64); err == nil && e > 0 {
		numbers = append([]uint64{1<<32 + e}, numbers...)
	}
	return numbers
}
