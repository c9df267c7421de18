package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/revision"
)

// operandKind is something that diff compares.
type operandKind struct {
	prefix  string // such as "git", written in front of a colon
	purpose string
	// reads tells, for an operand without a prefix, how it may be read as one of this
	// kind: "the folder x"; "" where it cannot be.
	reads func(o *operands, text string) string
}

// operandKinds has the rows, in the order of the help.
var operandKinds = []operandKind{
	{"path", "a bento.cue or its folder", readsPath},
	{"git", "REV or REV:PATH, as it was at a revision of git; without PATH\nwhere the other side's bento lies. PATH is below the root of the\nrepository, or ./ the current folder", readsRevision},
	{"image", "an OCI archive, a layout folder, an archive for docker load, or a\nreference to a registry: the IR that it was built from", readsImage},
	{"ir", "what bentoc compile --emit=ir printed", readsIR},
	{"lock", "a bento.lock: the other side's bento, locked by it", readsLock},
}

// operand is one side of a comparison, as the command line names it.
type operand struct {
	kind string // a prefix of operandKinds
	text string // what stands behind the prefix
}

func (o operand) String() string { return o.kind + ":" + o.text }

// revision takes the operand of a revision apart.
func (o operand) revision() (rev, at string) {
	rev, at, _ = strings.Cut(o.text, ":")
	return rev, at
}

// operands reads operands where the command runs.
type operands struct {
	opened map[string]opened // by the folder that it was looked for from
}

type opened struct {
	repo *revision.Repository
	err  error
}

// repository opens the repository that a folder lies in, once.
func (o *operands) repository(dir string) (*revision.Repository, error) {
	if o.opened == nil {
		o.opened = map[string]opened{}
	}
	found, ok := o.opened[dir]
	if !ok {
		found.repo, found.err = revision.Open(dir)
		o.opened[dir] = found
	}
	return found.repo, found.err
}

func (o *operands) close() {
	for _, found := range o.opened {
		if found.repo != nil {
			found.repo.Close()
		}
	}
}

// parse reads an operand. One that may be two things is a mistake of the command line.
func (o *operands) parse(text string) (operand, error) {
	if prefix, rest, ok := strings.Cut(text, ":"); ok {
		if slices.ContainsFunc(operandKinds, func(k operandKind) bool { return k.prefix == prefix }) {
			if rest == "" {
				return operand{}, usagef("%s: nothing stands behind the colon", text)
			}
			return operand{prefix, rest}, nil
		}
	}
	var found []operand
	var readings []string
	for _, k := range operandKinds {
		if r := k.reads(o, text); r != "" {
			found = append(found, operand{k.prefix, text})
			readings = append(readings, r)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return operand{}, o.nothing(text)
	}
	var forms []string
	for _, f := range found {
		forms = append(forms, f.String())
	}
	return operand{}, diag.WithHint(usagef("%s may be %s", text, strings.Join(readings, ", or ")), "write %s", strings.Join(forms, " or "))
}

// nothing says what an operand was taken for in vain.
func (o *operands) nothing(text string) error {
	hint := "it may be a path, a revision of git (main, HEAD~3:examples/ocr), an image (image:ocr.oci.tar, registry.example/ocr:1.2), an IR (ir:ocr.json) or a lock (lock:bento.lock)"
	if !pathLike(text) {
		if r, err := o.repository("."); err == nil {
			rev, _, _ := strings.Cut(text, ":")
			var unknown *revision.UnknownError
			if _, err := r.Resolve(rev); errors.As(err, &unknown) && unknown.Near != "" {
				hint = fmt.Sprintf("did you mean %s?", unknown.Near)
			}
		}
	}
	return diag.WithHint(usagef("%s: there is no such file, revision or image", text), "%s", hint)
}

// pathLike reports whether an operand can be nothing but a path.
func pathLike(text string) bool {
	return text == "." || text == ".." || filepath.IsAbs(text) || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../")
}

func readsPath(_ *operands, text string) string {
	switch info, err := os.Stat(text); {
	case err != nil && (pathLike(text) || path.Ext(text) == ".cue" && !strings.Contains(text, ":")):
		return "the path " + text // where it is gone, that is what there is to say
	case err != nil:
		return ""
	case info.IsDir():
		if isLayout(text) && !exists(filepath.Join(text, "bento.cue")) {
			return ""
		}
		return "the folder " + text
	case path.Ext(text) == ".cue":
		return "the file " + text
	}
	return ""
}

func readsRevision(o *operands, text string) string {
	if pathLike(text) {
		return ""
	}
	r, err := o.repository(".")
	if err != nil {
		return ""
	}
	rev, at, _ := strings.Cut(text, ":")
	if _, err := r.Resolve(rev); err != nil {
		if errors.As(err, new(*revision.ShallowError)) { // it is one, and is not here
			return "the revision " + rev
		}
		return ""
	}
	if at != "" {
		return fmt.Sprintf("%s at the revision %s", at, rev)
	}
	return "the revision " + rev
}

func readsImage(_ *operands, text string) string {
	info, err := os.Stat(text)
	switch {
	case err == nil && info.IsDir():
		if isLayout(text) {
			return "the layout " + text
		}
	case err == nil:
		if hasMagic(text, 257, "ustar") {
			return "the archive " + text
		}
	case !pathLike(text) && namesRegistry(text):
		return "the image " + text
	}
	return ""
}

func readsIR(_ *operands, text string) string {
	if path.Ext(text) == ".json" && isFile(text) || hasMagic(text, 0, "{") {
		return "the IR " + text
	}
	return ""
}

func readsLock(_ *operands, text string) string {
	if path.Ext(text) == ".lock" && isFile(text) || hasMagic(text, 0, "bentoc-lock ") {
		return "the lock " + text
	}
	return ""
}

// namesRegistry reports whether a reference names the registry, so that it cannot be taken for
// anything else: library/x is not asked for in a registry that nobody named.
func namesRegistry(text string) bool {
	host, rest, ok := strings.Cut(text, "/")
	if !ok || rest == "" || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return false
	}
	_, err := name.ParseReference(text)
	return err == nil
}

func isLayout(dir string) bool {
	return isFile(filepath.Join(dir, "index.json")) && exists(filepath.Join(dir, "blobs"))
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// hasMagic reports whether a file has text at an offset.
func hasMagic(name string, at int64, text string) bool {
	if !isFile(name) {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	have := make([]byte, len(text))
	_, err = f.ReadAt(have, at)
	return err == nil && bytes.Equal(have, []byte(text))
}
