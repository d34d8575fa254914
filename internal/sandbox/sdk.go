package sandbox

import (
	"bytes"
	"embed"
	"fmt"
	"net/http"
	"time"
)

//go:embed sdk
var sdk embed.FS

// The SDK is one script, as the vendor's is, put together from small files.
var (
	authenticatedJS = fmt.Appendf(nil, `// Caramelo sandbox: stands in for the vendor's SDK. Never for production.
(() => {
"use strict";
const STRINGS = %s;
const STYLES = String.raw`+"`%s`;\n\n%s\n%s\n%s})();\n",
		file("strings.json"), file("widget.css"), file("connection.js"), file("widget.js"), file("authenticated.js"))
	indexJS = file("index.js")
	started = time.Now()
)

func file(name string) []byte {
	data, err := sdk.ReadFile("sdk/" + name)
	if err != nil {
		panic(err) // it is not embedded
	}
	return data
}

// script serves a script that pages of any origin may load. Browsers ask again
// each time: after a change here nobody works with an old SDK.
func script(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.ServeContent(w, r, "", started, bytes.NewReader(body))
	}
}

// index says what this server is to whoever opens it in a browser.
func (s *Sandbox) index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	fmt.Fprintf(w, `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Caramelo sandbox</title>
<style>:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif } body { max-width: 68ch; margin: 48px auto; padding: 0 24px }</style>
<h1>Caramelo sandbox</h1>
<p><strong>For development only.</strong> This server stands in for Caramelo AI on a developer’s machine. Its answers are made up, it forgets everything when it stops, and whoever knows its secret can be any customer. Never use it in production.</p>
<p>It serves the project <code>%s</code>: <code>POST /api/chatbox/project/%[1]s/intranet-auth</code> for the intranet’s server, <code>/sdk/latest/authenticated.js</code> for the page, <code>/ws</code> for the chat. A connection token can open the chat for %s.</p>
</html>
`, s.cfg.ProjectID, s.cfg.TokenLifetime)
}
