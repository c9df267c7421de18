package gen_test

import (
	"encoding/json"
	"testing"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
)

// version gives info.version of the description of b's API.
func apiVersion(t *testing.T, b *ir.Bento, o gen.Options) string {
	t.Helper()
	for _, a := range gen.Artifacts {
		if a.Name != "openapi" {
			continue
		}
		files, err := a.Emit(b, o)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Info struct{ Version string } }
		if err := json.Unmarshal(files[0].Data, &doc); err != nil {
			t.Fatal(err)
		}
		return doc.Info.Version
	}
	t.Fatal("there is no artifact openapi")
	return ""
}

// The version of an API changes with the API alone.
func TestAPIVersion(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		o := gen.Options{UserModule: c.userModule()}
		was := apiVersion(t, b, o)
		if len(was) != 12 {
			t.Errorf("%s: version %q", c.Name, was)
		}
		for _, s := range b.Services {
			s.Resources.Memory += 1 << 20
			s.Traffic.TimeoutMs += 1000
		}
		b.Labels = map[string]string{"team": "ml"}
		b.Env = map[string]string{"MODE": "fast"}
		for _, r := range b.Runners {
			r.Instances++
			r.Batching = &ir.Batching{MaxSize: 7}
		}
		if got := apiVersion(t, b, o); got != was {
			t.Errorf("%s: %s became %s, and the API is what it was", c.Name, was, got)
		}
		for _, s := range b.Services {
			for _, e := range s.Endpoints {
				e.Route += "/v2"
			}
		}
		if got := apiVersion(t, b, o); got == was {
			t.Errorf("%s: another API has version %s too", c.Name, was)
		}
	}
}
