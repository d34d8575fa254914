package caramelo

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
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
	token := func(text string) string { return `{"real_time_access_token":"` + text + `"}` }
	for name, test := range map[string]struct {
		coding, body string
		want         Kind
	}{
		"a byte order mark":               {"", "\ufeff" + good, OK},
		"a byte order mark and gzip":      {"gzip", packed(t, "\ufeff"+good), OK},
		"gzip":                            {"gzip", packed(t, good), OK},
		"gzip in capitals":                {"GZIP", packed(t, good), OK},
		"x-gzip":                          {"x-gzip", packed(t, good), OK},
		"identity":                        {"identity", good, OK},
		"a line's end behind the token":   {"", token(`jwt.of.ana\n`), OK},
		"blanks around the token":         {"", token(`  jwt.of.ana\t`), OK},
		"a no-break space before it":      {"", token(`\u00a0jwt.of.ana`), OK},
		"a byte order mark before it":     {"", token(`\ufeffjwt.of.ana\u200b`), OK},
		"nothing but what cannot be seen": {"", token(`\u200b\ufeff\u00a0 `), Malformed},
		"two byte order marks":            {"", "\ufeff\ufeff" + good, Malformed},
		"UTF-16":                          {"", "\xff\xfe{\x00", Malformed},
		"gzip that is none":               {"gzip", good, Malformed},
		"gzip that breaks off":            {"gzip", packed(t, good)[:30], Malformed},
		"gzip that is not said":           {"", packed(t, good), Malformed},
		"a bomb":                          {"gzip", packed(t, strings.Repeat(" ", 50<<20)+good), Malformed},
		"deflate":                         {"deflate", deflated.String(), Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
				if test.coding != "" {
					w.Header().Set("Content-Encoding", test.coding)
				}
				_, _ = io.WriteString(w, test.body)
			})
			connection, err := newClient(t, vendor.URL).Start(t.Context(), ana).Join()
			if KindOf(err) != test.want || err == nil && connection.Token.Reveal() != "jwt.of.ana" {
				t.Errorf("%v, token %q", err, connection.Token.Reveal())
			}
		})
	}
}
