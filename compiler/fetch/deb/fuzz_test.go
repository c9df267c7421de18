package deb

import (
	"bytes"
	"io/fs"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// FuzzLists reads what mirrors and apt's settings say.
func FuzzLists(f *testing.F) {
	f.Add([]byte("Origin: Debian\nCodename: bookworm\nSHA256:\n 0000000000000000000000000000000000000000000000000000000000000000 1 main/binary-amd64/Packages.gz\n"))
	f.Add([]byte("Package: libc6\nVersion: 1:2.36-9~x\nArchitecture: amd64\nFilename: pool/a.deb\nSize: 1\nSHA256: 0000000000000000000000000000000000000000000000000000000000000000\n\n"))
	f.Add([]byte("Package: libc6\n 0\nVersion: 1\nArchitecture: amd64\nFilename: pool/a.deb\nSize: 1\nSHA256: 0000000000000000000000000000000000000000000000000000000000000000\n\n"))
	f.Add([]byte("deb [arch=amd64 signed-by=/x] http://m.example/debian bookworm main\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parseSourcesList(string(data))
		parseSourcesStanzas(string(data))
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
