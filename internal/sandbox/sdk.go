package sandbox

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"time"
)

// The SDK is one script, as the vendor's is, put together from small files: the
// translations and the style sheet become constants before the code.
var (
	//go:embed sdk/connection.js
	connectionJS []byte
	//go:embed sdk/widget.js
	widgetJS []byte
	//go:embed sdk/authenticated.js
	startJS []byte
	//go:embed sdk/widget.css
	widgetCSS string
	//go:embed sdk/strings.json
	widgetStrings []byte
	//go:embed sdk/index.js
	indexJS []byte
	//go:embed index.html
	indexHTML string
	//go:embed index.css
	indexCSS []byte

	authenticatedJS = bundle()
	indexPage       = template.Must(template.New("index").Parse(indexHTML))
)

func bundle() []byte {
	var b bytes.Buffer
	b.WriteString("// Caramelo sandbox: stands in for the vendor's SDK. Never for production.\n(() => {\n\"use strict\";\nconst STRINGS = ")
	b.Write(bytes.TrimSpace(widgetStrings))
	b.WriteString(";\nconst STYLES = ")
	b.Write(encode(widgetCSS)) // JSON is JavaScript, U+2028 included
	b.WriteString(";\n")
	for _, part := range [][]byte{connectionJS, widgetJS, startJS} {
		b.WriteString("\n")
		b.Write(part)
	}
	b.WriteString("})();\n")
	return b.Bytes()
}

// sdkScript serves a script that pages of any origin may load. Browsers ask
// again each time: after a change here nobody works with an old SDK.
func sdkScript(body []byte) http.HandlerFunc {
	serve := asset("text/javascript; charset=utf-8", body)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		serve(w, r)
	}
}

func asset(contentType string, body []byte) http.HandlerFunc {
	sum := sha256.Sum256(body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}
}

// index says what this server is to whoever opens it in a browser.
func (s *Sandbox) index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if err := indexPage.Execute(w, map[string]any{"Project": s.project, "Lifetime": s.tokens.lifetime}); err != nil {
		s.log.Error("render the front page", "err", err)
	}
}
