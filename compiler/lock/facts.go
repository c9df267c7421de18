package lock

import (
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// contents are the kinds of what is in images, and of what made it.
var contents = []string{KindBase, KindDeb, KindModel, KindModule, KindToolchain, KindWheel}

// Contents gives what the lock says of what is in images. What it says of the sources, such as
// figures of the last build, is left out: an image does not change with it.
func (f *File) Contents() *File {
	return newFile(slices.DeleteFunc(slices.Clone(f.all()), func(e Entry) bool { return !slices.Contains(contents, e.Kind) }))
}

// Versions gives what the lock has chosen, by package URL without the version, such as
// "pkg:pypi/onnxruntime". Where platforms have different ones all are in it, sorted and
// joined by a comma. The checksums of what bentoc brings itself are not versions.
func (f *File) Versions() map[string]string {
	found := map[string][]string{}
	add := func(purl, version string) {
		if !slices.Contains(found[purl], version) {
			found[purl] = append(found[purl], version)
		}
	}
	for _, e := range f.all() {
		switch e.Kind {
		case KindWheel:
			add("pkg:pypi/"+e.Name, e.Fields[0])
		case KindDeb:
			add("pkg:deb/debian/"+e.Name, e.Fields[0])
		case KindToolchain:
			version, _, _ := strings.Cut(strings.TrimPrefix(e.Fields[0], "v0.0.1-"), ".linux")
			add("pkg:generic/go", strings.TrimPrefix(version, "go"))
		case KindModule:
			if version, goMod := strings.CutSuffix(e.Fields[0], "/go.mod"); !goMod {
				add("pkg:golang/"+e.Name, version)
			}
		}
	}
	versions := map[string]string{}
	for purl, all := range found {
		slices.Sort(all)
		versions[purl] = strings.Join(all, ", ")
	}
	return versions
}

// Bases gives the digest of the base image for each platform.
func (f *File) Bases() map[string]string {
	bases := map[string]string{}
	for _, e := range f.Of(KindBase, "") {
		bases[e.Fields[0]] = e.Fields[1]
	}
	return bases
}

// ModelDigests gives the digest of what each of the models is, by name: that of its
// file, and of files that lie beside it. One that the lock does not have, or has from another
// source, is not in it.
func (f *File) ModelDigests(models map[string]*ir.Model) map[string]string {
	digests := map[string]string{}
	for name, m := range models {
		var all []string
		for _, file := range f.ModelFiles(name, m) {
			all = append(all, file.Digest)
		}
		if len(all) > 0 {
			slices.Sort(all)
			digests[name] = strings.Join(all, " ")
		}
	}
	return digests
}

// ModelSizes gives the bytes of each of the models, by "models.NAME".
func (f *File) ModelSizes(models map[string]*ir.Model) map[string]int64 {
	sizes := map[string]int64{}
	for name, m := range models {
		for _, file := range f.ModelFiles(name, m) {
			sizes["models."+name] += file.Size
		}
	}
	return sizes
}
