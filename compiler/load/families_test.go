package load_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/load"
)

// TestTemplateFamilies writes random bentos twice, spelled out and rewritten by random
// templates at random places, and holds that both mean the same. What bentoc refuses it
// refuses at a line; what plain CUE refuses, bentoc refuses too. BENTOC_FAMILIES says how
// many, BENTOC_SEED which.
func TestTemplateFamilies(t *testing.T) {
	t.Parallel()
	count, seed := 4, rand.Uint64()
	if n, err := strconv.Atoi(os.Getenv("BENTOC_FAMILIES")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("BENTOC_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("BENTOC_SEED=%d", seed)
	same, refused := 0, map[string]int{}
	for i := range count {
		spelled := family(seed+uint64(i), false)
		wrote := family(seed+uint64(i), true)
		want := meaning(t, seed+uint64(i), spelled, nil)
		got := meaning(t, seed+uint64(i), wrote, refused)
		_, cueErr := vetted(t, module(wrote), "", nil, "CUE_REGISTRY=none")
		switch {
		case got == nil:
		case cueErr != nil:
			t.Errorf("seed %d: bentoc takes what CUE refuses: %v\n%s", seed+uint64(i), cueErr, wrote.String())
		case string(got) != string(want):
			t.Errorf("seed %d: another bento:\n%s\n%s\n%s\n%s", seed+uint64(i), got, want, spelled.String(), wrote.String())
		default:
			same++
		}
	}
	t.Logf("%d bentos mean the same, refused: %v", same, refused)
	if same < count*3/4 {
		t.Errorf("only %d of %d are taken: %v", same, count, refused)
	}
}

// sources are the files of a bento.
type sources map[string]string

func (s sources) String() string {
	var out strings.Builder
	for name, text := range s {
		fmt.Fprintf(&out, "-- %s --\n%s", name, text)
	}
	return out.String()
}

func module(s sources) fstest.MapFS {
	m := fstest.MapFS{"cue.mod/module.cue": {Data: []byte("module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\n")}}
	for name, text := range s {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// meaning gives a bento's IR whatever the order of nodes and fields; nil for one that is
// refused, at a line.
func meaning(t *testing.T, seed uint64, s sources, refused map[string]int) []byte {
	t.Helper()
	res, diags, err := load.Bento(t.Context(), module(s), load.Options{})
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, s.String())
	}
	if diags.HasErrors() {
		if refused == nil {
			t.Fatalf("seed %d:\n%s\n%s", seed, text(t, diags, res), s.String())
		}
		for _, d := range diags {
			if !d.Pos.IsValid() || strings.HasPrefix(d.Pos.File, "bentoc.dev") {
				t.Errorf("seed %d: refused without a line: %v\n%s", seed, d, s.String())
			}
		}
		refused[string(diags[0].Code)]++
		if os.Getenv("BENTOC_FAMILIES") != "" {
			t.Logf("seed %d refused:\n%s", seed, text(t, diags, res))
		}
		return nil
	}
	data, err := res.IR.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	var x any
	if err := json.Unmarshal(data, &x); err != nil {
		t.Fatal(err)
	}
	out, _ := json.Marshal(unordered(x))
	return out
}

// unordered sorts the lists of things that have names.
func unordered(x any) any {
	switch x := x.(type) {
	case map[string]any:
		for k := range x {
			x[k] = unordered(x[k])
		}
	case []any:
		named := len(x) > 0
		for i := range x {
			x[i] = unordered(x[i])
			o, ok := x[i].(map[string]any)
			named = named && ok && o["name"] != nil
		}
		if named {
			slices.SortFunc(x, func(a, b any) int {
				return strings.Compare(a.(map[string]any)["name"].(string), b.(map[string]any)["name"].(string))
			})
		}
	}
	return x
}
