package static

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
)

// noise is a file that no coding makes smaller, as pictures and fonts are.
var noise = []byte("\x00\x01\x02 noise")

func assets(t *testing.T) *Assets {
	t.Helper()
	var parts Parts
	parts.Add("", fstest.MapFS{"noise.woff2": {Data: noise}})
	a, err := New(parts)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ask asks for a file with headers, which are given as pairs.
func ask(t *testing.T, a *Assets, address string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	for i := 1; i < len(headers); i += 2 {
		if name, method := headers[i-1], headers[i]; name == "method" {
			r.Method = method
		} else {
			r.Header.Set(name, headers[i])
		}
	}
	w := httptest.NewRecorder()
	a.Serve(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) []byte {
	t.Helper()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func decoded(t *testing.T, coding string, content []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(content)
	var err error
	switch coding {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		r, err = gzip.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	if content, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return content
}

func TestAFileIsCompressedForWhoReadsIt(t *testing.T) {
	t.Parallel()
	a := assets(t)
	for accepted, want := range map[string]string{
		"gzip, deflate, br, zstd": "br", "gzip": "gzip", "br;q=0.2, gzip;q=0.3": "gzip", "": "", "br;q=0": "",
		"identity;q=0, gzip": "gzip",
	} {
		for _, address := range []string{a.Links.Style, a.Links.App, a.Links.Logo, "/static/app.js", "/static/app.js?v=old"} {
			res := ask(t, a, address, "Accept-Encoding", accepted)
			name, _, _ := strings.Cut(strings.TrimPrefix(address, "/static/"), "?")
			content := body(t, res)
			coding := res.Header.Get("Content-Encoding")
			if res.StatusCode != http.StatusOK || coding != want || res.Header.Get("Vary") != "Accept-Encoding" ||
				res.Header.Get("Content-Length") != strconv.Itoa(len(content)) ||
				!strings.Contains(res.Header.Get("Content-Type"), "charset=utf-8") {
				t.Errorf("%s, %q: %d, %d bytes, %v", address, accepted, res.StatusCode, len(content), res.Header)
			}
			if !bytes.Equal(decoded(t, coding, content), a.files[name].content) {
				t.Errorf("%s, %q: the content is another", address, accepted)
			}
			if compressed := len(content) < len(a.files[name].content); compressed != (want != "") {
				t.Errorf("%s, %q: %d bytes of %d", address, accepted, len(content), len(a.files[name].content))
			}
			head := ask(t, a, address, "Accept-Encoding", accepted, "method", http.MethodHead)
			if head.Header.Get("Content-Length") != strconv.Itoa(len(content)) || len(body(t, head)) != 0 {
				t.Errorf("HEAD %s, %q: %v", address, accepted, head.Header)
			}
		}
	}
	res := ask(t, a, "/static/noise.woff2", "Accept-Encoding", "br, gzip")
	if content := body(t, res); res.Header.Get("Content-Encoding") != "" || !bytes.Equal(content, noise) {
		t.Errorf("what does not get smaller: %v, %q", res.Header, content)
	}
}

// Without the hash of its content in its address, a file is asked for each time, and sent only if
// it has changed.
func TestAFileThatIsThereIsNotSentAgain(t *testing.T) {
	t.Parallel()
	a, tags := assets(t), map[string]string{}
	for _, coding := range []string{"br", "gzip", ""} {
		res := ask(t, a, "/static/app.js", "Accept-Encoding", coding)
		tag := res.Header.Get("ETag")
		if tag == "" || tags[tag] != "" || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%q: %v, as for %q", coding, res.Header, tags[tag])
		}
		tags[tag] = cmp.Or(coding, "none")
		again := ask(t, a, "/static/app.js", "Accept-Encoding", coding, "If-None-Match", tag)
		if again.StatusCode != http.StatusNotModified || again.Header.Get("ETag") != tag ||
			again.Header.Get("Vary") == "" || again.Header.Get("Cache-Control") == "" ||
			again.Header.Get("Content-Encoding") != "" || again.Header.Get("Content-Length") != "" ||
			len(body(t, again)) != 0 {
			t.Errorf("%q again: %d, %v", coding, again.StatusCode, again.Header)
		}
		other := ask(t, a, "/static/app.js", "Accept-Encoding", coding, "If-None-Match", `"other"`)
		if other.StatusCode != http.StatusOK {
			t.Errorf("%q, another: %d", coding, other.StatusCode)
		}
	}
	kept := ask(t, a, a.Links.App, "Accept-Encoding", "br")
	if kept.Header.Get("ETag") != "" || !strings.Contains(kept.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("with its hash: %v", kept.Header)
	}
}

// A part is one of the file itself, whatever else the client reads.
func TestAPartOfAFile(t *testing.T) {
	t.Parallel()
	a := assets(t)
	whole := a.files["app.js"].content
	res := ask(t, a, a.Links.App, "Accept-Encoding", "br", "Range", "bytes=10-19")
	if content := body(t, res); res.StatusCode != http.StatusPartialContent || !bytes.Equal(content, whole[10:20]) ||
		res.Header.Get("Content-Encoding") != "" || res.Header.Get("Content-Length") != "10" {
		t.Errorf("%d, %q, %v", res.StatusCode, content, res.Header)
	}
	res = ask(t, a, a.Links.App, "Accept-Encoding", "br", "Range", "bytes=999999-")
	if res.StatusCode != http.StatusRequestedRangeNotSatisfiable || res.Header.Get("Content-Encoding") != "" {
		t.Errorf("beyond its end: %d, %v", res.StatusCode, res.Header)
	}
	// Who has begun with a compressed one gets the whole.
	tag := ask(t, a, "/static/app.js", "Accept-Encoding", "br").Header.Get("ETag")
	res = ask(t, a, "/static/app.js", "Accept-Encoding", "br", "Range", "bytes=10-19", "If-Range", tag)
	if content := body(t, res); res.StatusCode != http.StatusOK || !bytes.Equal(content, whole) {
		t.Errorf("of another: %d, %d bytes", res.StatusCode, len(content))
	}
}
