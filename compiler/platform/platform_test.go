package platform_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/platform"
	"bentoc.dev/schema"
)

// TestSchema has the platforms that a bento may name, and those that it gets where it
// names none: they are the rows of the table.
func TestSchema(t *testing.T) {
	text := string(schema.Files()["bento.cue"])
	for what, form := range map[string]string{"#Platform": `(?m)^#Platform: (.*)$`, "the default": `(?m)^\t// Default: \[(.*)\]\.\n\tplatforms\?:`} {
		m := regexp.MustCompile(form).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("the schema does not say %s", what)
		}
		var names []string
		for _, s := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(m[1], -1) {
			names = append(names, s[1])
		}
		if !slices.Equal(names, platform.Names()) {
			t.Errorf("%s is %v, the table has %v", what, names, platform.Names())
		}
	}
}

// TestRows has every row whole, and a pinned program for each.
func TestRows(t *testing.T) {
	if !slices.IsSorted(platform.Names()) {
		t.Errorf("%v is not sorted", platform.Names())
	}
	for _, p := range platform.All() {
		v := reflect.ValueOf(p)
		for i := range v.NumField() {
			if v.Field(i).String() == "" {
				t.Errorf("%s has no %s", p.Name, v.Type().Field(i).Name)
			}
		}
		if p.Name != p.OS+"/"+p.Arch || !strings.HasPrefix(p.Level, "GO"+strings.ToUpper(p.Arch)+"=") {
			t.Errorf("%+v", p)
		}
		if platform.Of(p.Name) != p || !platform.Known(p.Name) {
			t.Errorf("%s is not found", p.Name)
		}
		if _, err := pin.Toolchain(p.Name); err != nil {
			t.Error(err)
		}
		if w, err := pin.ONNXRuntime(p.Name); err != nil || !strings.HasSuffix(w.File, "_"+p.Machine+".whl") {
			t.Errorf("%s: %+v, %v", p.Name, w, err)
		}
	}
	if platform.Known("linux/riscv64") || platform.Known("") {
		t.Error("an unknown platform is known")
	}
}
