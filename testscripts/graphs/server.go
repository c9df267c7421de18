package main

import (
	"context"
	"encoding/json"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/testscripts/compiled"
)

// question is one request.
type question struct {
	Endpoint, Text string
	List           []string
	Arm            string // the header X-Arm
}

// answer is what a request was answered, and how often each node called its step.
type answer struct {
	Status int
	Value  string
	// Request is the number of the request, where the answer has it.
	Request string
	Calls   map[string]int
}

func answersOf(ctx context.Context, b *ir.Bento, questions []question) ([]answer, error) {
	out, err := gen.Generate(b, gen.Options{UserModule: "example.com/m"})
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"server/ask_test.go": []byte(askTest),
		"user/go.mod":        []byte("module example.com/m\n\ngo 1.26\n"),
		"user/s/s.go":        []byte(step + twin),
	}
	for _, f := range out.Server {
		files["server/"+f.Path] = f.Data
	}
	for _, f := range out.Bentogen {
		files["user/bentogen/"+f.Path] = f.Data
	}
	if files["server/questions.json"], err = json.Marshal(questions); err != nil {
		return nil, err
	}
	var answers []answer
	err = compiled.Ask(ctx, files, map[string]string{"example.com/m": "user"}, "server", "answers.json", &answers)
	return answers, err
}

// step is the Go package of the one step.
const step = `package s

import (
	"context"
	"hash/fnv"
	"strconv"
	"sync"

	"example.com/m/bentogen"
)

type status int

func (s status) Error() string   { return "it fails" }
func (s status) StatusCode() int { return int(s) }

var (
	mu    sync.Mutex
	Calls = map[string]map[string]int{} // by request and node
)

func Step(_ context.Context, in bentogen.StepInput) (out bentogen.StepOutput, err error) {
	mu.Lock()
	if Calls[in.Request] == nil {
		Calls[in.Request] = map[string]int{}
	}
	Calls[in.Request][in.At]++
	mu.Unlock()
	h := fnv.New32a()
	h.Write([]byte(in.At + "|" + in.Text + "|" + in.More))
	n := h.Sum32()
	switch {
	case n%9 == 0:
		return out, status(503)
	case n%40 == 7:
		return out, status(422)
	}
	out.Text = strconv.FormatUint(uint64(n), 16)
	return out, nil
}
`

// twin is added to the package: what mirrors call, of which no answer and no count may tell.
const twin = `
func Twin(ctx context.Context, in bentogen.TwinInput) (out bentogen.TwinOutput, err error) {
	switch len(in.Text) % 4 {
	case 0:
		panic("it is a twin")
	case 1:
		<-ctx.Done()
		return out, ctx.Err()
	case 2:
		return out, status(422)
	}
	return bentogen.TwinOutput{Text: "twin"}, nil
}
`

// askTest runs inside the generated package.
const askTest = `package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/spec/spectest"
	"example.com/m/s"
)

type answer struct {
	Status         int
	Value, Request string
	Calls          map[string]int
}

// sender keeps an output of a request that has one header.
type sender struct {
	arm string
	v   any
}

func (s *sender) Send(v any) error { s.v = v; return nil }

func (s *sender) Header(name string) string {
	if name == "X-Arm" {
		return s.arm
	}
	return ""
}

// call asks an endpoint as spectest.Call does, with a header.
func call(e *spec.Endpoint, src *spec.Source, arm string) (spec.Payload, error) {
	in, err := spectest.Decode(e, src)
	if err != nil {
		return spec.Payload{}, err
	}
	out := &sender{arm: arm}
	if err := e.Handle(context.Background(), in, out); err != nil {
		return spec.Payload{}, err
	}
	return e.Out.JSON.Encode(out.v)
}

func TestAsk(t *testing.T) {
	text, err := os.ReadFile("questions.json")
	if err != nil {
		t.Fatal(err)
	}
	var questions []struct {
		Endpoint, Text string
		List           []string
		Arm            string
	}
	if err := json.Unmarshal(text, &questions); err != nil {
		t.Fatal(err)
	}
	endpoints := map[string]spec.Endpoint{}
	for _, e := range build(runner.NewSet(nil)).Services[0].Endpoints {
		endpoints[e.Name] = e
	}
	answers := make([]answer, len(questions))
	var all sync.WaitGroup
	places := make(chan struct{}, 16) // many requests at once: none gets what is another's
	for i, q := range questions {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			e := endpoints[q.Endpoint]
			body, _ := json.Marshal(map[string]any{"text": q.Text, "list": q.List, "request": fmt.Sprint(i)})
			p, err := call(&e, &spec.Source{ContentType: "application/json", Body: body}, q.Arm)
			a := &answers[i]
			if s, ok := errors.AsType[spec.StatusError](err); ok {
				a.Status = s.StatusCode()
				return
			}
			if err != nil {
				t.Error(q.Endpoint, err)
				return
			}
			var value struct{ Text, Request string }
			if err := json.Unmarshal(p.Body, &value); err != nil {
				t.Error(err)
			}
			a.Status, a.Value, a.Request = 200, value.Text, value.Request
		})
	}
	all.Wait()
	for i := range answers {
		answers[i].Calls = s.Calls[fmt.Sprint(i)]
	}
	out, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("answers.json", out, 0o644); err != nil {
		t.Fatal(err)
	}
}
`
