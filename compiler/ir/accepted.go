package ir

// Accepted is a change from an earlier bento that somebody agreed to.
type Accepted struct {
	Path  string // what changes, such as "services.ocr.endpoints.read"
	Until string // the last day on which it counts, such as 2027-01-31
	Why   string
	Pos   Pos
}
