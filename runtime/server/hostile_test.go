//go:build unix

package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/codec/picture"
	"bentoc.dev/runtime/spec"
)

// openValue is a value that has a part of each sort, as generated code reads it.
type openValue struct {
	name   string
	count  int64
	any    any
	matrix codec.Tensor[float32]
	free   codec.AnyTensor
	tags   []string
	image  picture.Image
}

func readOpenValue(r *codec.Reader, v *openValue) {
	seen := make([]bool, 7)
	for ok := r.Object(); ok && r.Field(); {
		switch string(r.Key()) {
		case "name":
			if r.First(&seen[0]) {
				r.String(&v.name)
			}
		case "count":
			if r.First(&seen[1]) {
				r.Int(&v.count)
			}
		case "any":
			if r.First(&seen[2]) {
				r.Any(&v.any)
			}
		case "matrix":
			if r.First(&seen[3]) {
				codec.ReadTensor(r, &v.matrix, -1, -1)
			}
		case "free":
			if r.First(&seen[4]) {
				r.AnyTensor(&v.free)
			}
		case "tags":
			if r.First(&seen[5]) {
				codec.List(r, &v.tags, codec.ReadString)
			}
		case "image":
			if r.First(&seen[6]) {
				picture.Read(r, &v.image, picture.Limits{})
			}
		default:
			r.Unknown()
		}
	}
	r.Need(seen[0], "name")
}

// hostileMemory is what the service of [TestHostileRequests] may have.
const hostileMemory = 192 << 20

// takesAll takes a value with a part of each sort, and gives its name back.
func takesAll() made {
	b := hello()
	b.Services[0].MaxBody = 32 << 20
	b.Services[0].Endpoints = []spec.Endpoint{{Name: "take", Route: "/take", Out: textType,
		In: spec.Type{JSON: codec.JSONObject(codec.Refuse, readOpenValue), Form: codec.FormObject(codec.Refuse, readOpenValue)},
		Handle: spec.Once(func(_ context.Context, in any) (any, error) {
			return in.(openValue).name, nil
		}),
	}}
	return b
}

// hostile is a request that means no good.
type hostile struct {
	name     string
	body     func() io.Reader
	kind     string // Content-Type; "" for JSON
	encoding string // Content-Encoding
	want     int    // the status; 0 for 200 or, where memory does not suffice, 413
	says     string // a part of the answer
	at       int    // how many come at once; 0 for one
}

func text(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }

// times is a text n times, without a length and without the memory for it.
func times(s string, n int) io.Reader {
	block := strings.Repeat(s, max(1, (64<<10)/len(s)))
	return io.LimitReader(&again{block: block}, int64(n)*int64(len(s)))
}

type again struct {
	block string
	at    int
}

func (a *again) Read(p []byte) (int, error) {
	n := copy(p, a.block[a.at:])
	a.at = (a.at + n) % len(a.block)
	return n, nil
}

// around is a body of so many bytes of a text between two others.
func around(before, s string, bytes int, after string) func() io.Reader {
	return func() io.Reader {
		return io.MultiReader(strings.NewReader(before), times(s, bytes/len(s)), strings.NewReader(after))
	}
}

func packed(t *testing.T, r io.Reader, layers int) string {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if layers > 1 {
		return packed(t, &out, layers-1)
	}
	return out.String()
}

