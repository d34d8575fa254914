package sandbox

import (
	"bytes"
	"embed"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed sdk
var sdk embed.FS

const scriptFormat = `// Caramelo sandbox: stands in for the vendor's SDK. Never for production.
(() => {
"use strict";
const STRINGS = %s;
const STYLES = String.raw` + "`%s`;\n\n%s})();\n"

// madeOf is one script made from several files, as the vendor's is.
func madeOf(names ...string) []byte {
	var code bytes.Buffer
	for _, name := range append([]string{"manner.js", "connection.js", "widget.js", "begin.js"}, names...) {
		code.Write(file(name))
		code.WriteByte('\n')
	}
	return fmt.Appendf(nil, scriptFormat, file("strings.json"), file("widget.css"), code.Bytes())
}

// The scripts of the SDK, in each manner: "" is the one that the strictest policy allows.
var (
	authenticatedJS = func() map[Slug][]byte {
		all := map[Slug][]byte{"": madeOf("authenticated.js")}
		for _, slug := range slugs(Manners) {
			all[Slug(slug)] = madeOf("manners/"+strings.TrimPrefix(slug, mannerPrefix)+".js", "authenticated.js")
		}
		return all
	}()
	indexJS = file("index.js")
	started = time.Now()
)

// mannerPrefix begins the slug of each manner.
const mannerPrefix = "manner-"

// parts are the files that the script loads in some manners.
var parts = map[string][]byte{
	"widget.css": append(file("widget.css"), file("sheet.css")...),
	"font.css":   file("font.css"),
	"icon.ttf":   file("icon.ttf"),
	"face.svg":   file("face.svg"),
	"ping.wav":   ping(),
	"chunk.js": fmt.Appendf(nil, "const STYLES = String.raw`%s`;\n%s\nexport const dress = manner.dress;\n",
		file("widget.css"), file("manner.js")),
	"frame.html": file("frame.html"),
	"frame.js":   madeOf("framed.js"),
}

const slowScript = 15 * time.Second // the catalogue names it too

func file(name string) []byte {
	data, err := sdk.ReadFile("sdk/" + name)
	if err != nil {
		panic(err) // no such file is embedded
	}
	return data
}

// ping is the sound of an answer: a fifth of a second that fades, as a WAV file.
func ping() []byte {
	const rate, hertz, seconds = 8000, 660, 0.2
	samples := make([]int16, int(rate*seconds))
	for i := range samples {
		at := float64(i) / rate
		samples[i] = int16(6000 * (1 - at/seconds) * math.Sin(2*math.Pi*hertz*at))
	}
	var wav bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), uint32(36 + 2*len(samples)), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1),
		uint32(rate), uint32(2 * rate), uint16(2), uint16(16), []byte("data"), uint32(2 * len(samples)), samples,
	} {
		_ = binary.Write(&wav, binary.LittleEndian, part) // fails for no such type
	}
	return wav.Bytes()
}

// mediaTypes are those of the files, by how their names end.
var mediaTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
	".ttf": "font/ttf", ".svg": "image/svg+xml", ".wav": "audio/wav",
}

// part serves a file that pages of any origin may load. Browsers check each time whether it
// has changed, so that nobody works with an old SDK.
func part(name string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", mediaTypes[path.Ext(name)])
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.ServeContent(w, r, "", started, bytes.NewReader(body))
	}
}

// authenticatedJS serves the script of the SDK, or the fault that is set for it. The answer
// of a fault, and of a manner, has no Last-Modified and is not stored: otherwise the server
// would later tell browsers that the wrong script has not changed.
func (s *Sandbox) authenticatedJS(w http.ResponseWriter, r *http.Request) {
	set := s.faults.Load()
	switch set.SDK {
	case "sdk-404":
		http.NotFound(w, r)
		return
	case "sdk-broken":
		w.Header().Set("Content-Type", mediaTypes[".js"])
		_, _ = io.WriteString(w, `throw new Error("Caramelo sandbox: the script was told to throw");`)
		return
	case "sdk-slow":
		if !s.pause(r, slowScript) {
			return
		}
	}
	if set.Manner != "" {
		w.Header().Set("Content-Type", mediaTypes[".js"])
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(authenticatedJS[set.Manner])
		return
	}
	part("authenticated.js", authenticatedJS[""])(w, r)
}
