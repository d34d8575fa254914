package sandbox

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"net/http"
	"time"
)

//go:embed sdk
var sdk embed.FS

const authenticatedFormat = `// Caramelo sandbox: stands in for the vendor's SDK. Never for production.
(() => {
"use strict";
const STRINGS = %s;
const STYLES = String.raw` + "`%s`;\n\n%s\n%s\n%s})();\n"

// The SDK is one script, as the vendor's is, made from several files.
var (
	authenticatedJS = fmt.Appendf(nil, authenticatedFormat,
		file("strings.json"),
		file("widget.css"),
		file("connection.js"),
		file("widget.js"),
		file("authenticated.js"))
	indexJS = file("index.js")
	started = time.Now()
)

const slowScript = 15 * time.Second // the catalogue names it too

func file(name string) []byte {
	data, err := sdk.ReadFile("sdk/" + name)
	if err != nil {
		panic(err) // no such file is embedded
	}
	return data
}

// script serves a script that pages of any origin may load. Browsers check each time
// whether it has changed, so that nobody works with an old SDK.
func script(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.ServeContent(w, r, "", started, bytes.NewReader(body))
	}
}

// authenticatedJS serves the script of the SDK, or the fault that is set for it. The
// answer of a fault has no Last-Modified and is not stored: otherwise the server
// would later tell browsers that the wrong script has not changed.
func (s *Sandbox) authenticatedJS(w http.ResponseWriter, r *http.Request) {
	switch s.faults.Load().SDK {
	case "sdk-404":
		http.NotFound(w, r)
		return
	case "sdk-broken":
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = io.WriteString(w, `throw new Error("Caramelo sandbox: the script was told to throw");`)
		return
	case "sdk-slow":
		if !s.pause(r, slowScript) {
			return
		}
	}
	script(authenticatedJS)(w, r)
}
