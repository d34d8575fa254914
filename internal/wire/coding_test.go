package wire

import (
	"net/http"
	"testing"
)

func TestTheCodingIsOneThatTheClientReads(t *testing.T) {
	t.Parallel()
	for accepted, want := range map[string]string{
		"gzip, deflate, br, zstd":         "br",
		"gzip, deflate":                   "gzip",
		"deflate, GZIP":                   "gzip",
		"":                                "",
		"identity":                        "",
		"*":                               "br",
		"br;q=0.5, gzip;q=0.8":            "gzip",
		"br;q=0.5,gzip ; Q=0.500":         "br",
		"br;q=0, *":                       "gzip",
		"br;q=0, gzip;q=0":                "",
		"gzip;q=0":                        "",
		"gzip;q=0.4, identity;q=0.6":      "",
		"identity;q=0, gzip;q=0.1":        "gzip",
		"*;q=0":                           "",
		"br;q=2, gzip;q=x, deflate":       "",
		"gzip;level=9":                    "",
		"xgzip, gzipped, brotli":          "",
		"identity;q=0":                    "", // nothing that we have: it is given all the same
		"br;q=1.0, gzip;q=0.9, *;q=0.1":   "br",
		"identity;q=1, br;q=1, *;q=0":     "br",
		"gzip;q=0.001, br;q=0.0, deflate": "gzip",
	} {
		r := &http.Request{Header: http.Header{"Accept-Encoding": {accepted}}}
		if got := Choose(r, "br", "gzip"); got != want {
			t.Errorf("%q: %q, want %q", accepted, got, want)
		}
	}
	several := &http.Request{Header: http.Header{"Accept-Encoding": {"deflate", "gzip"}}}
	if got := Choose(several, "br", "gzip"); got != "gzip" {
		t.Errorf("two headers: %q", got)
	}
	if got := Choose(&http.Request{}, "br", "gzip"); got != "" {
		t.Errorf("no header: %q", got)
	}
}
