package load

import (
	"math/big"
	"slices"

	"cuelang.org/go/cue"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// gpu reads what the instances of a runner have of GPUs.
func (d *decoder) gpu(v cue.Value, at string, model bool) *ir.GPU {
	g := &ir.GPU{
		Devices: d.number(v, "devices", at), Share: d.share(v, at), Memory: d.size(v, "memory", at), Profile: text(v, "profile"),
		UUIDs: texts(get(v, "uuids")), Apart: texts(get(v, "apart")),
		Accelerator: text(v, "accelerator"), Fallback: text(v, "fallback"), Pos: d.index.labelPos(at),
	}
	g.NVLink, _ = get(v, "nvlink").Bool()
	slices.Sort(g.Apart)
	g.Apart = slices.Compact(g.Apart)
	if model && g.Accelerator == ir.Accelerators[0] {
		g.Accelerator = ""
	}
	said := 0
	for _, field := range []string{"devices", "share", "memory", "profile"} {
		if get(v, field).Exists() {
			said++
		}
	}
	if said > 1 || said == 0 && !get(v, "uuids").Exists() {
		d.oneOf(v, at, "devices", "share", "memory", "profile")
	}
	return g
}

// share reads a part of a device in millionths, rounded down.
func (d *decoder) share(v cue.Value, at string) int32 {
	x := scalar(v, "share")
	if !x.Exists() {
		return 0
	}
	rat, ok := new(big.Rat).SetString(numberText(x))
	if !ok || rat.Sign() <= 0 {
		return 0 // which CUE reports
	}
	p := join(at, "share")
	if rat.Cmp(big.NewRat(1, 1)) >= 0 {
		d.diags.Errorf(diag.ResourceBounds, d.index.valuePos(p), p, "%s is no part of one GPU", shorten(numberText(x))).
			Hintf("a share is less than 1; whole ones are counted: devices: 1")
		return 0
	}
	rat.Mul(rat, big.NewRat(ir.WholeGPU, 1))
	n := new(big.Int).Quo(rat.Num(), rat.Denom()).Int64()
	if n == 0 {
		d.diags.Errorf(diag.ResourceBounds, d.index.valuePos(p), p, "%s of a GPU is too little", shorten(numberText(x))).
			Hintf("the smallest share is 0.000001, a millionth")
	}
	return int32(n)
}

// gpus reads how GPUs are given out; nil where that is as it is without a word.
func (d *decoder) gpus(v cue.Value, at string) *ir.GPUs {
	if !v.Exists() {
		return nil
	}
	g := ir.GPUs{Spread: text(v, "placement") == "spread", Pos: d.index.labelPos(at)}
	if g.Overcommit, _ = get(v, "allowOvercommit").Bool(); !g.Overcommit && !g.Spread {
		return nil
	}
	return &g
}
