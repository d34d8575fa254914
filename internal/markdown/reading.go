package markdown

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"

	rendered "github.com/yuin/goldmark/renderer/html"
)

// readable is what was written as it is read, on the page and without markup: a backslash
// before a mark is not part of it, and an entity is its character.
func readable(written []byte) string {
	var out strings.Builder
	for len(written) > 0 {
		next := bytes.IndexAny(written, `\&`)
		if next < 0 {
			break
		}
		out.Write(written[:next])
		written = written[next:]
		if entity := anEntity.Find(written); entity != nil {
			out.WriteString(character(string(entity)))
			written = written[len(entity):]
			continue
		}
		if written[0] == '\\' && len(written) > 1 && util.IsPunct(written[1]) {
			written = written[1:]
		}
		out.WriteByte(written[0])
		written = written[1:]
	}
	out.Write(written)
	return out.String()
}

// anEntity has a bound, because names and numbers have one.
var anEntity = regexp.MustCompile(`^&(#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-zA-Z][a-zA-Z0-9]{1,31});`)

// character is what an entity stands for. Characters that nobody sees, or that change how
// others look, are left out: who copies them from another page does not know of them, and
// who types them as entities hides something.
func character(entity string) string {
	character := html.UnescapeString(entity)
	if entity[1] != '#' {
		named, found := util.LookUpHTML5EntityByName(entity[1 : len(entity)-1])
		if !found {
			return entity
		}
		character = string(named.Characters)
	}
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r != '\n' && r != '\t' && unicode.In(r, unseen...) {
			return -1
		}
		return r
	}, character)
}

var unseen = []*unicode.RangeTable{
	unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp,
	unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point,
}

// writer writes text into the page as readable reads it.
type writer struct{ rendered.Writer }

func (w writer) Write(out util.BufWriter, written []byte) { w.RawWrite(out, []byte(readable(written))) }
