package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/platform"
)

// The IDs of the inputs that [Build] looks for.
const (
	InputToolchain = "toolchain" // a Go toolchain for the platform that builds
	InputModules   = "modules"   // the file tree of a Go module proxy; may be missing
	InputSource    = "source"    // the go.work workspace of the server
	InputRootfs    = "rootfs"    // what every image has; or one a platform, see [ForPlatform]
	InputFiles     = "files"     // the bento's own files; may be missing

	InputModels = "models" // models; may be missing
	InputModel  = "model-" // and a name: a large file of a model
)

// ForPlatform gives the ID of an input that is one platform's own, such as
// rootfs-linux-amd64.
func ForPlatform(id, platform string) string {
	return id + "-" + strings.ReplaceAll(platform, "/", "-")
}

// User is the number of the user and of the group that servers run as.
const User = 65532

// The labels that bentoc gives an image.
const (
	LabelIRDigest = "dev.bentoc.ir.digest" // the digest of [IRFile]
	LabelVersion  = "dev.bentoc.version"   // the bentoc that built it
	LabelService  = "dev.bentoc.service"   // the service that it serves, of a bento that has several
	labelOCI      = "org.opencontainers.image."

	// LabelOldIR held the IR itself in images that were built before it became a
	// file.
	LabelOldIR = "dev.bentoc.ir"
)

// ImageName is what the image of a bento is called, and that of a service where it has
// several.
func ImageName(bento, service string) string {
	if service == "" {
		return bento
	}
	return bento + "-" + service
}

// IRFile is where an image holds the canonical IR that it was built from. A label
// could not: containerd runs no image with one of more than 4,096 bytes.
const IRFile = "/usr/share/bentoc/ir.json"

// Request is what a plan is made from.
type Request struct {
	Bento *ir.Bento
	// Service is the one that the images serve; "" for a bento that has one alone.
	Service string
	// Platforms are those of the bento that images are built for; all without any.
	Platforms []string
	Inputs    []Input
	// Builder is the platform that steps run on, such as linux/amd64.
	Builder string
	// Bases are the images below, by platform. Nil for empty ones.
	Bases map[string]Base
	// Version is the version of bentoc, for the label.
	Version string
	// GoVersion is the Go that compiles, such as go1.26.8. It names caches.
	GoVersion string
	// Tags are build tags of the server, separated by commas, by platform.
	Tags map[string]string
	// Epoch is the time of everything, in seconds since 1970.
	Epoch int64
	// Records are what images have written down beside the IR.
	Records []Record
}

// Where inputs are mounted in a compile step, and where it writes.
const (
	goRoot    = "/go"
	modules   = "/modules"
	source    = "/src"
	cache     = "/cache"
	scratch   = "/tmp" // writable, and gone after the step
	output    = "/out"
	server    = "server" // the file below output, and the package's folder below source
	serverTo  = "/server"
	portLabel = "3000/tcp"
	ldflags   = "-ldflags=-s -w -buildid="
	// What debuggers read is not linked, so it is not compiled either: that is a fifth
	// of the compiler's time.
	gcflags = "-gcflags=all=-dwarf=false"
)

// cacheVersion is part of the names of compile caches. It grows when what an
// older bentoc left in one must not be used: 1 held indexes of packages that go
// stale, see [compileEnv].
const cacheVersion = "2"

// Build makes the plan for a bento. It is pure. A request that lacks an input is
// an error of the caller.
func Build(r Request) (*Plan, error) {
	if len(r.Platforms) == 0 {
		r.Platforms = r.Bento.Platforms
	}
	b := &builder{Request: r, served: r.Bento.Only(r.Service).Served()}
	for _, kind := range Kinds(b.served) {
		e, err := EngineOf(kind)
		if err != nil {
			return nil, err
		}
		b.engines = append(b.engines, e)
	}
	p := &Plan{Version: Version, Bento: r.Bento.Name, Service: r.Service, IRDigest: r.Bento.Digest(), Epoch: r.Epoch, Inputs: slices.Clone(r.Inputs)}
	slices.SortFunc(p.Inputs, func(x, y Input) int { return strings.Compare(x.ID, y.ID) })
	for _, platform := range r.Platforms {
		c, err := b.compile(platform, b.engines...)
		if err != nil {
			return nil, fmt.Errorf("planning %s: %w", platform, err)
		}
		if reachesGPUs(b.served) {
			if err := b.withC(&c); err != nil {
				return nil, fmt.Errorf("planning %s: %w", platform, err)
			}
		}
		if tags := b.Tags[platform]; tags != "" {
			c.Args = slices.Insert(c.Args, slices.Index(c.Args, "-trimpath"), "-tags="+tags)
		}
		img, err := b.image(platform, c.ID)
		if err != nil {
			return nil, fmt.Errorf("planning %s: %w", platform, err)
		}
		p.Compiles, p.Images = append(p.Compiles, c), append(p.Images, img)
	}
	return p, b.open(p)
}

