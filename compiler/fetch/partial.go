package fetch

import (
	"context"
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
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"bentoc.dev/compiler/store"
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

// partialMeta is what the first answer said about the whole file.
type partialMeta struct {
	Validator string `json:"validator"` // strong ETag, else a Last-Modified that is as good
	Size      int64  `json:"size"`      // bytes, 0 when not known
	Encoding  string `json:"encoding,omitempty"`
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

// prepare throws away a half that the rest could not be told to belong to: with
// neither a digest to compare the whole with nor a validator, halves of two
// versions would become one file.
func (p *partial) prepare(r Remote) error {
	if p.size > 0 && !r.sure() && p.meta.Validator == "" {
		return p.restart()
	}
	return nil
}

// begin starts the file anew and keeps what the answer says of the whole.
func (p *partial) begin(res *http.Response) error {
	p.meta = partialMeta{Validator: validator(res.Header), Size: max(res.ContentLength, 0), Encoding: res.Header.Get("Content-Encoding")}
	data, err := json.Marshal(p.meta)
	return errors.Join(err, p.restart(), os.WriteFile(p.path+".json", data, 0o644))
}

// validator gives what tells one version of a file from the next (RFC 9110,
// section 8.8), "" where there is nothing that is strong. A time is, when it
// lies so far back that a second change within it would have been seen.
func validator(h http.Header) string {
	if tag := h.Get("ETag"); tag != "" {
		if tag[0] == '"' {
			return tag
		}
		return ""
	}
	changed, err1 := http.ParseTime(h.Get("Last-Modified"))
	now, err2 := http.ParseTime(h.Get("Date"))
	if err1 != nil || err2 != nil || now.Sub(changed) < time.Minute {
		return ""
	}
	return h.Get("Last-Modified")
}

// continues says why an answer is not the rest of the file, nil where it is.
// Servers are known that send a part though If-Range does not match.
func (p *partial) continues(res *http.Response, r Remote) error {
	var first, last int64
	var total string
	if _, err := fmt.Sscanf(res.Header.Get("Content-Range"), "bytes %d-%d/%s", &first, &last, &total); err != nil {
		return errors.New("it does not say which")
	}
	if p.size == 0 || first != p.size || last < first {
		return fmt.Errorf("the bytes from %d on", first)
	}
	if size, err := strconv.ParseInt(total, 10, 64); err == nil {
		if p.meta.Size > 0 && p.meta.Size != size {
			return errors.New("of a file of another size")
		}
		p.meta.Size = size
	}
	for _, name := range []string{"ETag", "Last-Modified"} {
		got := res.Header.Get(name)
		isTag := strings.HasPrefix(p.meta.Validator, `"`)
		if p.meta.Validator == "" || isTag != (name == "ETag") || got == p.meta.Validator {
			continue
		}
		// What answers with a part names its tag (RFC 9110, section 15.3.7). A time
		// may be left out: then the digest must decide.
		if got != "" || !r.sure() {
			return errors.New("of another version")
		}
	}
	return nil
}

func (p *partial) restart() error {
	p.size = 0
	p.hash.Reset()
	_, err := p.f.Seek(0, io.SeekStart)
	return errors.Join(err, p.f.Truncate(0))
}

// finish checks the whole file and moves it into the store. A file with the
// wrong digest is not kept.
func (p *partial) finish(s *store.Store, r Remote) (store.Blob, error) {
	b := store.Blob{Digest: "sha256:" + hex.EncodeToString(p.hash.Sum(nil)), Size: p.size}
	var err error
	if r.SHA256 != "" && r.SHA256 != b.Digest {
		if plain, ok := p.decoded(s, r); ok {
			p.size = 0
			return plain, nil
		}
		err = &store.DigestError{Name: r.Name, Want: r.SHA256, Got: b.Digest}
	}
	if err == nil && r.Check != nil {
		err = r.Check(p.path)
	}
	if err != nil {
		return store.Blob{}, errors.Join(err, p.restart())
	}
	_ = os.Remove(p.path + ".json")
	return b, errors.Join(p.f.Close(), s.Adopt(p.path, b, r.Name))
}

// decoded gives the file that a server has sent compressed though it was asked
// not to. Whether it did is told by the digest alone: many servers say that of
// files that are archives themselves.
func (p *partial) decoded(s *store.Store, r Remote) (store.Blob, bool) {
	if !strings.HasSuffix(p.meta.Encoding, "gzip") {
		return store.Blob{}, false
	}
	f, err := os.Open(p.path)
	if err != nil {
		return store.Blob{}, false
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return store.Blob{}, false
	}
	b, err := s.Put(context.Background(), r.Name, r.bounded(z), r.SHA256)
	return b, err == nil
}

// close ends the work; a file that holds nothing is not kept.
func (p *partial) close() {
	_ = p.f.Close()
	if p.size == 0 {
		_ = os.Remove(p.path)
		_ = os.Remove(p.path + ".json")
	}
}
