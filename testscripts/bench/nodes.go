package main

import "fmt"

const nodesBento = `package nodes

import "bentoc.dev/schema@v0"

bento: schema.#Bento & {
	name: "nodes"
	runners: pass: {
		engine: go: {package: "./steps", func: "Pass"}
		#input: text: string
		#output: text: string
	}
	graphs: {
		one: {
			#input: text: string
			nodes: a: {call: runners.pass, #in: text: #input.text}
			#output: text: nodes.a.#out.text
		}
		five: {
			#input: text: string
			nodes: {
				a: {call: runners.pass, #in: text: #input.text}
				b: {call: runners.pass, #in: text: a.#out.text}
				c: {call: runners.pass, #in: text: b.#out.text}
				d: {call: runners.pass, #in: text: c.#out.text}
				e: {call: runners.pass, #in: text: d.#out.text}
			}
			#output: text: nodes.e.#out.text
		}
	}
	services: nodes: endpoints: {one: graph: graphs.one, five: graph: graphs.five}
}
`

const nodesStep = `package steps

import (
	"context"

	"example.com/nodes/bentogen"
)

// Pass gives its text back.
func Pass(_ context.Context, in bentogen.PassInput) (out bentogen.PassOutput, err error) {
	out.Text = in.Text
	return out, nil
}
`

// benchNodes compares a graph of five nodes that do nothing with one of a single node, in one
// server: what the four more cost, in CPU where it is busy and in time where it is not.
func benchNodes(b *bench) error {
	return b.stepsStarted("nodes", nodesBento, []byte(nodesStep), func(p *process) error {
		body := []byte(`{"text": "Ada"}`)
		for _, c := range []struct {
			conns int
			what  string
			of    func(trial) float64
		}{
			{32, "CPU", func(t trial) float64 { return t.cpu }},
			{1, "p50", func(t trial) float64 { return t.p50 }},
		} {
			var more, ones []float64
			for range 5 {
				one, err := b.under(p, c.conns, jsonRequest("/one", body))
				if err != nil {
					return err
				}
				five, err := b.under(p, c.conns, jsonRequest("/five", body))
				if err != nil {
					return err
				}
				more, ones = append(more, (c.of(five)-c.of(one))/4), append(ones, c.of(one))
			}
			b.add(figure{name: fmt.Sprintf("a graph of one node, c = %d, %s", c.conns, c.what), value: median(ones), unit: "µs/req", note: spread(ones)})
			b.add(figure{name: fmt.Sprintf("each node more, c = %d, %s", c.conns, c.what), value: median(more), unit: "µs", limit: 3, note: spread(more)})
		}
		return nil
	})
}
