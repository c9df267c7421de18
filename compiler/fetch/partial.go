package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"bentoc.dev/compiler/fetch/store"
)

// partial is a download that is not whole yet: the bytes so far, hashed as they
// come, and beside them what tells whether the rest belongs to them.
type partial struct {
	path string
	f    *os.File
	size int64
	hash hash.Hash
	meta partialMeta
}

type partialMeta struct {
	Validator string `json:"validator"` // strong ETag, else Last-Modified
}

func openPartial(s *store.Store, key string) (*partial, error) {
	sum := sha256.Sum256([]byte(key))
	p := &partial{path: filepath.Join(s.Dir(), "partial", hex.EncodeToString(sum[:])), hash: sha256.New()}
	if data, err := os.ReadFile(p.path + ".json"); err == nil {
		_ = json.Unmarshal(data, &p.meta) // without it the digest alone decides
	}
	var err error
	if p.f, err = os.OpenFile(p.path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, fmt.Errorf("keeping a download: %w", err)
	}
	if p.size, err = io.Copy(p.hash, p.f); err != nil {
		return nil, errors.Join(fmt.Errorf("reading a cut download: %w", err), p.f.Close())
	}
	return p, nil
}

// Write adds to the file and the hash.
func (p *partial) Write(b []byte) (int, error) {
	n, err := p.f.Write(b)
	p.hash.Write(b[:n])
	p.size += int64(n)
	return n, err
}

// begin starts the file anew and keeps the answer's validator for later.
func (p *partial) begin(h http.Header) error {
	p.meta.Validator = h.Get("Last-Modified")
	if tag := h.Get("ETag"); tag != "" && tag[0] == '"' {
		p.meta.Validator = tag
	}
	data, err := json.Marshal(p.meta)
	return errors.Join(err, p.restart(), os.WriteFile(p.path+".json", data, 0o644))
}

func (p *partial) restart() error {
	p.size = 0
	p.hash.Reset()
	_, err := p.f.Seek(0, io.SeekStart)
	return errors.Join(err, p.f.Truncate(0))
}

// finish checks the whole file and moves it into the store. A file with the
// wrong digest is not kept.
func (p *partial) finish(s *store.Store, r remoteFile) (store.Blob, error) {
	b := store.Blob{Digest: "sha256:" + hex.EncodeToString(p.hash.Sum(nil)), Size: p.size}
	var err error
	if r.sha256 != "" && r.sha256 != b.Digest {
		err = &store.DigestError{Name: r.name, Want: r.sha256, Got: b.Digest}
	}
	if err == nil && r.check != nil {
		err = r.check(p.path)
	}
	if err != nil {
		return store.Blob{}, errors.Join(err, p.restart())
	}
	_ = os.Remove(p.path + ".json")
	return b, errors.Join(p.f.Close(), s.Adopt(p.path, b))
}

// close ends the work; a file that holds nothing is not kept.
func (p *partial) close() {
	_ = p.f.Close()
	if p.size == 0 {
		_ = os.Remove(p.path)
		_ = os.Remove(p.path + ".json")
	}
}
