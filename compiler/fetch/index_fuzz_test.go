package fetch

import (
	"bytes"
	"io/fs"
	"net/url"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// FuzzSimpleIndex reads pages of package indexes: whatever they say, a file that
// is chosen fits what was asked for.
func FuzzSimpleIndex(f *testing.F) {
	f.Add([]byte(`<base href="../x/"><a href="p-1.0-py3-none-any.whl#sha256=00" data-yanked>p</a>`), false)
	f.Add([]byte(`{"files": [{"filename": "p-1.0-cp39-abi3-manylinux2014_x86_64.whl", "url": "p.whl", "hashes": {"sha256": "0"}, "yanked": "no"}]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, isJSON bool) {
		d := document{url: &url.URL{Scheme: "https", Host: "example.org", Path: "/simple/p/"}, body: body}
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

// FuzzDebLists reads what mirrors and apt's settings say.
func FuzzDebLists(f *testing.F) {
	f.Add([]byte("Origin: Debian\nCodename: bookworm\nSHA256:\n 0000000000000000000000000000000000000000000000000000000000000000 1 main/binary-amd64/Packages.gz\n"))
	f.Add([]byte("Package: libc6\nVersion: 1:2.36-9~x\nArchitecture: amd64\nFilename: pool/a.deb\nSize: 1\nSHA256: 0000000000000000000000000000000000000000000000000000000000000000\n\n"))
	f.Add([]byte("deb [arch=amd64 signed-by=/x] http://m.example/debian bookworm main\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parseSourcesList(string(data))
		parseSourcesStanzas(string(data))
		parsePipFile(data)
		if r, err := parseRelease(string(data)); err == nil {
			_ = r.checkDates("", string(data), time.Unix(0, 0))
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(data)
		_ = z.Close()
		best := map[string]candidate{}
		if err := readPackages(&packed, "Packages.gz", "x/main", []string{"libc6"}, best); err != nil {
			return
		}
		for name, d := range best {
			if name != "libc6" || !fs.ValidPath(d.File) || d.SHA256 == "" || compareDebVersions(d.Version, d.Version) != 0 {
				t.Errorf("%+v", d)
			}
		}
	})
}