type builder struct {
	Request
	served  *ir.Bento // the part of the bento that images have
	engines []*Engine // that its runners run on
}

func (b *builder) has(id string) bool {
	return slices.ContainsFunc(b.Inputs, func(in Input) bool { return in.ID == id })
}

// input gives the ID of an input for a platform: its own, or the common one.
func (b *builder) input(id, platform string) (string, bool) {
	if own := ForPlatform(id, platform); b.has(own) {
		return own, true
	}
	return id, b.has(id)
}

// compile is the step that compiles the server for a platform, linked with what
// engines need. Each platform has
// a cache of its own, so that compilers need not wait for each other: objects of
// two platforms have nothing in common.
func (b *builder) compile(target string, engines ...*Engine) (Compile, error) {
	c := Compile{
		ID:       ForPlatform(server, target),
		Name:     "compile the server for " + target,
		Platform: target,
		Caches:   []Cache{{ID: ForPlatform("bentoc"+cacheVersion+"-"+b.GoVersion, target), Path: cache}},
		Dir:      source,
		Args: []string{
			goRoot + "/bin/go", "build", "-trimpath", "-buildvcs=false", gcflags, ldflags,
			"-o", path.Join(output, server), "./" + server,
		},
		Output: output,
		Pos:    b.Bento.Pos,
	}
	proxy := "off"
	flags := &c.Args[slices.Index(c.Args, ldflags)]
	for _, e := range engines {
		if e.Link != nil {
			*flags += " " + e.Link(target)
		}
	}
	for _, m := range []Mount{{InputToolchain, goRoot}, {InputModules, modules}, {InputSource, source}} {
		switch {
		case b.has(m.Input):
			c.Mounts = append(c.Mounts, m)
		case m.Input != InputModules:
			return c, fmt.Errorf("there is no input %s", m.Input)
		}
	}
	if b.has(InputModules) {
		proxy = "file://" + modules
	}
	c.Env = compileEnv(target, proxy)
	return c, nil
}

// compileEnv is the whole environment of the compiler: nothing of the machine
// reaches it. The sums of all modules are in go.work.sum.
//
// What outlives the step is found by content alone, so that a build with the
// cache gives what one without it gives. The go command's index of packages is
// found by the sizes and times of files, and those in a layer all have one time:
// goindex=0. Its module cache is found by name and version and not looked at
// again, so each step unpacks modules anew.
func compileEnv(target, proxy string) []string {
	goos, goarch, _ := strings.Cut(target, "/")
	env := []string{
		"CGO_ENABLED=0",
		"GOARCH=" + goarch,
		"GOCACHE=" + cache + "/build",
		"GOENV=off",
		"GODEBUG=goindex=0",
		"GOFLAGS=-mod=readonly -modcacherw",
		"GOMODCACHE=" + scratch + "/mod",
		"GOOS=" + goos,
		"GOPROXY=" + proxy,
		"GOROOT=" + goRoot,
		"GOSUMDB=off",
		"GOTELEMETRY=off",
		"GOTOOLCHAIN=local",
		"HOME=" + scratch,
		"PATH=" + goRoot + "/bin",
		"TMPDIR=" + scratch,
	}
	if level := platform.Of(target).Level; level != "" {
		env = append(env, level)
	}
	slices.Sort(env)
	return env
}

// image is one platform's image. The server lies on top: it changes most often.
func (b *builder) image(platform, compile string) (Image, error) {
	img := Image{Platform: platform, Annotations: b.annotations()}
	if b.Bento.Base != nil {
		base, ok := b.Bases[platform]
		if !ok {
			return img, fmt.Errorf("there is no base image")
		}
		img.Base = &base
		img.Annotations[labelOCI+"base.digest"] = base.Manifest
		if b.Bento.Base.Image != "" {
			img.Annotations[labelOCI+"base.name"] = b.Bento.Base.Image
		}
	}
	rootfs, ok := b.input(InputRootfs, platform)
	if !ok {
		return img, fmt.Errorf("there is no input %s", InputRootfs)
	}
	img.Layers = append(img.Layers, b.inputLayer(rootfs))
	for _, e := range b.engines {
		for _, id := range e.Layers {
			own, ok := b.input(id, platform)
			if !ok {
				return img, fmt.Errorf("there is no input %s", id)
			}
			img.Layers = append(img.Layers, b.inputLayer(own))
		}
	}
	if b.has(InputCLibrary) {
		img.Layers = append(img.Layers, b.inputLayer(InputCLibrary))
	}
	for _, in := range b.Inputs {
		if in.ID == InputModels || strings.HasPrefix(in.ID, InputModel) {
			img.Layers = append(img.Layers, b.inputLayer(in.ID))
		}
	}
	if files, ok := b.input(InputFiles, platform); ok {
		img.Layers = append(img.Layers, b.inputLayer(files))
	}
	img.Layers = append(img.Layers, Layer{
		Compile: compile, Content: "the server", From: server, To: serverTo, Mode: 0o755, Pos: b.Bento.Pos,
	})
	var err error
	img.Config, err = b.config(img.Base)
	return img, err
}