// hostileRequests are of each kind that a body can be wrong in.
func hostileRequests(t *testing.T) (all []hostile) {
	fits := 4 << 20
	if slow {
		fits = 30 << 20
	}
	add := func(name string, body func() io.Reader, want int, says string) {
		all = append(all, hostile{name: name, body: body, want: want, says: says})
	}
	const (
		large = 100 << 20
	)
	for _, c := range []struct{ name, before, fill, after string }{
		{"a text", `{"name":"`, "x", `"}`}, {"a tensor", `{"name":"x","free":[`, "1,", `1]}`}, {"what is no JSON", "", "\x00", ""},
	} {
		add("100 MB of "+c.name, around(c.before, c.fill, large, c.after), 413, "over the limit of 33554432 bytes")
	}
	for field := range strings.SplitSeq("name count any matrix free tags image zz", " ") {
		at := `{"name":"x","` + field + `":`
		if field == "name" {
			at = `{"name":`
		}
		for _, open := range []string{"[", `{"a":`, `[{"a":`} {
			add("100,000 levels in "+field, text(at+strings.Repeat(open, 100_000)), 400, "nested too deep")
		}
		for what, v := range map[string]string{"NaN": "NaN", "Infinity": "[[-Infinity]]", "a word": "nul", "a half of a pair": `"\ud800"`, "no UTF-8": "\"\xff\"", "no UTF-8 in a key": "{\"\xff\":1}", "a control character": "\"\n\"", "a number with a zero": "01", "hexadecimal": "0x1", "a comment": "/**/1"} {
			add(what+" in "+field, text(at+v+"}"), 400, "")
		}
		for v := range strings.SplitSeq(`[1 {"a" {"a":1 "x \u12 -`, " ") {
			add("an end within "+field, text(at+v), 400, "malformed JSON")
		}
	}
	for _, n := range []string{"9223372036854775808", "-9223372036854775809", "1e19", "1e999999999", strings.Repeat("9", 1_000_000)} {
		add("an integer past 64 bits", text(`{"name":"x","count":`+n+`}`), 400, "must fit in 64 bits")
	}
	add("a float past 64 bits", text(`{"name":"x","any":[1e400]}`), 400, "too large")
	add("a million digits", text(`{"name":"x","any":`+strings.Repeat("9", 1_000_000)+`}`), 400, "")
	add("a float past 32 bits", text(`{"name":"x","matrix":[[1e39]]}`), 400, "out of range")
	add("a field twice", text(`{"name":"x","name":"y"}`), 400, "given twice")
	add("a key twice in a value of any sort", text(`{"name":"x","any":{"a":{"b":1,"b":1}}}`), 400, "given twice")
	add("rows of different lengths", text(`{"name":"x","matrix":[[1,2],[3]]}`), 400, "")
	add("a tensor of 100 axes", text(`{"name":"x","free":`+strings.Repeat("[", 90)+strings.Repeat("]", 90)+`}`), 400, "")
	add("a file that is none", text(`{"name":"x","image":"AAAA"}`), 422, "image")

	// What is within the limit and takes many times its size, if it is let.
	for _, c := range []struct{ name, before, fill, after string }{
		{"lists of nothing", `{"name":"x","any":[`, "[],", `[]]}`}, {"objects of nothing", `{"name":"x","any":[`, "{},", `{}]}`}, {"texts of nothing", `{"name":"x","tags":[`, `"",`, `""]}`},
		{"numbers of one digit", `{"name":"x","any":[`, "1,", `1]}`}, {"rows of nothing", `{"name":"x","free":[`, "[],", `[]]}`}, {"fields that are not known", `{"name":"x"`, `,"a":1`, `}`},
	} {
		all = append(all, hostile{name: fmt.Sprintf("%d MB of %s", fits>>20, c.name), body: around(c.before, c.fill, fits, c.after), at: 3})
	}
	twice := text(packed(t, times("x", 1<<26), 2))
	all = append(all,
		hostile{name: "a gzip bomb", at: 3, body: text(packed(t, around(`{"name":"`, "x", 1<<27, `"}`)(), 1)), encoding: "gzip", want: 413, says: "over the limit"},
		hostile{name: "a gzip bomb in gzip", body: twice, encoding: "gzip", want: 400, says: "malformed JSON"},
		hostile{name: "gzip twice", body: twice, encoding: "gzip, gzip", want: 415},
		hostile{name: "half of a gzip", body: text(packed(t, strings.NewReader(`{"name":"x"}`), 1)[:15]), encoding: "gzip", want: 400},
		hostile{name: "pairs without an end", body: around("name=x", "&a=1", large, ""), kind: "application/x-www-form-urlencoded", want: 413},
		hostile{name: "a million pairs", body: around("name=x", "&a=1", 4_000_000, ""), kind: "application/x-www-form-urlencoded", want: 413, says: "more than 1000 parts"},
		hostile{name: "a million parts", body: around("", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", 30<<20, "--b--\r\n"), kind: "multipart/form-data; boundary=b", want: 413, says: "more than 1000 parts"},
		hostile{name: "a part without an end", body: text("--b\r\nContent-Disposition: form-data; name=name\r\n\r\nx"), kind: "multipart/form-data; boundary=b", want: 400},
		hostile{name: "a part's header without an end", body: around("--b\r\nX: ", "x", 20<<20, ""), kind: "multipart/form-data; boundary=b", want: 400},
	)
	for _, size := range []struct{ w, h int }{{30000, 1000}, {1, 1 << 30}, {1<<31 - 1, 1<<31 - 1}} {
		b := bomb(1, 1, 1)
		copy(b[16:], []byte{byte(size.w >> 24), byte(size.w >> 16), byte(size.w >> 8), byte(size.w), byte(size.h >> 24), byte(size.h >> 16), byte(size.h >> 8), byte(size.h)})
		all = append(all, hostile{name: fmt.Sprintf("a picture of %d × %d", size.w, size.h), kind: "multipart/form-data; boundary=b", want: 422,
			body: text("--b\r\nContent-Disposition: form-data; name=name\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=image; filename=x.png\r\nContent-Type: image/png\r\n\r\n" + string(b) + "\r\n--b--\r\n")})
	}
	return all
}

// Addresses in the place of a file are refused however they are spelt and sent, and nobody
// is asked for them.
func TestAddressesAreNotFetched(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = conn.Close()
		}
	}()
	c := serve(t, "takesAll", spec.EnvMemory+"=192Mi")
	c.waitFor(regexp.MustCompile(`\] ready `))
	host := l.Addr().String() + "/x.png"
	for _, address := range []string{"http://" + host, "HTTP://" + host, "hTTps://" + host, " \t http://" + host, "http:" + host, "//" + host, "\\\\" + host, "http://user:pass@" + host, "http:\\\\" + host,
		"ftp://" + host, "gopher://" + host, "file:///etc/passwd", "FILE:/etc/passwd", "file:etc/passwd", "/etc/passwd", "data:image/png,x", "data:" + "http://" + host, "DATA:image/png;base64,AAAA", "jar:http://" + host,
		"https://169.254.169.254/latest", "http://[::1]/", "http://0x7f000001/", "//localhost", "unix:/run/x.sock", "s3://bucket/key", "url(http://" + host + ")"} {
		quoted, err := json.Marshal(address)
		if err != nil {
			t.Fatal(err)
		}
		for how, h := range map[string]hostile{
			"JSON": {body: text(`{"name":"x","image":` + string(quoted) + `}`)},
			"a form's part": {kind: "multipart/form-data; boundary=b",
				body: text("--b\r\nContent-Disposition: form-data; name=name\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=image\r\n\r\n" + address + "\r\n--b--\r\n")},
			"a form": {kind: "application/x-www-form-urlencoded", body: text("name=x&image=" + url.QueryEscape(address))},
		} {
			h.name, h.want, h.says = how+" with "+address, http.StatusBadRequest, "image"
			if address == "//localhost" || address == "/etc/passwd" { // which is base64 as well, of something that is no picture
				h.want = http.StatusUnprocessableEntity
			}
			c.attack(h)
		}
	}
	c.want(200, `{"text":"Ada"}`)(c.post("/take", `{"name":"Ada"}`))
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d addresses were asked", n)
	}
}

