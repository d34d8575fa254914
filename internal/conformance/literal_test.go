package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAValueIsFoundHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	const want = "a\"b'</script>\n\u2028é😀\\"
	for name, code := range map[string]string{
		"double quotes": `x = "a\"b'<\/script>\n\u2028\u00e9\ud83d\ude00\\"`,
		"single quotes": `x = 'a"b\'\x3c/script>\n\u{2028}é\u{1F600}\\'`,
		"a template":    "x = `a\"b'\\u003c/script>\n\u2028é😀\\\\`",
		"JSON in JSON":  `push("{\"token\": \"a\\\"b'\\u003c/script>\\n\\u2028é😀\\\\\"}")`,
		"another first": `/* it's */ x = "a\"b'<\/script>\n\u2028é😀\\"`,
	} {
		if !holds(code, want) {
			t.Errorf("%s: not found", name)
		}
	}
	for name, code := range map[string]string{
		"as it is":      `x = "` + want + `"`,
		"HTML":          `x = "a&#34;b&#39;&lt;/script&gt;\n\u2028é😀\\"`,
		"no end":        `x = "a\"b'<\/script>\n\u2028é😀\\`,
		"a line's end":  "x = \"a\\\"b'<\\/script>\n\\u2028é😀\\\\\"",
		"an expression": "x = `a\"b'<\\/script>\n\u2028é😀\\\\${1}`",
		"bad escapes":   `x = "a\u12" + '\u{1' + "\x1"`,
	} {
		if holds(code, want) {
			t.Errorf("%s: found", name)
		}
	}
}

// What a JSON library writes is found, whatever the value is.
func FuzzAValueInJSONIsFound(f *testing.F) {
	for _, h := range hostile {
		f.Add(h.token)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if !utf8.ValidString(value) {
			return
		}
		written, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if !holds("x = "+string(written)+";", value) {
			t.Errorf("%q is not found in %s", value, written)
		}
	})
}

func TestAPageIsReadAsBrowsersDo(t *testing.T) {
	t.Parallel()
	base, _ := url.Parse("http://app.example/dir/page")
	d := read([]byte(`<!doctype html><head><title>T</title>
		<meta http-equiv="content-security-policy" content="script-src 'self'">
		<script nonce=n1>let a = "<p>no text</p>"; <!-- <script> </script> --> </script>
		<style>p { color: red }</style></head>
		<body><!-- <script src="/commented.js"></script> --><p>One <b>two</b>
		three</p><template>never</template><textarea><script></textarea>
		<form method=post action="../out"><input type=hidden name=csrf value=x><button name=go>Go</button></form>
		<script src="/sdk/latest/authenticated.js"></script></body><script>late</script>`), base)
	if want := []string{"T", "One", "two", "three", "<script>", "Go"}; !slices.Equal(d.texts, want) {
		t.Errorf("people read %q, and should read %q", d.texts, want)
	}
	if len(d.scripts) != 3 || !d.whole || len(d.policies) != 1 {
		t.Fatalf("%d scripts, %d policies, whole: %v", len(d.scripts), len(d.policies), d.whole)
	}
	first, second, last := d.scripts[0], d.scripts[1], d.scripts[2]
	if !first.inHead || first.nonce != "n1" || !strings.Contains(first.code, "</script> -->") {
		t.Errorf("the first script is %+v", first)
	}
	if !second.isSDK() || second.inHead || second.after || second.src.Host != "app.example" {
		t.Errorf("the second script is %+v", second)
	}
	if !last.after || last.code != "late" {
		t.Errorf("the last script is %+v", last)
	}
	f := d.forms[0]
	if f.method != "POST" || f.action.String() != "http://app.example/out" || f.filled().Get("csrf") != "x" {
		t.Errorf("the form is %+v", f)
	}
}

// Cookies go back as they came, also those that are not written as the standard says.
func TestCookiesAreThoseOfABrowser(t *testing.T) {
	t.Parallel()
	c := cookies{}
	const sent = `session=s%3Aabc.d+e/f==; prefs={"a": 1, "b": "x y"}; old=1`
	if !c.parse("app.example", sent) || c.parse("x.example", "none") {
		t.Error("it takes the wrong ones")
	}
	c.keep("app.example", http.Header{"Set-Cookie": {
		"session=new; Path=/; Secure; HttpOnly", "old=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "gone=1; Max-Age=0",
	}})
	if got, want := c.header("app.example"), `prefs={"a": 1, "b": "x y"}; session=new`; got != want {
		t.Errorf("it sends %s, and should send %s", got, want)
	}
	if got := c.header("other.example"); got != "" {
		t.Errorf("it sends %s to another host", got)
	}
}

func TestAPolicyAllowsWhatBrowsersAllow(t *testing.T) {
	t.Parallel()
	base, _ := url.Parse("https://app.example/page")
	sdk, _ := url.Parse("https://static.carameloai.com/sdk/latest/authenticated.js")
	outside, inside := script{src: sdk, nonce: "n"}, script{code: "var x", nonce: "n"}
	for _, tt := range []struct {
		sources string
		script  script
		want    bool
	}{
		{"'nonce-n'", outside, true},
		{"'nonce-other'", outside, false},
		{"'nonce-n' 'strict-dynamic'", outside, true},
		{"https://static.carameloai.com 'strict-dynamic'", outside, false},
		{"https://*.carameloai.com", outside, true},
		{"static.carameloai.com", outside, true},
		{"https://static.carameloai.com/sdk/", outside, true},
		{"https://static.carameloai.com/other/", outside, false},
		{"https://static.carameloai.com:443", outside, true},
		{"https://static.carameloai.com:8443", outside, false},
		{"https://*.carameloai.com:*", outside, true},
		{"https:", outside, true},
		{"*", outside, true},
		{"'self'", outside, false},
		{"'none'", outside, false},
		{"'nonce-n'", inside, true},
		{"'unsafe-inline'", inside, true},
		{"'unsafe-inline' 'nonce-other'", inside, false},
		{"https://static.carameloai.com", inside, false},
		{"'sha256-FVFtvc3KHr0CL0d64PnGbmszVwr4jGlzqr8J9kEvXqk='", inside, false},
	} {
		if got := runs(strings.Fields(tt.sources), tt.script, base); got != tt.want {
			t.Errorf("%s lets %v run: %v", tt.sources, tt.script.src, got)
		}
	}
	socket, _ := url.Parse("wss://app.example/ws")
	for source, want := range map[string]bool{
		"https://app.example": false, "wss://app.example": true, "ws://app.example": true, "wss:": true,
		"wss://app.example:*": true, "wss://app.example:444": false, "'self'": true, "app.example": true,
		"wss://other.example": false,
	} {
		if got := covers(source, socket, base); got != want {
			t.Errorf("%s covers a socket: %v", source, got)
		}
	}
}
