package load

import (
	"strings"
	"testing"
)

func TestFormatSizes(t *testing.T) {
	t.Parallel()
	const before = `package x
import "bentoc.dev/schema@v0"
bento: schema.#Bento & {
	name: "x" // "2Gi"
	labels: memory: "2Gi"
	services: a: {
		resources: {cpu: 2, memory: "2Gi"} // enough
		traffic: maxBody: "1.5Mi"
		endpoints: b: maxBody: ("32k")
		endpoints: h: maxBody: *"1Mi" | ("2Mi" | <="8Mi")
		endpoints: {c: {maxBody: "64M"}, d: maxBody: "lots", e: maxBody: "1.3Ki", f: maxBody: "\("3Mi")", g: maxBody: "8Mi" & string}
	}
	services: "b-c": resources: "memory": "512Mi"
	services: [string]: resources: memory: "3Gi"
	services: (#Big & {d: resources: memory: "0512Mi"})
}
other: services: a: resources: memory: "2Gi"
#Policy: schema.#Bento & {services: [string]: resources: memory: <="8Gi"}
_#Small: schema.#Resources & {memory: "1Gi"}
#Theirs: theirs.#Resources & {memory: "1Gi"}
`
	const after = `package x

import "bentoc.dev/schema@v0"

bento: schema.#Bento & {
	name: "x" // "2Gi"
	labels: memory: "2Gi"
	services: a: {
		resources: {cpu: 2, memory: 2Gi} // enough
		traffic: maxBody: 1.5Mi
		endpoints: b: maxBody: (32K)
		endpoints: h: maxBody: *1Mi | (2Mi | <=8Mi)
		endpoints: {c: {maxBody: 64M}, d: maxBody: "lots", e: maxBody: "1.3Ki", f: maxBody: "\("3Mi")", g: maxBody: "8Mi" & string}
	}
	services: "b-c": resources: "memory":  512Mi
	services: [string]: resources: memory: 3Gi
	services: (#Big & {d: resources: memory: 512Mi})
}
other: services: a: resources: memory: "2Gi"
#Policy: schema.#Bento & {services: [string]: resources: memory: <=8Gi}
_#Small: schema.#Resources & {memory: 1Gi}
#Theirs: theirs.#Resources & {memory: "1Gi"}
`
	got, diags, err := Format("bento.cue", []byte(before), "")
	if err != nil || len(diags) > 0 || string(got) != after {
		t.Errorf("%v %v:\n%s", diags, err, got)
	}
	again, _, err := Format("bento.cue", got, "")
	if err != nil || string(again) != after {
		t.Errorf("formatted again:\n%s", again)
	}
	plain := "package x\n\nbento: services: a: resources: memory: \"2Gi\"\n" // of no bento of ours
	if got, _, _ := Format("x.cue", []byte(plain), ""); string(got) != plain {
		t.Errorf("got\n%s", got)
	}
}

func TestFormatMaps(t *testing.T) {
	t.Parallel()
	const before = `package x

bento: schema.#Bento & {
	graphs: g: {
		nodes: {
			each: {map: a.#out, nodes: {inner: {map: each.#item, "map": 1}, map: {call: runners.a, #in: x: each.#item}}}
			map: {call: runners.a, #in: map: #input.x}
		}
		#output: map: nodes.map.#out
	}
	graphs: map: (#T & {nodes: m: map: #input.l})
	runners: map: map: 1
}
other: graphs: g: nodes: n: map: 1
`
	after := strings.NewReplacer("each: {map: a", "each: {#map: a", "inner: {map: e", "inner: {#map: e", "m: map: #input", "m: #map: #input").Replace(before)
	if got, diags, err := Format("bento.cue", []byte(before), ""); err != nil || len(diags) > 0 || string(got) != after {
		t.Errorf("%v %v:\n%s", diags, err, got)
	}
}

func TestFormatRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: {\n": "f.cue:",
		"a: 1\n<<<<<<< one\nb: 2\n=======\nb: 3\n>>>>>>> two\n": "f.cue:2:1",
		"a: 1 2\n":  "f.cue:1:",
		"\xff: 1\n": "f.cue:1:",
	} {
		got, diags, err := Format("f.cue", []byte(text), "")
		if got != nil || err != nil || len(diags) == 0 || !strings.HasPrefix(diags[0].Error(), want) {
			t.Errorf("%q: %q %v %v", text, got, diags, err)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"module: \"a.b/c@v0\"\nlanguage: version: \"v0.15.0\"\n": "v0.15.0",
		"module: \"a.b/c@v0\"\n":                                 "",
		"nothing {":                                              "",
	} {
		if got := Language("module.cue", []byte(text)); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
