package plan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/plan"
)

func bento() *ir.Bento {
	return &ir.Bento{
		Version: ir.Version, Name: "hello", Doc: "Greets people.", Platforms: []string{"linux/amd64", "linux/arm64"},
		Env:      map[string]string{"ZONE": "b", "MODE": "fast"},
		Labels:   map[string]string{"team": "ml", "org.opencontainers.image.vendor": "ACME"},
		Services: map[string]*ir.Service{},
		Pos:      diag.Pos{File: "bento.cue", Line: 3, Col: 1},
	}
}

func inputs(ids ...string) (all []plan.Input) {
	for _, id := range ids {
		all = append(all, plan.Input{ID: id, Content: "the " + id, Manifest: "sha256:" + id, Layer: "sha256:layer-" + id, DiffID: "sha256:diff-" + id, Size: 1, Unpacked: 2})
	}
	return all
}

func request(ids ...string) plan.Request {
	return plan.Request{Bento: bento(), Inputs: inputs(ids...), Version: "v0.1.0", GoVersion: "go1.26.8"}
}

// TestGolden holds the plan of a plain bento. BENTOC_UPDATE=1 writes it.
func TestGolden(t *testing.T) {
	t.Parallel()
	p, err := plan.Build(request("toolchain", "source", "rootfs", "modules", "files"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Readable()
	if err != nil {
		t.Fatal(err)
	}
	const name = "testdata/hello.txtar"
	if os.Getenv("BENTOC_UPDATE") == "1" {
		ar := &txtar.Archive{Comment: []byte("The plan of a bento with modules, files, labels and variables.\n"), Files: []txtar.File{{Name: "out/plan", Data: got}}}
		if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	ar, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ar.Files[0].Data, got) {
		t.Errorf("the plan is not the one in %s (BENTOC_UPDATE=1 writes it):\n%s", name, got)
	}
}

func TestCompilerSeesNothingOfTheMachine(t *testing.T) {
	t.Parallel()
	p, err := plan.Build(request("toolchain", "source", "rootfs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Compiles {
		for _, want := range []string{"GOPROXY=off", "GOSUMDB=off", "GOENV=off", "CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOFLAGS=-mod=readonly -modcacherw", "GODEBUG=goindex=0", "GOMODCACHE=/tmp/mod"} {
			if !slices.Contains(c.Env, want) {
				t.Errorf("%s: no %s in %q", c.ID, want, c.Env)
			}
		}
		if slices.ContainsFunc(c.Mounts, func(m plan.Mount) bool { return m.Input == "modules" }) {
			t.Errorf("%s mounts modules that are not there", c.ID)
		}
	}
	if p.Compiles[0].Caches[0].ID == p.Compiles[1].Caches[0].ID {
		t.Error("the compilers wait for each other")
	}
}

// TestTags has the tags of each platform in its compiler's arguments, and none in those of
// what opens models, which is the same for all bentos.
func TestTags(t *testing.T) {
	t.Parallel()
	r := request("toolchain", "source", "rootfs")
	r.Tags = map[string]string{"linux/arm64": "one,two"}
	p, err := plan.Build(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Compiles {
		tags := slices.DeleteFunc(slices.Clone(c.Args), func(s string) bool { return !strings.HasPrefix(s, "-tags") })
		if want := c.Platform == "linux/arm64"; want != slices.Equal(tags, []string{"-tags=one,two"}) || !want && len(tags) > 0 {
			t.Errorf("%s: %q", c.Platform, c.Args)
		}
		if c.Args[1] != "build" || c.Args[len(c.Args)-1] != "./server" {
			t.Errorf("%s: %q", c.Platform, c.Args)
		}
	}
}

// config is the config of an image as runtimes read it.
type config struct {
	Config struct {
		Entrypoint, Cmd, Env []string
		User, WorkingDir     string
		StopSignal           string
		Labels               map[string]string
		ExposedPorts         map[string]any
		Volumes              map[string]any
	} `json:"config"`
}

func readConfig(t *testing.T, img plan.Image) (c config) {
	t.Helper()
	if err := json.Unmarshal(img.Config, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestImageConfig(t *testing.T) {
	t.Parallel()
	r := request("toolchain", "source", "rootfs")
	p, err := plan.Build(r)
	if err != nil {
		t.Fatal(err)
	}
	c := readConfig(t, p.Images[1]).Config
	if !slices.Equal(c.Entrypoint, []string{"/server"}) || c.User != "65532:65532" || c.WorkingDir != "/" || c.StopSignal != "SIGTERM" {
		t.Errorf("config %+v", c)
	}
	if !slices.Equal(c.Env, []string{"BENTOC_DIGEST=" + r.Bento.Digest(), "MODE=fast", "ZONE=b"}) || c.ExposedPorts["3000/tcp"] == nil {
		t.Errorf("config %+v", c)
	}
	if c.Labels["dev.bentoc.ir.digest"] != r.Bento.Digest() || c.Labels["dev.bentoc.version"] != "v0.1.0" || c.Labels["team"] != "ml" {
		t.Errorf("labels %q", c.Labels)
	}
	a := p.Images[0].Annotations
	if a["org.opencontainers.image.title"] != "hello" || a["org.opencontainers.image.vendor"] != "ACME" || a["team"] != "" {
		t.Errorf("annotations %q", a)
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	r := request("toolchain", "source", "rootfs-linux-amd64", "rootfs-linux-arm64")
	r.Bento.Base = &ir.Base{Image: "debian:12"}
	r.Bases = map[string]plan.Base{}
	for _, p := range r.Bento.Platforms {
		text := `{"config":{"Env":["PATH=/bin","MODE=slow","BENTOC_MEMORY=1"],"Cmd":["bash"],"User":"root","Volumes":{"/data":{}},"Labels":{"org.opencontainers.image.title":"Debian","vendor":"x"}}}`
		r.Bases[p] = plan.Base{Manifest: "sha256:" + p, Config: json.RawMessage(text)}
	}
	p, err := plan.Build(r)
	if err != nil {
		t.Fatal(err)
	}
	img := p.Images[1]
	c := readConfig(t, img).Config
	if !slices.Equal(c.Env, []string{"PATH=/bin", "BENTOC_DIGEST=" + r.Bento.Digest(), "MODE=fast", "ZONE=b"}) || c.Cmd != nil || c.User != "65532:65532" || c.Volumes["/data"] == nil {
		t.Errorf("config %+v", c)
	}
	if c.Labels["org.opencontainers.image.title"] != "hello" || c.Labels["vendor"] != "x" {
		t.Errorf("labels %q", c.Labels)
	}
	if img.Base.Manifest != "sha256:linux/arm64" || img.Layers[0].Input != "rootfs-linux-arm64" || img.Layers[1].To != "/server" {
		t.Errorf("image %+v", img)
	}
	if img.Annotations["org.opencontainers.image.base.digest"] != "sha256:linux/arm64" || img.Annotations["org.opencontainers.image.base.name"] != "debian:12" {
		t.Errorf("annotations %q", img.Annotations)
	}
	delete(r.Bases, "linux/arm64")
	if _, err := plan.Build(r); err == nil || !strings.Contains(err.Error(), "planning linux/arm64: there is no base image") {
		t.Errorf("got %v", err)
	}
}

func TestMissingInput(t *testing.T) {
	t.Parallel()
	for _, ids := range [][]string{{"toolchain", "source"}, {"toolchain", "rootfs"}, {"source", "rootfs"}} {
		if _, err := plan.Build(request(ids...)); err == nil || !strings.Contains(err.Error(), "there is no input") {
			t.Errorf("%q: %v", ids, err)
		}
	}
}

func TestSameRequestSamePlan(t *testing.T) {
	t.Parallel()
	var first []byte
	for range 25 {
		r := request("toolchain", "source", "rootfs", "modules", "files")
		slices.Reverse(r.Inputs)
		p, err := plan.Build(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if !bytes.Equal(first, text) {
			t.Fatalf("another plan:\n%s\n%s", first, text)
		}
	}
}

// A plan refers to the IR by its digest.
func TestPlanHoldsNoIR(t *testing.T) {
	t.Parallel()
	p, err := plan.Build(request("toolchain", "source", "rootfs"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.Readable()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("irVersion")) || !bytes.Contains(text, []byte(`"irDigest": "`+bento().Digest())) {
		t.Errorf("the plan:\n%s", text)
	}
}

// TestServices plans the images of a bento of two services: each says which it serves,
// has what that reaches, and the IR of the whole.
func TestServices(t *testing.T) {
	t.Parallel()
	b := bento()
	b.Models = map[string]*ir.Model{"m": {}}
	b.Runners = map[string]*ir.Runner{
		"plain": {Engine: ir.Engine{Go: &ir.GoEngine{Package: "./steps", Func: "A"}}},
		"net":   {Engine: ir.Engine{ONNX: &ir.ONNXEngine{Model: "m"}}},
	}
	b.Services = map[string]*ir.Service{
		"small": {Endpoints: map[string]*ir.Endpoint{"a": {Route: "/a", Runner: "plain"}}},
		"large": {Endpoints: map[string]*ir.Endpoint{"a": {Route: "/a", Runner: "net"}}},
	}
	for service, engines := range map[string][]string{"small": {"go"}, "large": {"onnx"}} {
		served := b.Only(service).Served()
		if got := plan.Kinds(served); !slices.Equal(got, engines) {
			t.Errorf("%s runs on %v", service, got)
		}
	}
	r := request("toolchain", "source", "rootfs", "modules")
	r.Bento, r.Service = b, "small"
	p, err := plan.Build(r)
	if err != nil {
		t.Fatal(err)
	}
	if p.Service != "small" || p.IRDigest != b.Digest() {
		t.Errorf("the plan is of %q and %s", p.Service, p.IRDigest)
	}
	for _, img := range p.Images {
		if !strings.Contains(string(img.Config), `"dev.bentoc.service":"small"`) || img.Annotations["org.opencontainers.image.title"] != "hello-small" {
			t.Errorf("%s: %s %v", img.Platform, img.Config, img.Annotations)
		}
	}
}
