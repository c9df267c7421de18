package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"syscall"

	"bentoc.dev/compiler/store"
)

// FromURL fetches the file behind a URL that a user has written down together
// with its digest; its size may be 0 for unknown. What only the user can mend,
// such as a digest that is not that of the file, is an [AbsentError].
func (c *Client) FromURL(ctx context.Context, rawURL string, want store.Blob) (store.Blob, error) {
	name := "a file"
	if u, err := url.Parse(rawURL); err == nil {
		name = path.Base(u.Path)
	}
	b, err := c.FileOf(ctx, name, rawURL, want)
	var bad *store.DigestError
	var size *sizeError
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, syscall.ENOSPC):
		return b, err
	case errors.As(err, &bad):
		return b, &AbsentError{
			Text: fmt.Sprintf("%s has the digest %s, %s is declared", Redact(rawURL), bad.Got, bad.Want), Cause: err,
			Cure: "if the file was meant to change, declare its digest; else see what the server sends: it may be a page that asks for a login",
		}
	case errors.As(err, &size), NotFound(err):
		return b, &AbsentError{Text: err.Error(), Cure: "see how the URL is spelt, and what the server sends", Cause: err}
	}
	return b, &MissingError{
		What: "the file " + Redact(rawURL), Cause: err,
		Cure: CureOf(err, "see that the URL can be reached from here; bentoc store export, where it can, writes all that a bento needs into one file"),
	}
}
