package emit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/protobuf/proto"

	"bentoc.dev/buildkit/emit"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/plan"
)

const cueText = "package ocr\n\nbento: {\n\tname: \"ocr\"\n\trunners: prep: engine: go: {}\n}\n"

func sum(text string) string { return digest.FromString(text).String() }

func at(line int) diag.Pos { return diag.Pos{File: "bento.cue", Line: line, Col: 2} }

// ocr is a plan as package plan makes it: a bento with one user's module, for
// two platforms.
func ocr() *plan.Plan {
	p := &plan.Plan{Version: plan.Version, Bento: "ocr", Epoch: 1}
	for i, id := range []string{"toolchain", "modules", "source", "rootfs", "config"} {
		p.Inputs = append(p.Inputs, plan.Input{ID: id, Content: "the " + id, Manifest: sum(id), Pos: at(3 + i%3)})
	}
	for _, arch := range []string{"amd64", "arm64"} {
		id := "server-linux-" + arch
		p.Compiles = append(p.Compiles, plan.Compile{
			ID: id, Name: "compile the server for linux/" + arch, Platform: "linux/" + arch,
			Mounts: []plan.Mount{{Input: "toolchain", Path: "/go"}, {Input: "modules", Path: "/modules"}, {Input: "source", Path: "/src"}},
			Caches: []plan.Cache{{ID: "bentoc-gocache", Path: "/cache"}},
			Dir:    "/src/server", Args: []string{"/go/bin/go", "build", "-o", "/out/server", "."},
			Env: []string{"GOARCH=" + arch, "A=b=c", "CGO_ENABLED=0"}, Output: "/out", Pos: at(5),
		})
		p.Images = append(p.Images, plan.Image{
			Platform: "linux/" + arch,
			Layers: []plan.Layer{
				{Input: "rootfs", Content: "users and folders", Pos: at(3)},
				{Compile: id, Content: "server", From: "/server", To: "/usr/bin/server", Mode: 0o755, Pos: at(5)},
				{Input: "config", Content: "the IR", Pos: at(4)},
			},
			Config: json.RawMessage(`{"config":{"User":"65532"},"rootfs":{"type":"layers"}}`),
		})
	}
	return p
}

