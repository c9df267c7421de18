package export

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Type is a kind of output, one of the rows of [Kinds].
type Type string

// Kind is what one type of output means. To add an output, write a file with its
// row, as oci.go, dir.go and docker.go are, and name the row in [Kinds]: parsing,
// checks, help and the order of commits follow from it.
type Kind struct {
	Type Type
	Dest string // what dest names, in the help: FILE or FOLDER
	Doc  string // what is written, in the help
	// Next is the command that a user most likely wants next, before the name of
	// the file; "" where there is none of its own.
	Next string

	folder      bool // dest is a folder, which is no stream
	onePlatform bool // it holds one platform, which platform=… chooses

	// make makes the output, complete but for its name.
	make func(ctx context.Context, j *job) (pending, error)
}

// Kinds are all kinds of outputs, in the order of the help.
func Kinds() []Kind { return []Kind{ociKind, dirKind, dockerKind} }

// job is one output to be made.
type job struct {
	target
	archive *Archive  // what was built
	built   *tempFile // the file that archive reads
	first   bool      // the file is at this output's place already
	name    string    // tags the image
}

// kind gives the row of a type.
func (t Type) kind() (Kind, bool) {
	i := slices.IndexFunc(Kinds(), func(k Kind) bool { return k.Type == t })
	if i < 0 {
		return Kind{}, false
	}
	return Kinds()[i], true
}

// types lists the types for messages.
func types() string {
	var all []string
	for _, k := range Kinds() {
		all = append(all, string(k.Type))
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// Output is one wanted output.
type Output struct {
	Type Type
	// Dest is the file or folder that is written: replaced when what comes in its
	// place is complete. A link is followed; a pipe or a device is written into;
	// [Stdout] and its other names are standard output.
	Dest string
	// W is standard output, where Dest is that.
	W io.Writer
	// Platform chooses one of several where a type holds one; empty means the only
	// one.
	Platform string
}

// ParseOutput reads type=TYPE,dest=PATH[,platform=OS/ARCH]. A text
// without "=" is the file of an OCI archive.
func ParseOutput(text string) (Output, error) {
	if text != "" && !strings.Contains(text, "=") {
		return Output{Type: OCI, Dest: text}, nil
	}
	var o Output
	for field := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(field, "=")
		if !ok || value == "" {
			return o, fmt.Errorf("output %q: %q is not KEY=VALUE", text, field)
		}
		switch key {
		case "type":
			o.Type = Type(value)
		case "dest":
			o.Dest = value
		case "platform":
			o.Platform = value
		default:
			return o, fmt.Errorf("output %q: unknown key %q: the keys are type, dest and platform", text, key)
		}
	}
	k, ok := o.Type.kind()
	switch {
	case o.Type == "":
		return o, fmt.Errorf("output %q: no type: it is %s", text, types())
	case !ok:
		return o, fmt.Errorf("output %q: unknown type %q: it is %s", text, o.Type, types())
	}
	if o.Dest == "" {
		return o, fmt.Errorf("output %q: no dest", text)
	}
	if IsStdout(o.Dest) && k.folder {
		return o, fmt.Errorf("output %q: a folder cannot go to standard output", text)
	}
	if o.Platform != "" && !k.onePlatform {
		return o, fmt.Errorf("output %q: platform is for type=docker alone", text)
	}
	return o, nil
}

// Check finds out before a build whether it can give outputs: one destination
// each, which metadata, a file, has not either, and one platform for `docker load`.
// metadata may be "".
func Check(outputs []Output, metadata string, platforms []string) error {
	seen := map[string]bool{}
	for _, o := range outputs {
		dest, err := settled(o)
		if err != nil {
			return err
		}
		if seen[dest] {
			return fmt.Errorf("two outputs have the destination %s", o.Dest)
		}
		seen[dest] = true
		if info, err := os.Stat(dest); err == nil && info.IsDir() && !o.folder() {
			return fmt.Errorf("%s is a folder; type=dir writes one", o.Dest)
		}
		if k, _ := o.Type.kind(); !k.onePlatform {
			continue
		}
		if _, err := choose(o.Platform, platforms); err != nil {
			return fmt.Errorf("output type=%s: %w", o.Type, err)
		}
	}
	if metadata == "" {
		return nil
	}
	dest, err := settled(Output{Dest: metadata})
	switch info, statErr := os.Stat(dest); {
	case err != nil:
		return err
	case seen[dest]:
		return fmt.Errorf("an output and the metadata have the destination %s", metadata)
	case statErr == nil && info.IsDir():
		return fmt.Errorf("%s is a folder; the metadata is a file", metadata)
	}
	return nil
}

// Next is the command that a user most likely wants next, "" where there is none
// of the output's own.
func (o Output) Next() string {
	k, _ := o.Type.kind()
	if k.Next == "" || IsStdout(o.Dest) {
		return ""
	}
	return k.Next + " " + o.Dest
}

// folder reports whether the destination is a folder.
func (o Output) folder() bool {
	k, _ := o.Type.kind()
	return k.folder
}

// settled is where an output really goes.
func settled(o Output) (string, error) {
	if IsStdout(o.Dest) {
		return Stdout, nil
	}
	name, stream, err := settle(o.Dest)
	if err != nil {
		return "", err
	}
	if stream && o.folder() {
		return "", fmt.Errorf("%s is no folder, and type=dir writes one", o.Dest)
	}
	return filepath.Abs(name)
}

// choose gives the position of want among platforms, or of the only one.
func choose(want string, platforms []string) (int, error) {
	list := strings.Join(platforms, ", ")
	if want == "" {
		if len(platforms) != 1 {
			return 0, fmt.Errorf("it holds one platform, and this build has %s: choose one with platform=", list)
		}
		return 0, nil
	}
	for i, p := range platforms {
		if p == want {
			return i, nil
		}
	}
	return 0, fmt.Errorf("no platform %s: there is %s", want, list)
}
