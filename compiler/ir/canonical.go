package ir

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Canonical gives the bytes that two equal bentos share: compact JSON with sorted
// keys, without positions, constants and bounds spelled one way (1.0 is 1), and
// what is a set (platforms, patterns, media types…) sorted. The order that
// clients see, that of fields and nodes, is kept. b itself stays as it is.
func (b *Bento) Canonical() ([]byte, error) {
	c, err := b.normalised()
	if err != nil {
		return nil, err
	}
	c.Accepted = nil
	raw, err := marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encoding the IR: %w", err)
	}
	return canonicalJSON(raw)
}

// normalised gives a copy of b in the one spelling that equal bentos share, but for
// constants.
func (b *Bento) normalised() (*Bento, error) {
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encoding the IR: %w", err)
	}
	c := new(Bento)
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, fmt.Errorf("encoding the IR: %w", err)
	}
	if err := normalise(c); err != nil {
		return nil, fmt.Errorf("encoding the IR: %w", err)
	}
	return c, nil
}

// Digest gives the SHA-256 of the canonical bytes, as sha256:HEX. It is empty
// where they do not exist, which Canonical explains.
func (b *Bento) Digest() string {
	c, err := b.Canonical()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(c)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// marshal is json.Marshal without the escapes for HTML.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// canonicalJSON sorts the keys of objects and rewrites numbers.
func canonicalJSON(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	v, err := canonicalNumbers(v)
	if err != nil {
		return nil, err
	}
	return marshal(v) // encoding/json sorts the keys of maps
}

func canonicalNumbers(v any) (_ any, err error) {
	switch v := v.(type) {
	case json.Number:
		s, err := CanonicalNumber(v.String())
		return json.Number(s), err
	case []any:
		for i := range v {
			if v[i], err = canonicalNumbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = canonicalNumbers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// CanonicalConst rewrites a JSON value so that equal values have equal bytes.
func CanonicalConst(c Const) (Const, error) {
	if !json.Valid(c) {
		return nil, errors.New("reading a constant: not valid JSON")
	}
	return canonicalJSON(c)
}

// normalise brings what JSON's own form does not settle into one spelling.
func normalise(b *Bento) error {
	if b.Version == 0 {
		b.Version = Version
	}
	b.Platforms = set(b.Platforms)
	b.RequiredEnv = set(b.RequiredEnv)
	var failed error
	WalkTypes(b, func(path string, t *Type) {
		if err := normaliseType(t); err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", path, err)
		}
	})
	return failed
}

// Canonical gives the bytes that two equal types share, see [Bento.Canonical]. t itself stays
// as it is.
func (t *Type) Canonical() ([]byte, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("encoding a type: %w", err)
	}
	c := new(Type)
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, fmt.Errorf("encoding a type: %w", err)
	}
	var failed error
	WalkType(c, func(t *Type) {
		if err := normaliseType(t); err != nil && failed == nil {
			failed = fmt.Errorf("encoding a type: %w", err)
		}
	})
	if failed != nil {
		return nil, failed
	}
	if raw, err = marshal(c); err != nil {
		return nil, fmt.Errorf("encoding a type: %w", err)
	}
	return canonicalJSON(raw)
}

func set(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

func normaliseType(t *Type) error {
	for _, s := range []*string{bound(t.Min), bound(t.Max), &t.MultipleOf} {
		if s == nil || *s == "" {
			continue
		}
		n, err := CanonicalNumber(*s)
		if err != nil {
			return err
		}
		*s = n
	}
	t.Patterns, t.NotPatterns, t.MediaTypes = set(t.Patterns), set(t.NotPatterns), set(t.MediaTypes)
	for i := range t.Not {
		c, err := CanonicalConst(t.Not[i])
		if err != nil {
			return err
		}
		t.Not[i] = c
	}
	slices.SortFunc(t.Not, func(x, y Const) int { return bytes.Compare(x, y) })
	t.Not = slices.CompactFunc(t.Not, func(x, y Const) bool { return bytes.Equal(x, y) })
	return nil
}

func bound(b *Bound) *string {
	if b == nil {
		return nil
	}
	return &b.Value
}

// Parse reads what Canonical or Readable wrote. It is strict: unknown fields, values that
// follow, a shape that breaks the rules of the structs and a version that is newer
// than [Version] are errors. An older version is brought to the present one.
func Parse(data []byte) (*Bento, error) {
	data, err := migrate(data, migrations, Version)
	if err != nil {
		return nil, fmt.Errorf("reading the IR: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	b := new(Bento)
	if err := dec.Decode(b); err != nil {
		return nil, fmt.Errorf("reading the IR: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading the IR: more follows the JSON value")
	}
	if err := validate(b); err != nil {
		return nil, fmt.Errorf("reading the IR: %w", err)
	}
	return b, nil
}
