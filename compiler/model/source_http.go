package model

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/url"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/store"
)

// behindURL is a file that a web server gives, pinned by its digest.
type behindURL struct{ m *ir.Model }

var _ = source("http", func(m *ir.Model) Source { return behindURL{m} })

func (s behindURL) Check(at string, place func(string) diag.Pos) (diags diag.List) {
	h, path := s.m.Source.HTTP, "bento."+at
	if s.m.File != "" {
		diags.Errorf(diag.BadValue, place(at+".file"), path+".file", "what a URL gives is the model itself, so there is no file in it").
			Hintf("remove file")
	}
	if u, err := url.Parse(h.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		diags.Errorf(diag.BadValue, place(at+".source.http.url"), path+".source.http.url", "%q is no URL of a file", h.URL).
			Hintf("it begins with https://")
	}
	if sum, err := hex.DecodeString(h.SHA256); err != nil || len(sum) != 32 {
		diags.Errorf(diag.BadValue, place(at+".source.http.sha256"), path+".source.http.sha256", "a SHA-256 has 64 hexadecimal digits")
	}
	return diags
}

// Origin does not have the URL itself: that may hold a password, and the digest
// says all.
func (behindURL) Origin() string   { return "http" }
func (s behindURL) Main() string   { return s.m.File }
func (s behindURL) Pinned() string { return "sha256:" + s.m.Source.HTTP.SHA256 }
func (behindURL) Wheel() *Wheel    { return nil }
func (behindURL) Local() bool      { return false }

func (s behindURL) locate(ctx context.Context, p Place, want File) (string, File, error) {
	return p.stored(s, want, func() (store.Blob, error) {
		if !want.Main {
			return store.Blob{}, &fetch.AbsentError{
				Text: fmt.Sprintf("the model has weights in a second file, %s, and a URL is one file", want.Name),
				Cure: "put the files into the module, or save the model with its weights in it",
			}
		}
		return p.Fetch.FromURL(ctx, s.m.Source.HTTP.URL, store.Blob{Digest: s.Pinned(), Size: want.Size})
	})
}
