package conformance

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// spot is a place in a page.
type spot struct {
	line    int
	token   html.Token // in which it is
	element string     // whose text that is, if it begins right before
}

// spotAt is where the byte at an offset is.
func spotAt(body []byte, offset int) spot {
	s := spot{line: 1 + bytes.Count(body[:offset], []byte("\n"))}
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(maxBody)
	for end := 0; z.Next() != html.ErrorToken; {
		end += len(z.Raw())
		before := s.token
		if s.token = z.Token(); offset < end {
			if before.Type == html.StartTagToken {
				s.element = before.Data
			}
			break
		}
	}
	return s
}

// String says to a developer where that is in the page's source.
func (s spot) String() string {
	in := "the text"
	switch {
	case s.token.Type == html.CommentToken:
		in = "a comment"
	case s.inScript():
		in = "a script"
	case s.token.Type == html.StartTagToken || s.token.Type == html.SelfClosingTagToken:
		in = "the tag " + fmt.Sprintf("%.20q", s.token.Data)
	}
	return fmt.Sprintf("line %d, in %s", s.line, in)
}

func (s spot) inScript() bool { return s.token.Type == html.TextToken && s.element == "script" }

// keeps reports whether a name that is written there as it is does no harm: as the whole value
// of an attribute, or part of it, and in a script that it does not end.
func (s spot) keeps(name string) bool {
	if s.inScript() {
		at := strings.Index(strings.ToLower(name), "</script")
		if at < 0 {
			return true
		}
		// What the script ends with, if the name ended it: the rest may be written with escapes.
		last := name[:at]
		last = last[strings.LastIndexAny(last, "\"'\\&")+1:]
		return last == "" || !strings.HasSuffix(s.token.Data, last)
	}
	return slices.ContainsFunc(s.token.Attr, func(a html.Attribute) bool { return strings.Contains(a.Val, name) })
}

// how says how to mend it.
func (s spot) how() string {
	switch {
	case s.token.Type == html.CommentToken:
		return "take it out of the comment, which a name with --> ends"
	case s.inScript():
		return "write it as JSON with < as \\u003c: a name with </script> ends the script"
	}
	return "escape for HTML what people have written, names too: use your templates' own way"
}
