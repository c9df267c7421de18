package render

import (
	"fmt"
	"strings"
	"testing"
)

// TestComment holds that a comment is never longer than it may be, and that nothing is
// left out without a word.
func TestComment(t *testing.T) {
	for _, tt := range []struct{ bentos, size int }{{0, 0}, {1, 100}, {3, 20000}, {4, 20000}, {1, maxComment}, {1000, 10}, {1000, 5000}} {
		var b strings.Builder
		c := NewComment(&b)
		for i := range tt.bentos {
			if err := c.Add(fmt.Sprintf("folder/%d", i), "1 breaking", []byte(strings.Repeat("x", tt.size)+"\n")); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.End(tt.bentos); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if len(text) > maxComment {
			t.Errorf("%d bentos of %d bytes make a comment of %d", tt.bentos, tt.size, len(text))
		}
		named, left := strings.Count(text, "<h2>"), 0
		if i := strings.Index(text, "<p><b>"); i >= 0 && tt.bentos > 0 {
			fmt.Sscanf(text[i:], "<p><b>%d more</b>", &left)
		}
		if named+left != tt.bentos {
			t.Errorf("of %d bentos of %d bytes %d are named and %d counted", tt.bentos, tt.size, named, left)
		}
		if tt.bentos == 0 && !strings.Contains(text, "no change") {
			t.Errorf("a comment of nothing says %q", text)
		}
	}
}

// TestCommentIsDead has a folder whose name is markup.
func TestCommentIsDead(t *testing.T) {
	var b strings.Builder
	c := NewComment(&b)
	if err := c.Add("a`</code><img src=x>\n# @you", "1 safe", []byte("report\n")); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "<img") || strings.Contains(text, "\n#") || strings.Contains(text, "a`") {
		t.Errorf("the name of a folder is read as markup: %q", text)
	}
}
