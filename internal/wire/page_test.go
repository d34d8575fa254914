package wire

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// written is a page as it is sent, in two parts, with a flush between them.
type written struct {
	*httptest.ResponseRecorder
	padding int
	text    string
}

// write sends a page whose last part is there already, and reads it as a browser does.
func write(t *testing.T, request *http.Request, page *Page, parts ...string) written {
	t.Helper()
	ready := make(chan struct{})
	close(ready)
	to := httptest.NewRecorder()
	page.To, page.Request, page.Status, page.Waits = to, request, http.StatusOK, ready
	for n, part := range parts {
		if n > 0 {
			page.Flush()
		}
		if count, err := io.WriteString(page, part); count != len(part) || err != nil {
			t.Errorf("%d of %d bytes, %v", count, len(part), err)
		}
	}
	page.Close()
	out := written{ResponseRecorder: to, text: to.Body.String()}
	if to.Header().Get("Content-Encoding") == "gzip" && out.text != "" {
		body, err := gzip.NewReader(bytes.NewReader(to.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(body) // it compares the checksum, too
		if err != nil {
			t.Fatal(err)
		}
		out.padding, out.text = len(body.Comment), string(text)
	}
	return out
}

func asked(method, accepted string) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	r.Header.Set("Accept-Encoding", accepted)
	return r
}

func TestAPageThatIsReadyIsSentInOnePiece(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a page ", 10_000)
	for accepted, coding := range map[string]string{"gzip": "gzip", "br": "", "gzip;q=0": ""} {
		page := write(t, asked("GET", accepted), &Page{}, long, "", "its tail")
		if page.text != long+"its tail" || page.Header().Get("Content-Encoding") != coding || page.Flushed ||
			page.Header().Get("Content-Length") != strconv.Itoa(page.Body.Len()) {
			t.Errorf("%s: %d bytes, flushed %v, %v", accepted, len(page.text), page.Flushed, page.Header())
		}
		if compressed := page.Body.Len() < 2000; compressed != (coding == "gzip") {
			t.Errorf("%s: %d bytes", accepted, page.Body.Len())
		}
	}
}

func TestWhatIsNotWorthItOrSecretIsNotCompressed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a page ", 1000)
	for name, page := range map[string]written{
		"small":  write(t, asked("GET", "gzip"), &Page{}, "a page", ""),
		"empty":  write(t, asked("GET", "gzip"), &Page{}),
		"secret": write(t, asked("GET", "gzip"), &Page{Plain: true}, long, "its tail"),
	} {
		if page.Header().Get("Content-Encoding") != "" ||
			page.Header().Get("Content-Length") != strconv.Itoa(len(page.text)) {
			t.Errorf("%s: %v", name, page.Header())
		}
	}
	head := write(t, asked("HEAD", "gzip"), &Page{}, long)
	if head.Header().Get("Content-Encoding") != "gzip" || head.Body.Len() != 0 || head.Header().Get("Content-Length") != "" {
		t.Errorf("HEAD: %d bytes, %v", head.Body.Len(), head.Header())
	}
}

// An error page may take the place of a page that was about to be sent.
func TestAPageIsNotTakenForTheOneThatItReplaces(t *testing.T) {
	t.Parallel()
	to := httptest.NewRecorder()
	to.Header().Set("Content-Encoding", "gzip")
	page := &Page{To: to, Request: asked("GET", "gzip"), Status: http.StatusServiceUnavailable}
	_, _ = io.WriteString(page, "an error")
	page.Close()
	if to.Header().Get("Content-Encoding") != "" || to.Body.String() != "an error" {
		t.Errorf("%v, %q", to.Header(), to.Body)
	}
}

// A browser has the whole first part while the last one is waited for.
func TestTheFirstPartDoesNotWait(t *testing.T) {
	t.Parallel()
	first := strings.Repeat("the first part, ", 5000)
	ready := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := &Page{To: w, Request: r, Status: http.StatusTeapot, Waits: ready}
		_, _ = io.WriteString(page, first)
		page.Flush()
		select {
		case <-ready:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(page, "the last")
		page.Close()
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusTeapot || res.Header.Get("Content-Encoding") != "gzip" || res.ContentLength >= 0 {
		t.Errorf("%d, %d bytes, %v", res.StatusCode, res.ContentLength, res.Header)
	}
	body, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]byte, len(first))
	if _, err := io.ReadFull(body, seen); err != nil || string(seen) != first {
		t.Fatalf("%v, %.40q", err, seen)
	}
	close(ready)
	if rest, err := io.ReadAll(body); err != nil || string(rest) != "the last" {
		t.Errorf("%v, %q", err, rest)
	}
}

// What a page says because somebody has put it into an address must not tell, by the page's
// length, how much of it is like the secret at its end (BREACH).
func TestTheFirstPartTellsNothingOfTheLast(t *testing.T) {
	t.Parallel()
	page := strings.Repeat("a page ", 1000)
	token := rand.Text() + rand.Text() + rand.Text()
	length := func(guess string) int {
		out := write(t, asked("GET", "gzip"), &Page{}, page+guess, token)
		return out.Body.Len() - out.padding
	}
	right, wrong := length(token), length(rand.Text()+rand.Text()+rand.Text())
	if wrong-right > 8 { // random letters are a few bits longer or shorter, and a repetition some fifty bytes shorter
		t.Errorf("a page with its secret twice takes %d bytes, and %d with another one", right, wrong)
	}
}

// Nor is a page as long each time.
func TestALengthIsRandom(t *testing.T) {
	t.Parallel()
	page, lengths, largest := strings.Repeat("a page ", 1000), map[int]bool{}, 0
	for range 200 {
		out := write(t, asked("GET", "gzip"), &Page{}, page)
		lengths[out.Body.Len()] = true
		largest = max(largest, out.padding)
	}
	if len(lengths) < 100 || largest < 128 || largest > 255 {
		t.Errorf("%d lengths, the padding is %d bytes at most", len(lengths), largest)
	}
}

// Browsers see U+FFFD where a page has NUL; checkers and others may end there.
func TestNULIsReplaced(t *testing.T) {
	t.Parallel()
	for _, accepted := range []string{"", "gzip"} {
		if page := write(t, asked("GET", accepted), &Page{}, "a\x00b\x00", "\x00"); page.text != "a\uFFFDb\uFFFD\uFFFD" {
			t.Errorf("%q", page.text)
		}
	}
}

// A page of a megabyte is rare. Its buffer is not kept for those that come after it.
func TestALargeBufferIsNotKept(t *testing.T) {
	for range 20 {
		write(t, asked("GET", ""), &Page{}, strings.Repeat("large ", 200_000))
		if kept := buffers.Get().(*bytes.Buffer); kept.Cap() > maxKept {
			t.Fatalf("a buffer of %d bytes is kept", kept.Cap())
		}
	}
}