// What means no good is answered with the right status or a closed connection, keeps the
// process within the memory that its service declares, and the next good request is
// answered.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	if raceDetector {
		t.Skip("the race detector needs memory of its own")
	}
	c := serve(t, "takesAll", spec.EnvMemory+"=192Mi")
	c.waitFor(regexp.MustCompile(`\] ready `))
	for _, h := range hostileRequests(t) {
		var wg sync.WaitGroup
		for range max(1, h.at) {
			wg.Go(func() { c.attack(h) })
		}
		wg.Wait()
		c.want(200, `{"text":"Ada"}`)(c.post("/take", `{"name":"Ada"}`))
	}
	c.untilMetric("bentoc_request_memory_bytes", "0")
	if kb := c.mostMemory(); kb<<10 > hostileMemory {
		t.Errorf("the process took %d kB of %d", kb, hostileMemory>>10)
	}
	if log := c.text(); strings.Contains(log, "panic") {
		t.Errorf("the log is\n%s", log)
	}
}

// attack sends a hostile request. Where many are too many for the memory at once, some
// are sent away; the connection of one whose body is not read to its end may be closed.
func (c *child) attack(h hostile) {
	req, err := http.NewRequest(http.MethodPost, c.base+"/take", h.body())
	if err != nil {
		c.t.Error(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if h.kind != "" {
		req.Header.Set("Content-Type", h.kind)
	}
	if h.encoding != "" {
		req.Header.Set("Content-Encoding", h.encoding)
	}
	code, answered, err := answer(client.Do(req))
	switch {
	case err != nil && h.want == http.StatusRequestEntityTooLarge:
	case err != nil:
		c.t.Errorf("%s: %v", h.name, err)
	case code == http.StatusServiceUnavailable, h.want == 0 && (code == 200 || code == 413):
	case code != h.want || !strings.Contains(answered, h.says):
		c.t.Errorf("%s: got %d %.200s, want %d and %q", h.name, code, answered, h.want, h.says)
	}
}

// mostMemory is the most memory that the process had, in kB.
func (c *child) mostMemory() int {
	c.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	kb, err := strconv.Atoi(string(regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)[1]))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Logf("the process took %d MB", kb>>10)
	return kb
}
