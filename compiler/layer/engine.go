package layer

import (
	"context"
	"fmt"

	"bentoc.dev/compiler/plan"
)

// engines pack what images have for the runners of an engine, the layers that
// [plan.Engine] names, by the arm of [ir.Engine]; nil where there are none. Each is in
// engine_KIND.go; a test fails while one is missing.
var engines = map[string]func(*packer, context.Context) error{}

// engineJobs gives what packs the layers of the engines that the bento runs on.
func (p *packer) engineJobs() (jobs []func(context.Context) error, err error) {
	for _, kind := range plan.Kinds(p.Bento) {
		pack, ok := engines[kind]
		if !ok {
			return nil, fmt.Errorf("nothing packs what the engine %q needs", kind)
		}
		if pack != nil {
			jobs = append(jobs, func(ctx context.Context) error { return pack(p, ctx) })
		}
	}
	return jobs, nil
}
