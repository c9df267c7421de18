package ir

// Accepted is a change from an earlier bento that somebody agreed to.
type Accepted struct {
	Path  string `json:"path"`  // what changes, such as "services.ocr.endpoints.read"
	Until string `json:"until"` // the last day on which it counts, such as 2027-01-31
	Why   string `json:"why"`
	Pos   Pos    `json:"-"`
}
