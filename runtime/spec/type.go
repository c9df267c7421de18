package spec

import "strings"

// Type is what an endpoint takes or gives: one format for each encoding that a
// protocol may ask for. One that is not declared is the zero [Format], and nothing
// of it is linked.
type Type struct {
	JSON Format
	Form Format // named parts, as forms have them
	Raw  Format // the value's own bytes, where it is a text, bytes or a file

	Arrow Format // a stream of Apache Arrow, of a table where the endpoint declares it
}

// Format reads and writes the values of one type in one encoding. Where a type is
// only taken or only given, the other function is nil.
type Format struct {
	// Decode makes a value. Its error is an [InputError] where the source is at fault.
	Decode func(*Source) (any, error)
	// Encode makes the bytes of a value.
	Encode func(v any) (Payload, error)
}

// Source is one encoded value, already read within the limits.
type Source struct {
	ContentType string // media type, lower case, without parameters; "" when it is not known
	// Body is what JSON and Raw read. It lies in a buffer that is used again after
	// Decode: what Decode keeps of it, it copies.
	Body []byte
	// Parts are what Form reads. Their data belongs to the source alone and may be
	// kept.
	Parts  []Part
	Strict bool   // from the endpoint
	Memory Memory // what Decode may allocate; nil: as much as it likes
}

// Memory is what one request may take of the server's memory. A decoder takes what
// it will allocate before it does, in one piece, and gives back what it no longer
// needs; the rest is given back when the request has ended.
type Memory interface {
	// Take takes n bytes. Its error ends the request and has the answer's status:
	// 413 where the request can never have as much, 503 where others have it.
	Take(n int64) error
	// Give gives n bytes back.
	Give(n int64)
}

// Part is one part of a form, in the order sent.
type Part struct {
	Name        string
	FileName    string // "" for a plain field
	ContentType string // media type of the part, "" when absent
	Data        []byte
}

// Payload is one encoded value.
type Payload struct {
	ContentType string // such as application/json
	FileName    string // of a file; "" for none
	Body        []byte
	// Release gives Body back to a pool once it is written; may be nil.
	Release func()
}

// ArrowStream is the media type of a stream of Apache Arrow, as IANA has it.
const ArrowStream = "application/vnd.apache.arrow.stream"

// IsJSON tells whether a media type is one of JSON.
func IsJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}