func (b *builder) inputLayer(id string) Layer {
	i := slices.IndexFunc(b.Inputs, func(in Input) bool { return in.ID == id })
	return Layer{Input: id, Content: b.Inputs[i].Content, Pos: b.Inputs[i].Pos}
}

// annotations are those of a manifest, for people and registries.
func (b *builder) annotations() map[string]string {
	a := map[string]string{labelOCI + "title": ImageName(b.Bento.Name, b.Service)}
	if doc := b.Bento.Doc; doc != "" {
		a[labelOCI+"description"] = doc
	}
	for k, v := range b.Bento.Labels {
		if strings.HasPrefix(k, labelOCI) {
			a[k] = v
		}
	}
	return a
}

// config is an image's config: the base's, with what a server needs put over it.
func (b *builder) config(base *Base) (json.RawMessage, error) {
	var below struct {
		Config map[string]json.RawMessage `json:"config"`
	}
	if base != nil {
		if err := json.Unmarshal(base.Config, &below); err != nil {
			return nil, fmt.Errorf("reading the base image's config: %w", err)
		}
	}
	c := below.Config
	if c == nil {
		c = map[string]json.RawMessage{}
	}
	// What the base runs, and how its health is asked, is not what this image runs.
	for _, name := range []string{"Cmd", "ArgsEscaped", "Healthcheck", "OnBuild", "Shell"} {
		delete(c, name)
	}
	env, err := b.env(c["Env"])
	if err != nil {
		return nil, err
	}
	labels, err := b.labels(c["Labels"])
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]any{
		"Entrypoint":   []string{serverTo},
		"User":         fmt.Sprintf("%d:%d", User, User),
		"WorkingDir":   "/",
		"Env":          env,
		"ExposedPorts": map[string]any{portLabel: struct{}{}},
		"StopSignal":   "SIGTERM",
		"Labels":       labels,
	} {
		if c[name], err = json.Marshal(value); err != nil {
			return nil, fmt.Errorf("writing the image config: %w", err)
		}
	}
	return json.Marshal(map[string]any{"config": c})
}

// env gives the base's variables with the bento's put over them.
func (b *builder) env(base json.RawMessage) ([]string, error) {
	var below []string
	if base != nil {
		if err := json.Unmarshal(base, &below); err != nil {
			return nil, fmt.Errorf("reading the base image's environment: %w", err)
		}
	}
	own := map[string]string{}
	for _, e := range b.engines {
		maps.Copy(own, e.Env)
	}
	if reachesGPUs(b.served) {
		maps.Copy(own, gpuEnv)
	}
	maps.Copy(own, b.Bento.Env)
	maps.Copy(own, b.Bento.ServerEnv())
	env := []string{}
	for _, kv := range below {
		name, _, _ := strings.Cut(kv, "=")
		if _, ours := own[name]; !ours {
			env = append(env, kv)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if ir.IsServerEnv(name) && own[name] == "" { // none of the base's either
			continue
		}
		env = append(env, name+"="+own[name])
	}
	return env, nil
}

// labels gives the base's labels, bentoc's and the bento's, later ones over
// earlier ones. The two that tools read images by are always bentoc's.
func (b *builder) labels(base json.RawMessage) (map[string]string, error) {
	labels := map[string]string{}
	if base != nil {
		if err := json.Unmarshal(base, &labels); err != nil {
			return nil, fmt.Errorf("reading the base image's labels: %w", err)
		}
		if labels == nil {
			labels = map[string]string{}
		}
	}
	// The base speaks about itself in these.
	maps.DeleteFunc(labels, func(k, _ string) bool { return strings.HasPrefix(k, labelOCI) })
	maps.Copy(labels, b.annotations())
	maps.Copy(labels, b.Bento.Labels)
	labels[LabelIRDigest] = b.Bento.Digest()
	labels[LabelVersion] = b.Version
	for _, r := range b.Records {
		labels[r.Label] = r.digest()
	}
	if b.Service != "" {
		labels[LabelService] = b.Service
	}
	return labels, nil
}
