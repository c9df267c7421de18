package export

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Type is a kind of output.
type Type string

// The kinds of outputs.
const (
	OCI    Type = "oci"    // one file: an OCI layout as a tar archive
	Dir    Type = "dir"    // a folder: an OCI layout
	Docker Type = "docker" // one file for `docker load`, one platform
)

// Output is one wanted output.
type Output struct {
	Type Type
	// Dest is the file or folder that is written.
	Dest string
	// Platform chooses one of several for [Docker]; empty means the only one.
	Platform string
}

// ParseOutput reads type=oci|dir|docker,dest=PATH[,platform=OS/ARCH]. A text
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
	switch o.Type {
	case OCI, Dir, Docker:
	case "":
		return o, fmt.Errorf("output %q: no type: it is oci, dir or docker", text)
	default:
		return o, fmt.Errorf("output %q: unknown type %q: it is oci, dir or docker", text, o.Type)
	}
	if o.Dest == "" {
		return o, fmt.Errorf("output %q: no dest", text)
	}
	if o.Platform != "" && o.Type != Docker {
		return o, fmt.Errorf("output %q: platform is for type=docker alone", text)
	}
	return o, nil
}

// Check finds out before a build whether it can give outputs: one destination
// each, and one platform for `docker load`.
func Check(outputs []Output, platforms []string) error {
	seen := map[string]bool{}
	for _, o := range outputs {
		dest, err := filepath.Abs(o.Dest)
		if err != nil {
			return err
		}
		if seen[dest] {
			return fmt.Errorf("two outputs have the destination %s", o.Dest)
		}
		seen[dest] = true
		if info, err := os.Stat(dest); err == nil && info.IsDir() && o.Type != Dir {
			return fmt.Errorf("%s is a folder; type=dir writes one", o.Dest)
		}
		if o.Type != Docker {
			continue
		}
		if _, err := choose(o.Platform, platforms); err != nil {
			return fmt.Errorf("output type=docker: %w", err)
		}
	}
	return nil
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