func mustImages(t *testing.T, p *plan.Plan, o emit.Options) []emit.Image {
	t.Helper()
	images, err := emit.Images(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return images
}

func options() emit.Options {
	return emit.Options{Files: map[string][]byte{"bento.cue": []byte(cueText)}, BuildPlatform: "linux/amd64"}
}

// op is a decoded operation.
type op struct {
	*pb.Op
	meta *pb.OpMetadata
	name string
}

// ops decodes the operations of images; what they share counts once.
func ops(t *testing.T, images []emit.Image) map[digest.Digest]op {
	t.Helper()
	all := map[digest.Digest]op{}
	for _, img := range images {
		def := img.Definition
		for _, text := range def.Def {
			d := digest.FromBytes(text)
			var o pb.Op
			if err := proto.Unmarshal(text, &o); err != nil {
				t.Fatal(err)
			}
			if o.Op == nil {
				continue // names the result
			}
			meta := def.Metadata[d]
			all[d] = op{&o, meta.ToPB(), meta.Description["llb.customname"]}
		}
	}
	return all
}

func named(t *testing.T, all map[digest.Digest]op, name string) op {
	t.Helper()
	for _, o := range all {
		if o.name == name {
			return o
		}
	}
	t.Fatalf("no operation %q", name)
	return op{}
}

func TestImages_FewOperations(t *testing.T) {
	t.Parallel()
	all := ops(t, mustImages(t, ocr(), options()))
	// Five inputs; a compile, a copy and a merge for each platform.
	if len(all) != 11 {
		for d, o := range all {
			t.Log(d, o.name)
		}
		t.Errorf("%d operations for two platforms, want 11", len(all))
	}
}

func TestImages_Compile(t *testing.T) {
	t.Parallel()
	all := ops(t, mustImages(t, ocr(), options()))
	o := named(t, all, "compile the server for linux/arm64")
	exec := o.GetExec()
	if exec.Network != pb.NetMode_NONE || exec.Security != pb.SecurityMode_SANDBOX {
		t.Errorf("network %v, security %v", exec.Network, exec.Security)
	}
	if o.Platform.Architecture != "amd64" {
		t.Errorf("it runs on %s, want the build machine's amd64", o.Platform.Architecture)
	}
	if want := []string{"GOARCH=arm64", "A=b=c", "CGO_ENABLED=0"}; !slices.Equal(exec.Meta.Env, want) {
		t.Errorf("environment %q, want %q", exec.Meta.Env, want)
	}
	if exec.Meta.Cwd != "/src/server" || !slices.Equal(exec.Meta.Args, []string{"/go/bin/go", "build", "-o", "/out/server", "."}) {
		t.Errorf("%q in %s", exec.Meta.Args, exec.Meta.Cwd)
	}
	var got []string
	for _, m := range exec.Mounts {
		got = append(got, fmt.Sprintf("%s %v input=%d output=%d ro=%v", m.Dest, m.MountType, min(m.Input, 0), m.Output, m.Readonly))
		if m.MountType == pb.MountType_CACHE && (m.CacheOpt.Sharing != pb.CacheSharingOpt_LOCKED || m.CacheOpt.ID != "bentoc-gocache") {
			t.Errorf("cache %v", m.CacheOpt)
		}
	}
	want := []string{
		"/ BIND input=-1 output=0 ro=false",
		"/cache CACHE input=-1 output=-1 ro=false",
		"/go BIND input=0 output=-1 ro=true",
		"/modules BIND input=0 output=-1 ro=true",
		"/out BIND input=-1 output=1 ro=false",
		"/src BIND input=0 output=-1 ro=true",
		"/tmp BIND input=-1 output=-1 ro=false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("mounts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestImages_Copy(t *testing.T) {
	t.Parallel()
	all := ops(t, mustImages(t, ocr(), options()))
	actions := named(t, all, "server").GetFile().Actions
	if len(actions) != 1 {
		t.Fatalf("%d actions", len(actions))
	}
	c := actions[0].GetCopy()
	if c.Src != "/server" || c.Dest != "/usr/bin/server" || c.ModeStr != "0755" || !c.CreateDestPath {
		t.Errorf("copy %v", c)
	}
	if c.Timestamp != 1e9 {
		t.Errorf("time %d ns, want the epoch's second", c.Timestamp)
	}
	if c.Owner.User.GetByID() != 0 || c.Owner.Group.GetByID() != 0 || c.Owner.User == nil {
		t.Errorf("owner %v", c.Owner)
	}
}

func TestImages_Merge(t *testing.T) {
	t.Parallel()
	all := ops(t, mustImages(t, ocr(), options()))
	o := named(t, all, "image for linux/arm64")
	var got []string
	for _, in := range o.GetMerge().Inputs {
		got = append(got, all[digest.Digest(o.Inputs[in.Input].Digest)].name)
	}
	if want := []string{"the rootfs", "server", "the config"}; !slices.Equal(got, want) {
		t.Errorf("merge of %q, want %q", got, want)
	}
}

func TestImages_Sources(t *testing.T) {
	t.Parallel()
	all := ops(t, mustImages(t, ocr(), options()))
	src := named(t, all, "the toolchain").GetSource()
	if want := "oci-layout://bentoc/store@" + sum("toolchain"); src.Identifier != want {
		t.Errorf("source %s, want %s", src.Identifier, want)
	}
	if src.Attrs["oci.store"] != emit.StoreID {
		t.Errorf("attributes %v", src.Attrs)
	}
}

// Every operation names the user's line; names hold no path.
func TestImages_PlacesAndNames(t *testing.T) {
	t.Parallel()
	images := mustImages(t, ocr(), options())
	for _, img := range images {
		src := img.Definition.Source
		for d, o := range ops(t, []emit.Image{img}) {
			locs := src.Locations[d.String()]
			if locs == nil || len(locs.Locations) != 1 {
				t.Errorf("%q has no place", o.name)
				continue
			}
			info := src.Infos[locs.Locations[0].SourceIndex]
			if info.Filename != "bento.cue" || string(info.Data) != cueText || info.Language != "Cue" {
				t.Errorf("%q is in %s", o.name, info.Filename)
			}
			if r := locs.Locations[0].Ranges[0]; r.Start.Line < 3 || r.Start.Line > 5 || r.Start.Character != 1 {
				t.Errorf("%q is at %v", o.name, r)
			}
			if o.name == "" || strings.Contains(strings.ReplaceAll(o.name, "linux/", ""), "/") {
				t.Errorf("name %q", o.name)
			}
		}
	}
}

// Positions and the text of bento.cue are no part of what is built.
func TestImages_MovedLinesChangeNothing(t *testing.T) {
	t.Parallel()
	p, o := ocr(), options()
	for i := range p.Compiles {
		p.Compiles[i].Pos = at(4)
	}
	o.Files = map[string][]byte{"bento.cue": []byte("// a comment\n" + cueText)}
	want, got := mustImages(t, ocr(), options()), mustImages(t, p, o)
	for i := range want {
		if !slices.EqualFunc(want[i].Definition.Def, got[i].Definition.Def, bytes.Equal) {
			t.Errorf("%s differs", want[i].ID)
		}
	}
}

func written(t *testing.T, img *emit.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := img.WriteLLB(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestImages_Deterministic(t *testing.T) {
	// Maps are iterated in another order each time; 25 runs make it next to
	// impossible that an order that reaches the output goes unseen.
	var want [][]byte
	for run := range 25 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1 + run%4))
		var got [][]byte
		for _, img := range mustImages(t, ocr(), options()) {
			got = append(got, written(t, &img), img.Config)
		}
		if want == nil {
			want = got
		}
		if !slices.EqualFunc(want, got, bytes.Equal) {
			t.Fatalf("run %d differs", run)
		}
	}
}

func TestImage_WriteLLB(t *testing.T) {
	t.Parallel()
	def, err := llb.ReadFrom(bytes.NewReader(written(t, &mustImages(t, ocr(), options())[0]))) // what buildctl debug dump-llb does
	if err != nil {
		t.Fatal(err)
	}
	if len(def.Def) != 9 { // five inputs, compile, copy, merge and the result
		t.Errorf("%d operations", len(def.Def))
	}
}

func TestImages_NoCache(t *testing.T) {
	t.Parallel()
	o := options()
	o.NoCache = true
	for _, op := range ops(t, mustImages(t, ocr(), o)) {
		if !op.meta.IgnoreCache {
			t.Errorf("%q may be cached", op.name)
		}
		for _, m := range op.GetExec().GetMounts() {
			if m.MountType == pb.MountType_CACHE {
				t.Errorf("%q has the cache %s", op.name, m.Dest)
			}
		}
	}
}

func TestImages_Config(t *testing.T) {
	t.Parallel()
	img := mustImages(t, ocr(), options())[1]
	want := `{"architecture":"arm64","config":{"User":"65532"},"created":"1970-01-01T00:00:01Z",` +
		`"history":[{"created":"1970-01-01T00:00:01Z","created_by":"bentoc: users and folders"},` +
		`{"created":"1970-01-01T00:00:01Z","created_by":"bentoc: server"},{"created":"1970-01-01T00:00:01Z","created_by":"bentoc: the IR"}],"os":"linux"}`
	if string(img.Config) != want {
		t.Errorf("config\n%s\nwant\n%s", img.Config, want)
	}
	if img.ID != "linux/arm64" || img.Platform.Architecture != "arm64" || img.BaseConfig != nil {
		t.Errorf("image %+v", img)
	}
}

func TestImages_Base(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, base string
		want       []string
	}{
		{"as told", `{"rootfs":{"diff_ids":["a","b"]},"history":[{"created_by":"x"},{"created_by":"y","empty_layer":true},{"created_by":"z"}]}`, []string{"x", "y (empty)", "z"}},
		{"told too little", `{"rootfs":{"diff_ids":["a","b"]},"history":[{"created_by":"x"}]}`, []string{"x", "base image"}},
		{"told too much", `{"rootfs":{"diff_ids":["a"]},"history":[{"created_by":"x"},{"created_by":"y"}]}`, []string{"base image"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := ocr()
			p.Images = p.Images[:1]
			p.Images[0].Base = &plan.Base{Manifest: sum("base"), Config: json.RawMessage(tt.base), Pos: at(4)}
			images := mustImages(t, p, options())
			var config ocispecs.Image
			if err := json.Unmarshal(images[0].Config, &config); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range config.History {
				if h.EmptyLayer {
					h.CreatedBy += " (empty)"
				}
				got = append(got, h.CreatedBy)
			}
			if want := append(tt.want, "bentoc: users and folders", "bentoc: server", "bentoc: the IR"); !slices.Equal(got, want) {
				t.Errorf("history %q, want %q", got, want)
			}
			if string(images[0].BaseConfig) != tt.base {
				t.Errorf("base config %s", images[0].BaseConfig)
			}
			all := ops(t, images)
			o := named(t, all, "image for linux/amd64")
			if first := all[digest.Digest(o.Inputs[o.GetMerge().Inputs[0].Input].Digest)]; first.name != "base image" {
				t.Errorf("the lowest layer is %q", first.name)
			}
		})
	}
}

func TestImages_Contradictions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		want  string
		wrong func(*plan.Plan)
	}{
		{`input "toolchain": manifest "sha256:x": invalid checksum digest length`, func(p *plan.Plan) { p.Inputs[0].Manifest = "sha256:x" }},
		{`compile step "server-linux-amd64": no input "ghost"`, func(p *plan.Plan) { p.Compiles[0].Mounts[0].Input = "ghost" }},
		{`emitting linux/amd64: layer 1: no input "ghost"`, func(p *plan.Plan) { p.Images[0].Layers[0].Input = "ghost" }},
		{`emitting linux/amd64: layer 2: no compile step "ghost"`, func(p *plan.Plan) { p.Images[0].Layers[1].Compile = "ghost" }},
		{`emitting linux/amd64: no layers`, func(p *plan.Plan) { p.Images[0].Layers = nil }},
		{`emitting linux/amd64: reading the image config: unexpected end of JSON input`, func(p *plan.Plan) { p.Images[0].Config = json.RawMessage("{") }},
	} {
		p := ocr()
		tt.wrong(p)
		if _, err := emit.Images(t.Context(), p, options()); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}
