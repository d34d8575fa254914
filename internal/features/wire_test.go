package features_test

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// maxCold is how much of our own a browser gets that has nothing of the intranet yet, for the home
// page of somebody in the demo company: the page and its files, with all of their headers.
const maxCold = 35 << 10

func TestAColdHomePageIsSmallOnTheWire(t *testing.T) {
	t.Parallel()
	i := newBenchmark(t, 0, seed.Company(time.Now()))
	received := 0
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return counted{conn, &received}, err
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableCompression: true, MaxConnsPerHost: 1}}
	t.Cleanup(client.CloseIdleConnections)
	session := i.session()
	get := func(path string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, i.address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
		req.AddCookie(session)
		res, err := client.Do(req)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(path, res, err)
		}
		return res
	}
	res := get(paths.Home)
	compressed, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	page, err := goquery.NewDocumentFromReader(compressed)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	sizes, before := map[string]int{paths.Home: received}, received
	page.Find("link[href], script[src]").Each(func(_ int, element *goquery.Selection) {
		path := element.AttrOr("href", element.AttrOr("src", ""))
		if !strings.HasPrefix(path, "/") || element.AttrOr("rel", "") == "apple-touch-icon" {
			return // the vendor's, and what a phone asks for that keeps the page on its home screen
		}
		res := get(path)
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		sizes[path], before = received-before, received
	})
	if len(sizes) < 8 || received > maxCold {
		t.Errorf("%d bytes, at most %d are wanted: %v", received, maxCold, sizes)
	}
}

// counted counts what it reads.
type counted struct {
	net.Conn
	received *int
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	*c.received += n
	return n, err
}
