package emit

import (
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"
)

// WriteLLB writes the definition of the image as `buildctl debug dump-llb` and
// `buildctl build` read it. The same definition gives the same bytes.
func (i *Image) WriteLLB(w io.Writer) error {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(i.Definition.ToPB())
	if err == nil {
		_, err = w.Write(text)
	}
	if err != nil {
		return fmt.Errorf("writing the definition for %s: %w", i.ID, err)
	}
	return nil
}
