package diag_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"bentoc.dev/compiler/diag"
)

// What a phase returns as an error is found again, however it was wrapped: the list, a
// diagnostic with its format and arguments, and the error that it was made of.
func TestListIsAnError(t *testing.T) {
	t.Parallel()
	var l diag.List
	l.Warnf(diag.UnusedGraph, diag.Pos{}, "", "no endpoint runs %s", "g")
	if l.Err() != nil {
		t.Error("a warning is an error")
	}
	cause := &fs.PathError{Op: "open", Path: "a", Err: fs.ErrNotExist}
	pos := diag.Pos{File: "bento.cue", Line: 3, Col: 7}
	l.Errorf(diag.MissingFile, pos, "bento.files", "there is no file %s, of %d", "a", 2).By(cause).Hintf("look")
	err := fmt.Errorf("reading: %w", l.Err())
	if err.Error() != "reading: bento.cue:3:7: there is no file a, of 2" {
		t.Errorf("%v", err)
	}
	var list diag.List
	var d diag.Diagnostic
	var path *fs.PathError
	if !errors.As(err, &list) || len(list) != 2 || !errors.As(err, &d) || d.Code != diag.UnusedGraph || !errors.As(err, &path) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v, %v", list, d, path)
	}
	for _, sorted := range []diag.List{list, list.Sorted()} {
		i := slices.IndexFunc(sorted, func(d diag.Diagnostic) bool { return d.Code == diag.MissingFile })
		if d := sorted[i]; fmt.Sprintf(d.Format, d.Args...) != d.Message || len(d.Args) != 2 {
			t.Errorf("%q with %v is %q", d.Format, d.Args, d.Message)
		}
	}
}

func TestHintOf(t *testing.T) {
	t.Parallel()
	bare := errors.New("bare")
	var l diag.List
	l.Errorf(diag.BadValue, diag.Pos{}, "", "x").Hintf("mend it")
	for _, c := range []struct {
		err        error
		text, hint string
	}{
		{bare, "bare", ""},
		{diag.WithHint(bare, "do %d", 1), "bare", "do 1"},
		{fmt.Errorf("a: %w", diag.WithHint(bare, "100%%")), "a: bare", "100%"},
		{diag.WithHint(diag.WithHint(bare, "inner"), "outer"), "bare", "outer"},
		{diag.At(diag.Pos{File: "f", Line: 1, Col: 2}, diag.WithHint(bare, "there")), "f:1:2: bare", "there"},
		{l, "x", "mend it"},
	} {
		if c.err.Error() != c.text || diag.HintOf(c.err) != c.hint {
			t.Errorf("%q, %q; want %q, %q", c.err, diag.HintOf(c.err), c.text, c.hint)
		}
		if c.hint != "mend it" && !errors.Is(c.err, bare) {
			t.Errorf("%v hides its cause", c.err)
		}
	}
}
