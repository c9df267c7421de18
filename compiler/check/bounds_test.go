package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// TestParts changes one thing of a right bento and looks at what is said. The
// rules here are about single values, which have no notation of their own.
func TestParts(t *testing.T) {
	t.Parallel()
	module := fstest.MapFS{
		"labels.txt":        {Data: []byte("a")},
		"data/one.json":     {Data: []byte("{}")},
		"weights/det.onnx":  {Data: []byte("x")},
		"base/index.json":   {Data: []byte("{}")},
		"nolayout/whatever": {Data: []byte("{}")},
	}
	service := func(b *ir.Bento) *ir.Service { return b.Services["s"] }
	for _, c := range []struct {
		name   string
		change func(*ir.Bento)
		want   string // message and code of each diagnostic, a line each
	}{
		{"nothing", func(*ir.Bento) {}, ""},

		{"platform", func(b *ir.Bento) { b.Platforms = []string{"linux/arm", "windows/amd64", "linux/amd64"} },
			"bentoc does not build for \"linux/arm\" [bad-platform] it builds for linux/amd64 and linux/arm64\n" +
				"bentoc does not build for \"windows/amd64\" [bad-platform] it builds for linux/amd64 and linux/arm64"},
		{"no platform", func(b *ir.Bento) { b.Platforms = nil },
			"no platform to build for [bad-platform] leave platforms out to build for linux/amd64 and linux/arm64"},
		{"platform twice", func(b *ir.Bento) { b.Platforms = []string{"linux/amd64", "linux/amd64"} },
			"linux/amd64 is listed twice [bad-platform]"},

		{"name", func(b *ir.Bento) { b.Name = "My_Bento" },
			"\"My_Bento\" is no name for a bento [bad-value] a name matches ^[a-z][a-z0-9-]*$"},
		{"long name", func(b *ir.Bento) { b.Name = strings.Repeat("x", 64) },
			"the name of bento xxxxxxxxxxxxxxxxxxxx… has 64 characters [bad-value] use at most 63"},

		{"env", func(b *ir.Bento) { b.Env = map[string]string{"OK_1": "x", "1BAD": "", "A-B": "", "NUL": "a\x00b"} },
			"\"1BAD\" is no name for an environment variable [bad-value] use letters, digits and underscores, not a digit first\n" +
				"\"A-B\" is no name for an environment variable [bad-value] use letters, digits and underscores, not a digit first\n" +
				"the value of NUL holds a NUL character [bad-value]"},
		{"required env", func(b *ir.Bento) { b.RequiredEnv, b.Env = []string{"TOKEN", "a b"}, map[string]string{"TOKEN": "x"} },
			"TOKEN is required, but env gives it a value in the image [bad-value] remove it from env or from requiredEnv\n" +
				"\"a b\" is no name for an environment variable [bad-value] use letters, digits and underscores, not a digit first"},
		{"what the image tells the server", func(b *ir.Bento) { b.Env = map[string]string{"BENTOC_MEMORY": "1", "BENTOC_LOG": "json"} },
			"BENTOC_MEMORY is what the image tells its server of the bento [bad-value] remove it; services.NAME.resources.memory is what a service may take"},
		{"labels", func(b *ir.Bento) {
			b.Labels = map[string]string{"team": "a", "": "b", "a b": "c", "dev.bentoc.ir": "d"}
		},
			"\"\" is no key for a label [bad-value] use a name without spaces, such as org.opencontainers.image.vendor\n" +
				"\"a b\" is no key for a label [bad-value] use a name without spaces, such as org.opencontainers.image.vendor\n" +
				"labels that begin with dev.bentoc. are bentoc's own [bad-value] give it a name of your own, such as com.example.ir"},

		{"cpu", func(b *ir.Bento) { service(b).Resources.MilliCPU = -1 },
			"cpu is not above 0 [resource-bounds] the smallest share is 0.001, a thousandth of a core"},
		{"cpu 0", func(b *ir.Bento) { b.At["services.s.resources.cpu"] = ir.Pos{File: "bento.cue", Line: 9, Col: 9} },
			"cpu is not above 0 [resource-bounds] the smallest share is 0.001, a thousandth of a core"},
		{"cpu 5000", func(b *ir.Bento) { service(b).Resources.MilliCPU = 5_000_000 },
			"5000 cores are more than any machine has [resource-bounds] give at most 4096"},
		{"memory", func(b *ir.Bento) { service(b).Resources.Memory = 512 },
			"512 bytes of memory are too little for a server [resource-bounds] give at least 32Mi; a number without a unit is in bytes"},
		{"memory 1Pi", func(b *ir.Bento) { service(b).Resources.Memory = 1 << 50 },
			"1125899906842624 bytes of memory are more than any machine has [resource-bounds] give at most 64Ti"},
		{"timeout", func(b *ir.Bento) { service(b).Traffic.TimeoutMs = -5 }, "a timeout is at least 1ms [resource-bounds]"},
		{"timeout 2 days", func(b *ir.Bento) { service(b).Endpoints["up"].TimeoutMs = 2 * 24 * 3600 * 1000 },
			"a timeout of 48h0m0s is more than a day [resource-bounds] give at most 24h"},
		{"body", func(b *ir.Bento) { service(b).Traffic.MaxBodyBytes = 1 << 40 },
			"a body of 1099511627776 bytes is more than a server keeps in memory [resource-bounds] give at most 16Gi"},
		{"body of endpoint", func(b *ir.Bento) { service(b).Endpoints["up"].MaxBodyBytes = -1 }, "the largest body is at least 1 byte [resource-bounds]"},
		{"concurrency", func(b *ir.Bento) { service(b).Traffic.MaxConcurrency = -1 },
			"maxConcurrency is below 0 [resource-bounds] leave it out for no limit"},
		{"instances", func(b *ir.Bento) { b.Runners["up"].Instances = 1 << 20 }, "1048576 is not between 1 and 65536 [resource-bounds]"},
		{"batching", func(b *ir.Bento) { b.Runners["det"].Batching = &ir.Batching{MaxSize: -1, LatencyTargetMs: -1} },
			"-1 is not between 1 and 65536 [resource-bounds]\na latency target is above 0 [resource-bounds]"},
		{"fixed batches", func(b *ir.Bento) {
			b.Runners["det"].Batching = &ir.Batching{MaxSize: 1, LatencyTargetMs: 5, Fixed: &ir.FixedBatching{WaitMs: -1}}
		}, "fixed batches have no latency target [bad-value] leave out latencyTarget, or leave out fixed: then sizes are learned, and the target bounds them\n" +
			"an item waits for others between 1ms and a day [resource-bounds]"},

		{"batching of a step", func(b *ir.Bento) { b.Runners["up"].Batching = &ir.Batching{MaxSize: 2} },
			"a go step takes one item at a time, so it has no batches [bad-value] remove batching"},

		{"files", func(b *ir.Bento) {
			b.Files = map[string]*ir.File{"/app/labels.txt": {Path: "labels.txt", Mode: 0o600}, "/app/data": {Path: "data"}, "/app/data/x": {Path: "labels.txt"}}
		}, ""},
		{"missing files", func(b *ir.Bento) {
			b.Files = map[string]*ir.File{"/a": {Path: "lables.txt"}, "/b": {Path: "../up"}, "/c": {Path: "/etc/passwd"}}
		}, "there is no file lables.txt in the module [missing-file] did you mean \"labels.txt\"?\n" +
			"../up is not a path inside the module [outside-module] a bento is built from the files of its own module; copy it in\n" +
			"/etc/passwd is not a path inside the module [outside-module] a bento is built from the files of its own module; copy it in"},
		{"places of files", func(b *ir.Bento) {
			b.Files = map[string]*ir.File{"app": {Path: "labels.txt"}, "/a/../b": {Path: "labels.txt"}, "/": {Path: "data"}, "/proc/x": {Path: "labels.txt"}, "/server": {Path: "labels.txt"},
				"/x\ny": {Path: "labels.txt"}, "/etc/file": {Path: "labels.txt", Mode: 0o4755}, "/etc/file/below": {Path: "labels.txt"}}
		}, "\"/\" is no path for a file in the image [bad-value] give an absolute path such as /app/labels.txt\n" +
			"\"/a/../b\" is no path for a file in the image [bad-value] give an absolute path such as /app/labels.txt\n" +
			"mode 04755 has more than permission bits [bad-value] use 0644 or 0755\n" +

			"/proc in the image is mounted by the kernel [conflict] put the file somewhere else, such as /app/proc/x\n" +
			"/server in the image is the server itself [conflict] put the file somewhere else, such as /app/server\n" +
			"\"/x\\ny\" has control characters [bad-value] give an absolute path such as /app/labels.txt\n" +
			"\"app\" is no path for a file in the image [bad-value] give an absolute path such as /app/labels.txt\n" +
			"/etc/file/below lies below /etc/file, which is a file: labels.txt, which /etc/file brings [conflict] take one of the two out, or give it another place"},
		{"long places of files", func(b *ir.Bento) {
			long := strings.Repeat("é", 127)
			b.Files = map[string]*ir.File{"/" + long + "e": {Path: "labels.txt"}, "/" + long + "é": {Path: "labels.txt"}, "/app" + strings.Repeat("/"+long, 17): {Path: "labels.txt"}}
		}, "no image with this path can be unpacked: it is too long [bad-value] Linux takes 255 bytes between two slashes, and 4095 in all\n" +
			"no image with this path can be unpacked: it is too long [bad-value] Linux takes 255 bytes between two slashes, and 4095 in all"},
		{"places of models", func(b *ir.Bento) {
			b.Files = map[string]*ir.File{"/models/m/labels.txt": {Path: "labels.txt"}, "/opt/onnxruntime": {Path: "data"}, "/lib/x": {Path: "labels.txt"}, "/opt/x": {Path: "labels.txt"}, "/modelsx": {Path: "labels.txt"}}
		}, "/models in the image is where the models are [conflict] put the file somewhere else, such as /app/models/m/labels.txt\n" +
			"/opt/onnxruntime in the image is ONNX Runtime [conflict] put the file somewhere else, such as /app/opt/onnxruntime"},
		{"places of models without any", func(b *ir.Bento) {
			b.Models, b.Files = nil, map[string]*ir.File{"/models/m/labels.txt": {Path: "labels.txt"}, "/opt/onnxruntime": {Path: "data"}}
			delete(b.Runners, "det")
			delete(b.Services["s"].Endpoints, "det")
		}, ""},
		{"base", func(b *ir.Bento) { b.Base = &ir.Base{Layout: "base"} }, ""},
		{"base without index", func(b *ir.Bento) { b.Base = &ir.Base{Layout: "nolayout"} },
			"there is no file nolayout/index.json in the module [missing-file] there is only whatever"},
		{"model file", func(b *ir.Bento) { b.Models["m"].Source.Path, b.Models["m"].Signature = "weights/dte.onnx", nil },
			"what model m takes and gives back is not known yet [lock-missing] run `bentoc lock`, which reads it from the model's file\n" +
				"there is no file weights/dte.onnx in the module [missing-file] did you mean \"det.onnx\"?"},
		{"model file that is locked", func(b *ir.Bento) { b.Models["m"].Source.Path = "weights/dte.onnx" }, ""},

		{"two sources", func(b *ir.Bento) { b.Models["m"].Source.PyPI = &ir.PyPISource{Project: "a", Version: "1"} },
			"a source is exactly one of " + allOf(ir.Arms(ir.Source{})) + ", several are set [one-of]"},
		{"no file in a wheel", func(b *ir.Bento) { b.Models["m"].Source = ir.Source{PyPI: &ir.PyPISource{Project: "a", Version: "1"}} },
			"the model's file in the wheel of a is not named [missing-field] add file: \"PACKAGE/MODEL.onnx\", its path in the wheel"},
		{"file behind a URL", func(b *ir.Bento) {
			b.Models["m"].Source, b.Models["m"].File = ir.Source{HTTP: &ir.HTTPSource{URL: "https://x/y", SHA256: strings.Repeat("0", 64)}}, "y"
		},
			"what a URL gives is the model itself, so there is no file in it [bad-value] remove file"},
		{"no source", func(b *ir.Bento) { b.Models["m"].Source = ir.Source{} },
			"a source is exactly one of " + allOf(ir.Arms(ir.Source{})) + ", none is set [one-of]"},
		{"http source", func(b *ir.Bento) {
			b.Models["m"].Source = ir.Source{HTTP: &ir.HTTPSource{URL: "ftp://x/y", SHA256: "abc"}}
		},
			"\"ftp://x/y\" is no URL of a file [bad-value] it begins with https://\na SHA-256 has 64 hexadecimal digits [bad-value]"},
		{"batch axis", func(b *ir.Bento) { n := -2; b.Models["m"].BatchAxis = &n }, "a batch axis counts from 0, or is -1 where there is none, but it is -2 [bad-value]"},
		{"no batch axis", func(b *ir.Bento) { n := -1; b.Models["m"].BatchAxis = &n }, ""},

		{"no engine", func(b *ir.Bento) { b.Runners["up"].Engine = ir.Engine{} },
			"an engine is exactly one of " + allOf(ir.Arms(ir.Engine{})) + ", none is set [one-of]"},
		{"no types", func(b *ir.Bento) { b.Runners["up"].Input = nil },
			"a go runner declares #input [missing-field] add #input: {…} with the fields of the step"},
		{"no object", func(b *ir.Bento) { b.Runners["up"].Output = &ir.Type{Kind: ir.KindString} },
			"#output of a runner is an object, not string [wrong-type] give the value a name: #output: {value: …}"},

		{"no service", func(b *ir.Bento) { b.Services = nil; b.Runners = nil; b.Models = nil },
			"the bento has no service [missing-field] add services: NAME: endpoints: NAME: runner: runners.NAME"},
		{"no endpoint", func(b *ir.Bento) { b.Services["t"] = &ir.Service{} },
			"service t has no endpoint [missing-field] add endpoints: NAME: runner: runners.NAME"},
		{"endpoint of nothing", func(b *ir.Bento) { service(b).Endpoints["x"] = &ir.Endpoint{} },
			"an endpoint is exactly one of graph and runner, none is set [one-of]"},
		{"endpoint of both", func(b *ir.Bento) { service(b).Endpoints["x"] = &ir.Endpoint{Runner: "up", Graph: "g"} },
			"an endpoint is exactly one of graph and runner, several are set [one-of]"},
		{"route", func(b *ir.Bento) { service(b).Endpoints["up"].Route = "up" }, "route \"up\" does not begin with / [bad-route] write \"/up\""},
		{"root route", func(b *ir.Bento) { service(b).Endpoints["up"].Route = "/" }, ""},

		{"node of nothing", func(b *ir.Bento) {
			b.Graphs["g"] = &ir.Graph{Input: notation.Type(`{}`), Output: &ir.Value{Empty: "object"}, Nodes: []*ir.Node{{Name: "n"}, {Name: "m", Map: &ir.Value{Empty: "list"}}}}
		}, "a node is exactly one of " + ir.NodeKindsText() + ", none is set [one-of]\n" +
			"map node m does not say what an item becomes [missing-field] add #each: {…}, or #each: m.#item\n" +
			"the result of node n never reaches #output of the graph [unreachable-node] use n.#out there, or remove the node\n" +
			"the result of node m never reaches #output of the graph [unreachable-node] use m.#out there, or remove the node\n" +
			"no endpoint and no node runs graph g [unused-graph] use it, or remove it"},
		{"graph without input", func(b *ir.Bento) { b.Graphs["g"] = &ir.Graph{Output: &ir.Value{Empty: "object"}} },
			"graph g has no #input [missing-field] add #input: {…} with the types that the graph takes; #input: {} where it takes none\n" +
				"no endpoint and no node runs graph g [unused-graph] use it, or remove it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := notation.Bento("model m weights/det.onnx {x: tensor float32 [3]} -> {y: tensor float32 [1]}\n" +
				"runner det onnx m\nrunner up {s: string} -> {s: string}\nservice s {\n\tup runner up\n\tdet runner det\n}\n")
			b.At = map[string]ir.Pos{}
			c.change(b)
			var got []string
			p := &pass{b: b, opts: Options{FS: module}, broken: map[string]bool{}}
			p.complete()
			for _, r := range Rules() {
				r.run(p)
			}
			for _, d := range p.diags {
				got = append(got, strings.TrimSpace(d.Message+" ["+string(d.Code)+"] "+d.Hint))
			}
			if s := strings.Join(got, "\n"); s != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", s, c.want)
			}
		})
	}
}

// TestFilesByLink: a symbolic link that leaves the module is not followed.
func TestFilesByLink(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	root := filepath.Join(top, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(top, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := notation.Bento("runner up {s: string} -> {s: string}\nservice s {\n\tup runner up\n}\n")
	b.Files = map[string]*ir.File{"/link": {Path: "link", Pos: ir.Pos{File: "bento.cue", Line: 7, Col: 3}}}
	got := report(Run(b, Options{FS: r.FS()}))
	want := "bento.cue:7:3: error: link leaves the module by a symbolic link [outside-module]\n\tat bento.files./link.path\n" +
		"\thint: a bento is built from the files of its own module; copy it in\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
