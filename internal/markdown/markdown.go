// Package markdown turns what editors write into HTML that is safe in a page, and
// into plain text.
package markdown

import (
	"sync"

	"github.com/a-h/templ"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
)

// Converter turns what editors write into HTML that is safe in a page: without scripts and
// styles, and with safe schemes in links. Nothing that they write is lost: what is not
// Markdown here, such as HTML, is shown as text. Many goroutines can use it at once.
type Converter struct {
	parser goldmark.Markdown
	policy *bluemonday.Policy
	html   kept
}

// Render is the HTML of what editors write. A text with a Problem is shown as it was typed.
func (m *Converter) Render(written string) templ.Component {
	return templ.Raw(m.html.of(written, m.convert))
}

// maxKept is how many bytes of texts and of what they became are kept, twice.
const maxKept = 4 << 20

// kept is what texts became, so that a text is rendered once and not at each view. It ends
// with the process: what a later version of this package renders is never mixed with it.
type kept struct {
	mu            sync.Mutex
	newer, before map[string]string // by the text; those of before go when newer is full
	size          int               // of newer
}

// of returns what a text became, or becomes now.
func (k *kept) of(text string, become func(string) string) string {
	k.mu.Lock()
	became, found := k.newer[text]
	k.mu.Unlock()
	if found {
		return became
	}
	return k.keep(text, become)
}
