package emit

import (
	"fmt"
	"io"

	"github.com/moby/buildkit/client/llb"
)

// WriteLLB writes the definition of the image as `buildctl debug dump-llb` reads it.
func (img Image) WriteLLB(w io.Writer) error {
	if err := llb.WriteTo(img.Definition, w); err != nil {
		return fmt.Errorf("writing the definition for %s: %w", img.ID, err)
	}
	return nil
}
