package main

import (
	"context"
	"encoding/json"
	"fmt"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/testscripts/compiled"
)

// question is what one endpoint is asked.
type question struct {
	Endpoint, Body string
	choice         *choice
	value          string
}

// server compiles the server of all switches and asks it for the arm of each value.
func (j *judge) server(ctx context.Context, b *ir.Bento, all []*choice) (asked int, err error) {
	var questions []question
	for i, c := range all {
		ask := func(body, value string) {
			questions = append(questions, question{fmt.Sprint("g", i), body, c, value})
		}
		for _, v := range c.values {
			ask(`{"on":`+v+`}`, v)
		}
		if c.absent != "" {
			ask(`{}`, c.absent)
		}
	}
	answers, err := answersOf(ctx, b, questions)
	if err != nil {
		return 0, err
	}
	for i, q := range questions {
		names, ok := j.hits(q.choice, q.value)
		want := "default"
		if len(names) > 0 {
			want = names[0]
		}
		switch {
		case !ok && answers[i] != "":
			j.fault("%s: the server takes %s, which CUE says is none", q.choice, q.Body)
		case !ok:
			continue
		case len(names) > 1:
			j.fault("%s: CUE says that %s chooses %v", q.choice, q.value, names)
		case answers[i] != want:
			j.fault("%s: %s chooses %q, CUE says %q", q.choice, q.Body, answers[i], want)
		}
		asked++
	}
	return asked, nil
}

// answersOf gives the arm that each question's value chooses, "" where it is refused.
func answersOf(ctx context.Context, b *ir.Bento, questions []question) ([]string, error) {
	out, err := gen.Generate(b, gen.Options{})
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"ask_test.go": []byte(askTest)}
	for _, f := range out.Server {
		files[f.Path] = f.Data
	}
	if files["questions.json"], err = json.Marshal(questions); err != nil {
		return nil, err
	}
	var answers []string
	err = compiled.Ask(ctx, files, nil, "", "answers.json", &answers)
	return answers, err
}

// askTest runs inside the generated package.
const askTest = `package main

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/spec/spectest"
)

func TestAsk(t *testing.T) {
	text, err := os.ReadFile("questions.json")
	if err != nil {
		t.Fatal(err)
	}
	var questions []struct{ Endpoint, Body string }
	if err := json.Unmarshal(text, &questions); err != nil {
		t.Fatal(err)
	}
	endpoints := map[string]spec.Endpoint{}
	for _, e := range build(runner.NewSet(nil)).Services[0].Endpoints {
		endpoints[e.Name] = e
	}
	answers := make([]string, len(questions))
	for i, q := range questions {
		e := endpoints[q.Endpoint]
		p, err := spectest.Call(&e, &spec.Source{ContentType: "application/json", Body: []byte(q.Body)})
		if _, ok := errors.AsType[*spec.InputError](err); ok {
			continue
		}
		if err != nil {
			answers[i] = err.Error()
			continue
		}
		var answer struct{ Arm string }
		if err := json.Unmarshal(p.Body, &answer); err != nil {
			t.Fatal(err)
		}
		answers[i] = answer.Arm
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
