package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/flate"
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
	defer p.spend(time.Now())
	select {
	case <-p.Waits:
		p.cut = p.body.Len()
	default:
		p.send(false)
		_ = http.NewResponseController(p.To).Flush() // fails only where the client has left
	}
}

// Close sends what is left.
func (p *Page) Close() {
	defer p.spend(time.Now())
	p.send(true)
}

func (p *Page) spend(since time.Time) { AnswerOf(p.Request.Context()).Send += time.Since(since) }

func (p *Page) send(last bool) {
	content := []byte{}
	if p.body != nil {
		defer giveBack(p.body)
		content, p.body = p.body.Bytes(), nil
	}
	head := p.Request.Method == http.MethodHead
	if !p.sent {
		p.To.Header().Set("Content-Type", "text/html; charset=utf-8")
		p.To.Header().Del("Content-Encoding") // that of a page which this one replaces, as an error page may
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

// gzipped writes an answer in gzip (RFC 1952), in parts of which each is compressed by itself.
// So nothing is kept while the next part is waited for. And what is secret in one part cannot
// be guessed from how well it compresses beside what somebody else has put into another one
// (BREACH).
type gzipped struct {
	sum, size uint32 // of what was written
}

// level is a good deal faster than that of most servers, for pages a twentieth larger.
const level = 3

// compressors are as many as can be at work at the same time. Each is 600 KB, and is made
// when it is needed first.
var compressors = func() chan *flate.Writer {
	all := make(chan *flate.Writer, runtime.GOMAXPROCS(0))
	for range cap(all) {
		all <- nil
	}
	return all
}()

// begin writes the header, with a comment of up to 255 bytes, which nobody reads. Its length
// is random, and hides how long the rest is from who wants to guess what it holds.
func (g *gzipped) begin(out *bytes.Buffer) {
	var length [1]byte
	_, _ = rand.Read(length[:]) // it never fails
	const hasComment, unknownSystem = 1 << 4, 255
	out.Write([]byte{0x1f, 0x8b, 8, hasComment, 0, 0, 0, 0, 0, unknownSystem})
	for range length[0] {
		out.WriteByte('.')
	}
	out.WriteByte(0)
}

// part writes a part. After the last one nothing may follow.
func (g *gzipped) part(out *bytes.Buffer, content []byte, last bool) {
	compressor := <-compressors
	defer func() { compressors <- compressor }()
	if compressor == nil {
		compressor, _ = flate.NewWriter(nil, level) // it fails for a wrong level alone
	}
	compressor.Reset(out) // a buffer takes everything, so that nothing below fails
	_, _ = compressor.Write(content)
	g.sum = crc32.Update(g.sum, crc32.IEEETable, content)
	g.size += uint32(len(content)) // #nosec G115 -- RFC 1952 wants it modulo 2³²
	if !last {
		_ = compressor.Flush()
		return
	}
	_ = compressor.Close()
	out.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, g.sum), g.size))
}

// Answered is what is known of a request and its answer, and nothing of a person but their id.
type Answered struct {
	ID, Method, Route, Person string        // Route is the pattern of the path, "" where there is none
	Status, Bytes             int           // Status is 0 until the headers are sent
	Duration, FirstByte       time.Duration // from the beginning of the request to its end, and to the headers
	// What a part of it took: Read a form, Turn to wait for a password to be checked, Send to compress
	// and send a page, Tail to wait for the assistant.
	Read, Session, Turn, Render, Send, Tail time.Duration
	Statements, Database                    atomic.Int64 // round trips to Postgres, and what they took
}

type answerKey struct{}

// WithAnswer returns a context whose request has that answer.
func WithAnswer(ctx context.Context, a *Answered) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

// AnswerOf is that of the request that ctx belongs to; without a request, one that nobody reads.
func AnswerOf(ctx context.Context) *Answered {
	if a, ok := ctx.Value(answerKey{}).(*Answered); ok {
		return a
	}
	return &Answered{}
}
