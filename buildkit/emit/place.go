package emit

import (
	"github.com/moby/buildkit/solver/pb"

	"bentoc.dev/compiler/diag"
)

// ranges is pos in BuildKit's terms: lines from 1, characters from 0.
func ranges(pos diag.Pos) []*pb.Range {
	end := &pb.Position{Line: int32(pos.EndLine), Character: int32(max(pos.EndCol-1, 0))}
	if pos.EndLine < pos.Line {
		end = &pb.Position{Line: int32(pos.Line), Character: int32(max(pos.Col-1, 0))}
	}
	return []*pb.Range{{
		Start: &pb.Position{Line: int32(pos.Line), Character: int32(max(pos.Col-1, 0))},
		End:   end,
	}}
}
