package ir

// Budgets bound what a build gives. Zero means "not said".
type Budgets struct {
	Image   int64 `json:"image,omitempty"`   // bytes of the image of one platform, compressed
	Layer   int64 `json:"layer,omitempty"`   // bytes of its largest layer, compressed
	Ops     int   `json:"ops,omitempty"`     // build steps of all platforms
	ReadyMs int64 `json:"readyMs,omitempty"` // milliseconds until the server is ready
	Memory  int64 `json:"memory,omitempty"`  // bytes that the ready server has resident
	Pos     Pos   `json:"-"`
}

// Runs reports whether the server has to be started to know.
func (b *Budgets) Runs() bool { return b != nil && (b.ReadyMs > 0 || b.Memory > 0) }

// Test is a golden case: a request to an endpoint, and the answer that it is to have.
// Files are relative to the module root.
type Test struct {
	Doc        string            `json:"doc,omitempty"`
	Service    string            `json:"service"`
	Endpoint   string            `json:"endpoint"`
	Input      Const             `json:"input,omitempty"`
	InputFile  string            `json:"inputFile,omitempty"`
	Files      map[string]string `json:"files,omitempty"`  // file by the field that it fills
	Status     int               `json:"status,omitempty"` // 0: 200
	Output     Const             `json:"output,omitempty"`
	OutputFile string            `json:"outputFile,omitempty"`
	// Tolerance is a decimal: numbers differ by that part of the wanted one, or by
	// that much where it is smaller than 1; "" is 0.
	Tolerance    string `json:"tolerance,omitempty"`
	MaxLatencyMs int64  `json:"maxLatencyMs,omitempty"`
	Ready        bool   `json:"ready,omitempty"` // the server runs it before it is ready
	Pos          Pos    `json:"-"`
}

// Succeeds reports whether the answer is to have a status below 300.
func (t *Test) Succeeds() bool { return t.Status == 0 || t.Status < 300 }

// Tested gives the endpoint of a golden case; nil where there is none.
func (b *Bento) Tested(t *Test) *Endpoint {
	if s := b.Services[t.Service]; s != nil {
		return s.Endpoints[t.Endpoint]
	}
	return nil
}

// ProvesItself reports whether the server asks itself golden cases before it is ready.
func (b *Bento) ProvesItself() bool {
	for _, t := range b.Tests {
		if t.Ready {
			return true
		}
	}
	return false
}
