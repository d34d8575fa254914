package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
)

// Page collects a page until it is flushed, at its end. If what its last part needs is not
// there yet, everything so far is sent then. Otherwise the page is sent in one piece, with its
// length. Until something is sent, an error can still become an error page.
type Page struct {
	To      http.ResponseWriter
	Request *http.Request
	Status  int
	Waits   <-chan struct{} // closed when the last part can be written; nil if there is none
	Plain   bool            // never compressed

	body *bytes.Buffer // what is not sent yet; nil is nothing
	cut  int           // where in the body the last part begins
	sent bool          // the header is out
	gzip *gzipped      // nil: not compressed
}

// Pages are collected in buffers that are used again, but for those that have become large.
// A page has its buffer only until it is sent, not while it waits for its last part.
const (
	usualSize = 32 << 10
	maxKept   = 4 * usualSize
)

var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, usualSize)) }}

func giveBack(b *bytes.Buffer) {
	if b.Cap() <= maxKept {
		b.Reset()
		buffers.Put(b)
	}
}

// minSize is the size below which compressing is not worth it, in bytes: it is one packet anyway.
const minSize = 1 << 10

// Write replaces NUL, which HTML cannot hold, by U+FFFD, as browsers do. It may be in a
// form that is shown again.
func (p *Page) Write(b []byte) (int, error) {
	if p.body == nil {
		p.body = buffers.Get().(*bytes.Buffer)
	}
	n := len(b)
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, []byte("\uFFFD"))
	}
	p.body.Write(b)
	return n, nil
}

// Sent reports whether a part of the page is out.
func (p *Page) Sent() bool { return p.sent }

// Flush must not return an error: templ does not call a Flush that does.
func (p *Page) Flush() {
	if p.Waits == nil || p.body == nil {
		return
	}
	select {
	case <-p.Waits:
		p.cut = p.body.Len()
	default:
		p.send(false)
		_ = http.NewResponseController(p.To).Flush() // fails only where the client has left
	}
}

// Close sends what is left.
func (p *Page) Close() { p.send(true) }

func (p *Page) send(last bool) {
	content := []byte{}
	if p.body != nil {
		defer giveBack(p.body)
		content, p.body = p.body.Bytes(), nil
	}
	head := p.Request.Method == http.MethodHead
	if !p.sent {
		p.To.Header().Set("Content-Type", "text/html; charset=utf-8")
		if !p.Plain && (!last || len(content) >= minSize) && Choose(p.Request, "gzip") == "gzip" {
			p.To.Header().Set("Content-Encoding", "gzip")
			p.gzip = &gzipped{}
		}
	}
	if p.gzip != nil && !head {
		out := buffers.Get().(*bytes.Buffer)
		defer giveBack(out)
		if !p.sent {
			p.gzip.begin(out)
		}
		if p.cut > 0 {
			p.gzip.part(out, content[:p.cut], false)
		}
		p.gzip.part(out, content[p.cut:], last)
		content = out.Bytes()
	}
	if !p.sent {
		if last && !head {
			p.To.Header().Set("Content-Length", strconv.Itoa(len(content)))
		}
		p.sent = true
		p.To.WriteHeader(p.Status)
	}
	if !head {
		_, _ = p.To.Write(content) // fails only where the client has left
	}
}
