package gen_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

var protoDir = flag.String("proto", "", "write files of proto3 into this folder, for testscripts/clients/proto.py")

// numbered gives the parts of messages numbers, as a first lock does.
func numbered(b *ir.Bento) map[string]map[string]int {
	all := map[string]map[string]int{}
	for _, m := range b.Messages() {
		all[m.Key] = map[string]int{}
		for i, p := range m.Parts {
			all[m.Key][p.Name] = i + 1
		}
	}
	return all
}

const protoBento = `
type Line = {text: string, score: float >=0 <=1, xy?: int, userId: string, user_id: string, kids?: [...#Line]}
type Shape = {kind: "circle", r: float} | {kind: "box", sides: [...float]}
type Nest = [...#Nest]
type Pair = [int, string]
type Unseen = {a: int}
runner read {image: image, opts?: null | {lang: "de" | "fr", n: int = 3}, tensor: tensor float32 [2, n], any: _} -> {
	lines: [...#Line], byName: {[string]: #Line}, deep: {[string]: [...int]}, rows: [...[...float]], pair: #Pair, shape: #Shape, either: string | [...int] | null, maybe: [...null | int], nest?: #Nest, raw: bytes
}
runner lone {s: string} -> {lines: [...#Line]}
service s { read runner read
	lone runner lone }
`

// protoCase is a bento with all that proto3 has its own way with.
func protoCase() *ir.Bento {
	b := notation.Bento(protoBento)
	b.Types["Line"].Fields[2].Name = "x-y"
	b.Types["Line"].Fields[0].Doc = "What is written."
	b.Types["Shape"].Discriminator = "kind"
	lone := b.Runners["lone"] // whose ends are no objects
	lone.Input, lone.Output = lone.Input.Fields[0].Type, lone.Output.Fields[0].Type
	check.Run(b, check.Options{})
	return b
}

// The whole of a file, by hand.
func TestProto(t *testing.T) {
	t.Parallel()
	b := protoCase()
	numbers := numbered(b)
	numbers["#Line"]["gone"], numbers["#Line"]["older"] = 9, 7
	got, err := gen.Proto(b, numbers)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/proto/whole.proto")
	if string(got) == string(want) {
		return
	}
	if os.Getenv("BENTOC_UPDATE") != "" {
		err = os.WriteFile("testdata/proto/whole.proto", got, 0o644)
	} else {
		t.Errorf("testdata/proto/whole.proto differs (BENTOC_UPDATE=1 writes it):\n%s", got)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A part without a number is an error, not a number that the next lock gives another part.
func TestProtoNeedsNumbers(t *testing.T) {
	t.Parallel()
	b := protoCase()
	numbers := numbered(b)
	delete(numbers["#Line"], "score")
	if _, err := gen.Proto(b, numbers); err == nil || !strings.Contains(err.Error(), "score of #Line has no number") {
		t.Errorf("%v", err)
	}
	_, err := gen.Proto(b, nil)
	if err == nil || strings.Count(err.Error(), "bento.lock") != 1 || !strings.Contains(err.Error(), "fields have no number in bento.lock") {
		t.Errorf("without any: %v", err)
	}
}

// Every message that has numbers in a lock is one in the file, with just these parts, and
// no number is in a message twice.
func TestProtoHasTheMessagesOfTheLock(t *testing.T) {
	t.Parallel()
	all := map[string]*ir.Bento{"whole": protoCase()}
	for _, c := range bentos(t) {
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		check.Run(b, check.Options{}) // it says what graphs give back
		all[c.Name] = b
	}
	for name, b := range all {
		numbers, next := numbered(b), 100
		want := 0
		for _, m := range b.Messages() { // numbers that no other message has
			for _, p := range m.Parts {
				numbers[m.Key][p.Name] = next
				next, want = next+1, want+1
			}
		}
		data, err := gen.Proto(b, numbers)
		if name == "entries" { // refused, with the reason
			if err == nil || !strings.Contains(err.Error(), "#Meta: fields whose names follow a pattern have no form in proto3") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seen := map[string]bool{}
		for _, m := range regexp.MustCompile(` = (\d{3,})[; ]`).FindAllStringSubmatch(string(data), -1) {
			if seen[m[1]] {
				t.Errorf("%s: the number %s is there twice", name, m[1])
			}
			seen[m[1]] = true
		}
		if len(seen) != want {
			t.Errorf("%s: %d parts of messages, %d fields", name, want, len(seen))
		}
		if *protoDir != "" {
			writeProtos(t, name, b)
		}
	}
}

// writeProtos writes the file of a bento, and that of one whose fields stand in another
// order.
func writeProtos(t *testing.T, name string, b *ir.Bento) {
	t.Helper()
	numbers := numbered(b)
	for _, kind := range []string{"", ".reordered"} {
		data, err := gen.Proto(b, numbers)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*protoDir, fmt.Sprintf("%s%s.proto", name, kind)), data, 0o644); err != nil {
			t.Fatal(err)
		}
		ir.WalkTypes(b, func(_ string, t *ir.Type) { slices.Reverse(t.Fields) })
	}
}
