// Package main is the generated one. The test calls its endpoints with what
// cases.json says and writes what came of it into answers.json, for the generator's
// own test to judge.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/spec/spectest"
)

type verdictCase struct{ Endpoint, Body string }

type verdictAnswer struct {
	Refused     []string // types of the problems, nil where the request was taken
	Problem     string
	ContentType string
	Body        string
	Failed      string // why there is no answer
}

func TestVerdicts(t *testing.T) {
	text, err := os.ReadFile("cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []verdictCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	endpoints := map[string]spec.Endpoint{}
	for _, s := range build(runner.NewSet(nil)).Services {
		for _, e := range s.Endpoints {
			endpoints[e.Name] = e
		}
	}
	answers := make([]verdictAnswer, len(cases))
	for i, c := range cases {
		answers[i] = verdictOf(endpoints[c.Endpoint], c.Body)
	}
	out, err := json.Marshal(answers)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("answers.json", out, 0o644); err != nil {
		t.Fatal(err)
	}
}

func verdictOf(e spec.Endpoint, body string) (a verdictAnswer) {
	in, err := spectest.Decode(&e, &spec.Source{ContentType: "application/json", Body: []byte(body)})
	if err != nil {
		a.Problem, a.Refused = err.Error(), []string{"?"}
		if bad, ok := errors.AsType[*spec.InputError](err); ok {
			a.Refused = nil
			for _, p := range bad.Problems {
				a.Refused = append(a.Refused, p.Type)
			}
		}
		return a
	}
	defer func() {
		if v := recover(); v != nil { // a model that is not open
			a.Failed = fmt.Sprint(v)
		}
	}()
	p, err := spectest.Run(context.Background(), &e, in)
	if err != nil {
		a.Failed = err.Error()
		return a
	}
	a.ContentType, a.Body = p.ContentType, string(p.Body)
	return a
}
