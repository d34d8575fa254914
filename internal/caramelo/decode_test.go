package caramelo

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What servers and proxies on the way add unasked does not cost the chat.
func TestTheAnswerIsTakenAsServersWriteIt(t *testing.T) {
	t.Parallel()
	var deflated bytes.Buffer
	w, _ := flate.NewWriter(&deflated, flate.BestSpeed)
	_, _ = io.WriteString(w, good)
	_ = w.Close()
	const no, asked = "the content coding ", ", which was not asked for"
	zipped, bomb := packed(t, good), packed(t, strings.Repeat(" ", 50<<20)+good)
	token := func(text string) string { return `{"real_time_access_token":"` + text + `"}` }
	for name, test := range map[string]struct {
		codings []string
		body    string
		says    string // of a failure
	}{
		"a byte order mark":               {nil, "\ufeff" + good, ""},
		"two byte order marks":            {nil, "\ufeff\ufeff" + good, ""},
		"a byte order mark and gzip":      {[]string{"gzip"}, packed(t, "\ufeff"+good), ""},
		"gzip":                            {[]string{"gzip"}, zipped, ""},
		"gzip in capitals":                {[]string{"GZIP"}, zipped, ""},
		"x-gzip":                          {[]string{"x-gzip"}, zipped, ""},
		"identity":                        {[]string{"identity"}, good, ""},
		"no name of a coding":             {[]string{""}, good, ""},
		"gzip and identity":               {[]string{"gzip, identity"}, zipped, ""},
		"identity and gzip":               {[]string{" Identity ,gzip,"}, zipped, ""},
		"two headers":                     {[]string{"identity", "gzip"}, zipped, ""},
		"gzip twice":                      {[]string{"gzip, gzip"}, packed(t, zipped), ""},
		"a line's end behind the token":   {nil, token(`jwt.of.ana\n`), ""},
		"blanks around the token":         {nil, token(`  jwt.of.ana\t`), ""},
		"a no-break space before it":      {nil, token(`\u00a0jwt.of.ana`), ""},
		"a byte order mark before it":     {nil, token(`\ufeff jwt.of.ana\u200b`), ""},
		"nothing but what cannot be seen": {nil, token(`\u200b\ufeff\u00a0 `), "no real_time_access_token"},
		"nothing but a byte order mark":   {nil, "\ufeff", "not one JSON object"},
		"UTF-16":                          {nil, "\xff\xfe{\x00", "not UTF-8"},
		"gzip that is none":               {[]string{"gzip"}, good, "not gzip, as it says"},
		"gzip once, and said twice":       {[]string{"gzip, gzip"}, zipped, "not gzip, as it says"},
		"gzip that breaks off":            {[]string{"gzip"}, zipped[:30], "the gzip breaks off"},
		"gzip without its end":            {[]string{"gzip"}, zipped[:len(zipped)-4], "the gzip breaks off"},
		"gzip that is not said":           {nil, zipped, "not UTF-8"},
		"a bomb":                          {[]string{"gzip"}, bomb, "65536 bytes or more"},
		"deflate":                         {[]string{"deflate"}, deflated.String(), no + "deflate" + asked},
		"br and gzip":                     {[]string{"br, gzip"}, zipped, no + "br" + asked},
		"a coding of nobody's":            {[]string{"nobodys"}, good, "a content coding that was not asked for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Encoding"] = test.codings
				_, _ = io.WriteString(w, test.body)
			})
			connection, err := newClient(t, vendor.URL).Start(t.Context(), ana).Join()
			switch {
			case test.says == "" && (err != nil || connection.Token.Reveal() != "jwt.of.ana"):
				t.Errorf("%v, token %q", err, connection.Token.Reveal())
			case test.says != "" && (KindOf(err) != Malformed || !strings.HasSuffix(err.Error(), ": "+test.says)):
				t.Errorf("%v", err)
			}
		})
	}
}

// An answer that breaks off on its way says so, and is no mistake of the vendor's.
func TestAnAnswerThatBreaksOffSaysSo(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"in a chunk":         "Transfer-Encoding: chunked\r\n\r\n40\r\n" + good[:20],
		"between two chunks": "Transfer-Encoding: chunked\r\n\r\n14\r\n" + good[:20] + "\r\n",
		"behind the last":    fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(good), good),
		"before its length":  "Content-Length: 1000\r\n\r\n" + good,
		"in the gzip":        "Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n" + packed(t, good),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
				connection, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+answer)
				_ = connection.Close()
			})
			_, err := newClient(t, vendor.URL).Start(t.Context(), ana).Join()
			if KindOf(err) != Unavailable || !strings.HasSuffix(err.Error(), ": the connection was closed too early") {
				t.Errorf("%v", err)
			}
		})
	}
}
