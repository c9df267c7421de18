package check

import "bentoc.dev/compiler/diag"

// checkBudgets sees that what budgets bound can be kept at all.
func checkBudgets(p *pass) {
	b := p.b.Budgets
	if b == nil {
		return
	}
	const path = "budgets"
	for field, n := range map[string]int64{"image": b.Image, "layer": b.Layer, "memory": b.Memory} {
		at := path + "." + field
		if _, said := p.b.At[at]; n < 0 || n == 0 && said {
			p.errorf(diag.ResourceBounds, p.at(at, b.Pos), at, "a budget is at least 1 byte")
		}
	}
	p.number(path+".ops", b.Pos, b.Ops)
	p.timeout(path+".ready", b.Pos, b.ReadyMs)
}
