package conformance

import (
	"bytes"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
)

// document is what a browser would make of a page, as far as it matters here.
type document struct {
	scripts  []script
	texts    []string // what people read, with single spaces
	forms    []form
	policies []string // of meta elements
	tags     map[string]bool
	password bool // it has a field for one
	whole    bool // it says where its body ends
}

// script is one of the page.
type script struct {
	src    *url.URL // nil: it is in the page
	code   string
	kind   string // its type attribute
	nonce  string
	inHead bool
	after  bool // behind the end of the body
}

// runs reports whether a browser takes it for JavaScript (HTML, 4.12.1).
func (s script) runs() bool {
	kind := strings.ToLower(strings.TrimSpace(s.kind))
	return kind == "" || kind == "module" || strings.HasSuffix(kind, "javascript")
}

// isSDK reports whether it is one of Caramelo's scripts, the right one or the other.
func (s script) isSDK() bool {
	if s.src == nil {
		return false
	}
	name := path.Base(s.src.Path)
	return name == "authenticated.js" || name == "index.js" && strings.Contains(s.src.Path, "/sdk/")
}

// form is one of the page.
type form struct {
	method string
	action *url.URL
	inputs []input
}

type input struct{ name, kind, value string }

// reader walks through a page.
type reader struct {
	document
	base    *url.URL
	inHead  bool
	after   bool
	unread  string // the element whose text is not for people
	current *form
	text    bytes.Buffer
}

// read parses a page as browsers do: scripts end where they end for a browser, and nothing
// in a comment counts.
func read(body []byte, base *url.URL) document {
	r := reader{base: base, document: document{tags: map[string]bool{}}}
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(maxBody)
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			r.endText()
			return r.document
		case html.StartTagToken, html.SelfClosingTagToken:
			r.start(z.Token())
		case html.EndTagToken:
			r.end(z.Token().Data)
		case html.TextToken:
			r.hear(string(z.Text()))
		}
	}
}

// hear takes a text: a script's code, or what people read.
func (r *reader) hear(text string) {
	switch {
	case r.unread == "script":
		r.scripts[len(r.scripts)-1].code += text
	case r.unread == "":
		r.text.WriteString(text)
	}
}

// endText ends a run of text, at an element that begins or ends.
func (r *reader) endText() {
	if text := strings.Join(strings.Fields(r.text.String()), " "); text != "" {
		r.texts = append(r.texts, text)
	}
	r.text.Reset()
}

func (r *reader) start(t html.Token) {
	r.endText()
	r.tags[t.Data] = true
	at := map[string]string{}
	for _, a := range t.Attr {
		if _, twice := at[a.Key]; !twice {
			at[a.Key] = a.Val
		}
	}
	switch t.Data {
	case "head":
		r.inHead = true
	case "body":
		r.inHead = false
	case "script":
		r.unread = "script"
		s := script{kind: at["type"], nonce: at["nonce"], inHead: r.inHead, after: r.after}
		if src, has := at["src"]; has {
			s.src = r.resolve(src)
		}
		r.scripts = append(r.scripts, s)
	case "style", "template":
		r.unread = t.Data
	case "meta":
		if strings.EqualFold(at["http-equiv"], "Content-Security-Policy") {
			r.policies = append(r.policies, at["content"])
		}
	case "form":
		r.forms = append(r.forms, form{method: strings.ToUpper(at["method"]), action: r.resolve(at["action"])})
		r.current = &r.forms[len(r.forms)-1]
	case "input", "button":
		r.password = r.password || t.Data == "input" && strings.EqualFold(at["type"], "password")
		if r.current != nil && at["name"] != "" {
			r.current.inputs = append(r.current.inputs, input{at["name"], strings.ToLower(at["type"]), at["value"]})
		}
	}
}

func (r *reader) resolve(address string) *url.URL {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return r.base
	}
	return r.base.ResolveReference(u)
}

func (r *reader) end(name string) {
	r.endText()
	switch name {
	case r.unread:
		r.unread = ""
	case "head":
		r.inHead = false
	case "form":
		r.current = nil
	case "body":
		r.after, r.whole = true, true
	}
}
