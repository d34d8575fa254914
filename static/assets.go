package static

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/wire"
)

// Assets are the files of one server, each with a URL that changes with its
// content. Browsers may keep what they have for as long as they like.
type Assets struct {
	Links Links
	files map[string]*file
}

// URL is the address of a file, with a hash of its content.
func (a *Assets) URL(name string) string {
	if f := a.files[name]; f != nil {
		return f.url
	}
	return paths.Static + name
}

// file is a static file, and what it is in each content coding.
type file struct {
	url, hash, kind string
	content         []byte
	brotli, gzip    func() []byte
}

// kinds are those that not every system knows.
var kinds = map[string]string{".ico": "image/x-icon", ".webmanifest": "application/manifest+json"}

func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	f := &file{hash: hex.EncodeToString(sum[:6]), content: content}
	f.url = paths.Static + name + "?v=" + f.hash
	f.kind = cmp.Or(kinds[path.Ext(name)], mime.TypeByExtension(path.Ext(name)), http.DetectContentType(content))
	if f.kind == "image/svg+xml" {
		f.kind += "; charset=utf-8" // Go leaves it out
	}
	f.brotli = compressed(content, func(w io.Writer) io.WriteCloser {
		return brotli.NewWriterOptions(w, brotliOptions)
	})
	f.gzip = compressed(content, func(w io.Writer) io.WriteCloser {
		compressor, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // it fails for a wrong level alone
		return compressor
	})
	return f
}

// brotliOptions take a tenth of a second for all files together. The best quality would take
// five, for a fortieth less, and a larger window several times the memory.
var brotliOptions = brotli.WriterOptions{Quality: 10, LGWin: 16}

// compressed compresses a content when it is asked for first, so that no start waits for it.
func compressed(content []byte, compressor func(io.Writer) io.WriteCloser) func() []byte {
	return sync.OnceValue(func() []byte {
		var out bytes.Buffer
		w := compressor(&out)
		_, _ = w.Write(content) // a buffer takes everything
		_ = w.Close()
		return out.Bytes()
	})
}

// in returns the content in a coding, and its name, which is "" for a content that none makes smaller.
func (f *file) in(coding string) ([]byte, string) {
	content := f.content
	switch coding {
	case "br":
		content = f.brotli()
	case "gzip":
		content = f.gzip()
	}
	if len(content) < len(f.content) {
		return content, coding
	}
	return f.content, ""
}

// Has reports whether there is the file that a request asks for.
func (a *Assets) Has(r *http.Request) bool { return a.asked(r) != nil }

func (a *Assets) asked(r *http.Request) *file {
	if r.URL.Path == paths.Favicon { // browsers and feed readers ask for it unasked
		return a.files["brand/favicon.ico"]
	}
	return a.files[strings.TrimPrefix(r.URL.Path, paths.Static)]
}

// Serve answers a request for a file that is there.
func (a *Assets) Serve(w http.ResponseWriter, r *http.Request) {
	f := a.asked(r)
	coding := ""
	if r.Header.Get("Range") == "" { // a part is one of the file as it is
		coding = wire.Choose(r, "br", "gzip")
	}
	content, coding := f.in(coding)
	header := w.Header()
	header.Set("Content-Type", f.kind)
	header.Set("Vary", "Accept-Encoding")
	if coding != "" {
		header.Set("Content-Encoding", coding)
		header.Set("Content-Length", strconv.Itoa(len(content))) // http.ServeContent would leave it out
	}
	// During a deployment an old replica may be asked for a new file. It answers with
	// the old one, which must not be kept under the address of the new one.
	if r.URL.RequestURI() == f.url {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-cache")
		header.Set("ETag", `"`+f.hash+coding+`"`)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// Links are the addresses of the files that pages load.
type Links struct {
	Style, Brand, Logo   string
	Icon, TouchIcon      string
	Manifest             string
	App, Forms, Reports  string   // our own scripts
	Assistant, Questions string   // those of pages with the chat
	Scripts              []string // those of the parts, for who is signed in
	SignIn               string   // that of the sign-in page
}
