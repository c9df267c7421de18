package pypi

import (
	"net/url"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch"
)

// FuzzSimpleIndex reads pages of package indexes: whatever they say, a file that
// is chosen fits what was asked for.
func FuzzSimpleIndex(f *testing.F) {
	f.Add([]byte(`<base href="../x/"><a href="p-1.0-py3-none-any.whl#sha256=00" data-yanked>p</a>`), false)
	f.Add([]byte(`{"files": [{"filename": "p-1.0-cp39-abi3-manylinux2014_x86_64.whl", "url": "p.whl", "hashes": {"sha256": "0"}, "yanked": "no"}]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, isJSON bool) {
		d := fetch.Document{URL: &url.URL{Scheme: "https", Host: "example.org", Path: "/simple/p/"}, Body: body}
		read := simpleHTML
		if isJSON {
			read = simpleJSON
		}
		files, err := read(d)
		if err != nil {
			return
		}
		got, err := bestFile(files, Wheel{Project: "p", Version: "1.0"}, "linux/amd64")
		if err != nil {
			return
		}
		name, ok := parseWheelName(got.File)
		if !ok || name.project != "p" || name.version != "1" {
			t.Errorf("%s was chosen", got.File)
		}
	})
}

// FuzzPipSettings reads what pip's settings say.
func FuzzPipSettings(f *testing.F) {
	f.Add([]byte("[global]\nindex-url = https://example.org/simple\n  more\n[install]\n--find_links: /x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for section, values := range parsePipFile(data) {
			for name, value := range values {
				if section != "global" && section != "install" || strings.Contains(name+value, "\n") || value != strings.TrimSpace(value) {
					t.Errorf("[%s] %q = %q", section, name, value)
				}
			}
		}
	})
}
