package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/sandbox"
)

// serves starts intranet serve, and lets PUBLIC_URL lead to it.
func (d *deployment) serves() {
	d.t.Helper()
	c := d.command(d.t.Context(), "serve", "--addr=127.0.0.1:0")
	log, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	listening := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			if found := regexp.MustCompile(`msg=listening addr=(\S+)`).FindStringSubmatch(lines.Text()); found != nil {
				listening <- found[1]
			}
		}
		close(listening)
		_ = c.Wait()
	}()
	d.t.Cleanup(func() {
		_ = c.Process.Kill()
		for range listening {
		}
	})
	addr, ok := <-listening
	if !ok {
		d.t.Fatal("the server ended")
	}
	d.env["PUBLIC_URL"] = "http://" + addr
}

// selfSigned is a certificate for this machine that ends then, and the file of the
// authority that vouches for it: itself.
func selfSigned(t *testing.T, ends time.Time) (certificate tls.Certificate, authority string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             ends.AddDate(-1, 0, 0),
		NotAfter:              ends,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	authority = filepath.Join(t.TempDir(), "authority.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(authority, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority
}

// secured is a server with such a certificate.
func secured(t *testing.T, ends time.Time, handler http.Handler) (address, authority string) {
	t.Helper()
	certificate, authority := selfSigned(t, ends)
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, authority
}

func answering(t *testing.T, handler http.HandlerFunc) (address string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// says answers with that text.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func TestDoctorLooksAtCertificates(t *testing.T) {
	t.Parallel()
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
	})
	for _, test := range []struct {
		days  int
		known bool
		level checks.Level
		want  string
	}{
		{100, true, checks.Fine, "with certificates good for 99 days"},
		{10, true, checks.Warning, "good for 9 days"},
		{-1, true, checks.Failure, "expired"},
		{100, false, checks.Failure, "authority is unknown"},
	} {
		d := deployed(t)
		address, authority := secured(t, time.Now().AddDate(0, 0, test.days), ok)
		d.env["CARAMELO_API_URL"], d.env["PUBLIC_URL"] = address, address
		d.env["CARAMELO_SDK_URL"] = address + "/authenticated.js"
		if test.known {
			d.env["SSL_CERT_FILE"] = authority
		}
		r := d.examine()
		for _, part := range []string{"caramelo", "sdk", "public"} {
			r.wants(t, part+".tls", test.level, test.want)
			if test.level == checks.Failure {
				r.wants(t, part+".reachable", checks.Skipped, "see "+part+".tls first")
			}
		}
	}
	d := deployed(t)
	d.env["CARAMELO_API_URL"] = strings.Replace(d.env["CARAMELO_API_URL"], "http:", "https:", 1)
	d.examine().wants(t, "caramelo.reachable", checks.Failure, "no TLS is spoken there")
}

func TestDoctorTellsWhyCarameloCannotBeReached(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		address, id string
		level       checks.Level
		want        string
	}{
		{"http://" + freeAddr(t), "caramelo.reachable", checks.Failure, "nothing listens there"},
		{"https://a..b", "caramelo.dns", checks.Failure, "not known (DNS)"},
		{"http://" + listening(t, func(net.Conn) {}), "caramelo.reachable", checks.Failure, "no answer in time"},
		{answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }),
			"caramelo.reachable", checks.Warning, "status 503"},
		{answering(t, http.NotFound), "caramelo.reachable", checks.Fine, "it answers"},
		{answering(t, http.NotFound) + "/foo", "caramelo.reachable", checks.Warning, "the address has a path"},
		{answering(t, says("<!doctype html>")), "caramelo.reachable", checks.Warning, "HTML"},
		{answering(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/?secret", http.StatusFound)
		}), "caramelo.reachable", checks.Warning, "status 302: a redirect to https://elsewhere.example, "},
		{"http://" + listening(t, func(c net.Conn) { _, _ = io.WriteString(c, "hello\r\n") }),
			"caramelo.reachable", checks.Failure, "something else is spoken"},
	} {
		d := deployed(t)
		d.env["CARAMELO_API_URL"] = test.address
		r := d.examine("--mint=ana@example.com")
		r.wants(t, test.id, test.level, test.want)
		if test.level == checks.Failure {
			r.wants(t, "caramelo.mint", checks.Skipped, "see "+test.id)
		}
		r.wants(t, "sdk.script", checks.Fine)
	}
	d := deployed(t)
	d.serves()
	d.env["CARAMELO_API_URL"] = d.env["PUBLIC_URL"] + "/"
	d.examine().wants(t, "caramelo.reachable", checks.Failure, "it is PUBLIC_URL", "such as https://api.carameloai.com")
}

func TestDoctorNamesTheProxyWithoutItsPassword(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	proxy := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(map[bool]int{true: 200, false: 400}[r.URL.Host == "api.caramelo.invalid"])
	})
	host := strings.TrimPrefix(proxy, "http://")
	d.env["CARAMELO_API_URL"], d.env["CARAMELO_SANDBOX"] = "http://api.caramelo.invalid", "true"
	d.env["HTTP_PROXY"] = "http://user:" + d.canary() + "@" + host
	r := d.examine()
	r.wants(t, "caramelo.proxy", checks.Fine, "through "+host)
	r.wants(t, "caramelo.dns", checks.Fine, "looked up by the proxy")
	r.wants(t, "caramelo.tls", checks.Warning, "plain http")
	r.wants(t, "caramelo.reachable", checks.Fine)
	r.wants(t, "csp.origins", checks.Warning, "api.caramelo.invalid", "CARAMELO_ORIGINS")
	d.env["HTTP_PROXY"] = "http://user:" + d.canary() + "@%zz"
	d.examine().wants(t, "caramelo.proxy", checks.Fine, "although HTTP_PROXY is set")

	nobody := freeAddr(t)
	d.env["CARAMELO_API_URL"] = "https://api.caramelo.invalid"
	d.env["CARAMELO_SDK_URL"] = "http://static.caramelo.invalid/authenticated.js"
	d.env["HTTP_PROXY"] = "http://user:" + d.canary() + "@" + nobody
	d.env["HTTPS_PROXY"] = d.env["HTTP_PROXY"]
	r = d.examine()
	r.wants(t, "caramelo.reachable", checks.Failure,
		"the proxy "+nobody+" refuses: nothing listens there", "mend the proxy or HTTPS_PROXY")
	r.wants(t, "sdk.reachable", checks.Failure, "the proxy "+nobody+" refuses", "HTTP_PROXY")
	d.env["HTTPS_PROXY"] = answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	d.examine().wants(t, "caramelo.reachable", checks.Failure, "refuses: status 407", "user and password")
	silent := listening(t, func(net.Conn) {})
	d.env["HTTPS_PROXY"] = "http://" + silent
	d.examine().wants(t, "caramelo.reachable", checks.Failure,
		"api.caramelo.invalid, by way of the proxy "+silent+": no answer in time", "mend the proxy")
}

func TestDoctorMintsForANamedPersonOnly(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.addPerson("ana@example.com")
	good, token := d.env["CARAMELO_API_URL"], d.canary()
	var asked atomic.Bool
	d.env["CARAMELO_API_URL"] = answering(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			asked.Store(true)
		}
	})
	d.examine().wants(t, "caramelo.mint", checks.Skipped, "--mint")
	if asked.Load() {
		t.Error("there was a handshake for nobody")
	}
	d.examine("--mint=nobody@example.com").wants(t, "caramelo.mint", checks.Failure, "nobody has")
	d.env["CARAMELO_API_URL"] = good
	for _, test := range []struct {
		name, value, want string
	}{
		{"CARAMELO_SECRET_TOKEN", d.canary(), "credentials, status 401"},
		{"CARAMELO_PROJECT_ID", "p_other", "project, status 404"},
		{"CARAMELO_API_URL", answering(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, good+r.URL.Path+"?"+token, http.StatusTemporaryRedirect)
		}), "malformed, status 307"},
		{"CARAMELO_API_URL", answering(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // with the secret in it
			_, _ = w.Write(body)
		}), "malformed, status 200"},
		{"CARAMELO_API_URL", answering(t, func(w http.ResponseWriter, r *http.Request) {
			if _, _ = io.Copy(io.Discard, r.Body); r.Method == http.MethodPost {
				<-r.Context().Done()
			}
		}), "timeout, status 0"},
	} {
		before := d.env[test.name]
		d.env[test.name], d.env["CARAMELO_TIMEOUT"] = test.value, "300ms"
		d.examine("--mint=ana@example.com").wants(t, "caramelo.mint", checks.Failure, test.want)
		d.env[test.name] = before
	}
	d.env["CARAMELO_TIMEOUT"] = ""
	d.env["CARAMELO_API_URL"] = answering(t, says(`{"real_time_access_token": "`+token+`"}`))
	d.examine("--mint=ana@example.com").wants(t, "caramelo.mint", checks.Fine, "opaque")
	d.env["CARAMELO_API_URL"] = answering(t, says(`{"real_time_access_token": " "}`))
	d.examine("--mint=ana@example.com").wants(t, "caramelo.mint", checks.Failure, "no token", "ask Caramelo")
	d.exec(`UPDATE people SET active = false`)
	d.examine("--mint=ana@example.com").wants(t, "caramelo.mint", checks.Failure, "disabled")
}

func TestDoctorSaysWhoIsAskedFirst(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.addPerson("ana@example.com")
	d.addPerson("bea@example.com")
	d.exec(`INSERT INTO people (name, email, active, consented_at) VALUES ('Gone', 'gone@example.com', false, now())`)
	d.examine().wants(t, "caramelo.consent", checks.Fine, "not asked first")
	var asked atomic.Bool
	d.env["CARAMELO_API_URL"] = answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			asked.Store(true)
		}
		says(`{"real_time_access_token": "`+d.canary()+`"}`)(w, r)
	})
	d.env["CARAMELO_ASK_FIRST"] = "true"
	r := d.examine("--mint=ana@example.com")
	r.wants(t, "caramelo.consent", checks.Fine, "0 of 2 have agreed")
	r.wants(t, "caramelo.mint", checks.Failure, "has not agreed", "/assistant")
	d.env["CARAMELO_ASK_FIRST"] = "perhaps"
	d.examine("--mint=ana@example.com").wants(t, "caramelo.mint", checks.Skipped, "settings.caramelo_ask_first")
	if asked.Load() {
		t.Error("something about a person who has not agreed was sent")
	}
	d.env["CARAMELO_ASK_FIRST"] = "true"
	d.exec(`UPDATE people SET consented_at = now() WHERE email = 'ana@example.com'`)
	r = d.examine("--mint=ana@example.com")
	r.wants(t, "caramelo.consent", checks.Fine, "1 of 2 have agreed")
	r.wants(t, "caramelo.mint", checks.Fine, "status 200")
}

func TestDoctorLooksAtTheScript(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	good := d.env["CARAMELO_SDK_URL"]
	sdk := func(status int, media, body string) string {
		return answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.Header().Set("Location", "https://cdn.example.com/x?"+d.canaries[0])
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}) + "/sdk/latest/authenticated.js"
	}
	for _, test := range []struct {
		address, id string
		want        string
	}{
		{sdk(404, "text/html", "no"), "sdk.reachable", "status 404"},
		{sdk(302, "text/html", ""), "sdk.reachable", "a redirect to https://cdn.example.com"},
		{sdk(200, "text/html", "<!doctype html>"), "sdk.script", "not JavaScript"},
		{sdk(200, "text/javascript; charset=utf-8", "\n <!doctype html>"), "sdk.script", "is HTML"},
		{sdk(200, "application/javascript", ""), "sdk.script", "empty"},
		{strings.Replace(good, "authenticated.js", "index.js", 1), "sdk.script", "authenticated.js"},
	} {
		d.env["CARAMELO_SDK_URL"] = test.address
		d.examine().wants(t, test.id, checks.Failure, test.want)
	}
}

// In the project's own compose the script is at localhost: the browser's, and not the
// container's. What only a browser can say is no failure.
func TestDoctorLeavesToABrowserWhatOnlyABrowserCanSay(t *testing.T) {
	t.Parallel()
	_, port, err := net.SplitHostPort(freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	silent := "http://" + listening(t, func(net.Conn) {})
	for _, test := range []struct{ address, id string }{
		{"http://localhost:" + port + "/sdk/latest/authenticated.js", "sdk.reachable"},
		{"http://127.0.0.1:" + port + "/sdk/latest/authenticated.js", "sdk.reachable"},
		{"https://localhost:" + port + "/sdk/latest/authenticated.js", "sdk.reachable"},
		{silent + "/sdk/latest/authenticated.js", "sdk.reachable"},
		{"http://no..such.localhost:" + port + "/authenticated.js", "sdk.dns"}, // a browser needs no DNS for it
	} {
		d := deployed(t)
		d.serves()
		d.env["CARAMELO_SDK_URL"] = test.address
		r := d.examine()
		r.wants(t, test.id, checks.Skipped, "browsers look on their own machine", test.address)
		r.wants(t, "sdk.script", checks.Skipped, "browsers look on their own machine")
		for id, c := range r {
			if strings.HasPrefix(id, "sdk.") && c.Level == checks.Failure {
				t.Errorf("%s: %+v", id, c)
			}
		}
	}
	d := deployed(t)
	d.env["PUBLIC_URL"] = "http://no..such.localhost:" + port
	d.examine().wants(t, "public.dns", checks.Skipped, "browsers look on their own machine")
	// Elsewhere it is a failure as before, and so is what the server itself needs.
	d.env["CARAMELO_SDK_URL"] = "https://a..b/authenticated.js"
	d.env["CARAMELO_API_URL"] = "http://127.0.0.1:" + port
	r := d.examine()
	r.wants(t, "sdk.dns", checks.Failure, "not known (DNS)")
	r.wants(t, "caramelo.reachable", checks.Failure, "nothing listens there")
}

func TestDoctorComparesThePolicy(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.examine().wants(t, "csp.origins", checks.Fine)
	d.examine().wants(t, "csp.kinds", checks.Fine, "nothing that a widget is made of is denied")
	d.env["CARAMELO_ORIGINS"] = "https://a.example wss://a.example https://b.example"
	d.examine().wants(t, "csp.origins", checks.Warning, "add wss://b.example")
}

// An event that the script does not know would open nothing, and no page would notice.
func TestDoctorLooksForTheWayToOpenTheChat(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	script := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, `document.addEventListener("chat:open", f); window.Chat = { ask() {} }`)
	})
	d.env["CARAMELO_SDK_URL"] = script + "/authenticated.js"
	d.examine().wants(t, "sdk.open", checks.Fine, "are copied")
	for _, known := range []string{"event:chat:open", "function:Chat.ask"} {
		d.env["CARAMELO_OPEN"] = known
		d.examine().wants(t, "sdk.open", checks.Fine, "the script mentions")
	}
	for _, unknown := range []string{"event:caramelo:open", "function:Chat.open_it"} {
		d.env["CARAMELO_OPEN"] = unknown
		d.examine().wants(t, "sdk.open", checks.Warning, "does not mention", "unset CARAMELO_OPEN")
	}
	d.env["CARAMELO_OPEN"] = "chat:open"
	d.examine().wants(t, "settings.caramelo_open", checks.Failure, "event:")
}

// What the script mentions and may not have is named, and nothing else.
func TestDoctorSaysWhatADeniedKindMayCost(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	script := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, `const e = document.createElement("style"); new Worker(url); load("ping.mp3")`)
	})
	d.env["CARAMELO_SDK_URL"] = script + "/authenticated.js"
	for denied, missed := range map[string]string{"style,font": "mentions style,", "worker": "mentions worker,",
		"frame,media,style": "mentions media, style,"} {
		d.env["CARAMELO_POLICY_DENY"] = denied
		d.examine().wants(t, "csp.kinds", checks.Warning, missed, "CARAMELO_POLICY_DENY")
	}
	d.env["CARAMELO_POLICY_DENY"] = "font,image"
	d.examine().wants(t, "csp.kinds", checks.Fine, "denied: font, image")
	d.env["CARAMELO_POLICY_DENY"] = "script"
	d.examine().wants(t, "settings.caramelo_policy_deny", checks.Failure, "number 1")
}

// In whatever manner a script is built, what it needs and may not have is named: all of it, and
// nothing else.
func TestDoctorSaysWhatAScriptOfEachMannerMisses(t *testing.T) {
	t.Parallel()
	for _, manner := range sandbox.Catalogue {
		if manner.Group != sandbox.Manners {
			continue
		}
		t.Run(manner.Slug, func(t *testing.T) {
			t.Parallel()
			d := deployed(t)
			d.env["CARAMELO_POLICY_DENY"] = strings.Join(csp.Deniable, ",")
			d.manner(manner.Slug)
			var missed []string
			for directive := range strings.FieldsSeq(manner.Needs) {
				missed = append(missed, csp.Kind(directive))
			}
			if len(missed) == 0 {
				d.examine().wants(t, "csp.kinds", checks.Fine, "denied: style", "the script does not mention it")
				return
			}
			d.examine().wants(t, "csp.kinds", checks.Warning, "mentions "+strings.Join(missed, ", ")+", which",
				"CARAMELO_POLICY_DENY")
		})
	}
}

// manner makes the sandbox's script one that is built so.
func (d *deployment) manner(slug string) {
	d.t.Helper()
	address, body := d.env["CARAMELO_API_URL"]+"/sandbox/faults", strings.NewReader(`{"manner": "`+slug+`"}`)
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPatch, address, body)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		d.t.Fatal(res.Status)
	}
}

// A script may name any address: only those beside itself are asked for a style sheet.
func TestDoctorReadsStyleSheetsBesideTheScriptOnly(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	asked := answering(t, func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") })
	script := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/authenticated.js" {
			_, _ = io.WriteString(w, `@font-face { src: url("a.woff2") }`)
			return
		}
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, `load("`+asked+`/a.css"); load("//`+strings.TrimPrefix(asked, "http://")+`/a.css");
			load('img/main.0a1b.css')`)
	})
	d.env["CARAMELO_SDK_URL"] = script + "/authenticated.js"
	d.env["CARAMELO_POLICY_DENY"] = "font,image"
	d.examine().wants(t, "csp.kinds", checks.Warning, "mentions font, which")
}

func TestDoctorJudgesThePoliciesThatPagesComeWith(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.examine().wants(t, "public.policy", checks.Skipped, "see public.reachable")
	d.serves()
	to, err := url.Parse(d.env["PUBLIC_URL"])
	if err != nil {
		t.Fatal(err)
	}
	const header = "Content-Security-Policy"
	sdk := strings.TrimSuffix(d.env["CARAMELO_SDK_URL"], "/sdk/latest/authenticated.js")
	ws := strings.Replace(sdk, "http", "ws", 1)
	replaced := func(old, to string) func(http.Header) {
		return func(h http.Header) { h.Set(header, regexp.MustCompile(old).ReplaceAllString(h.Get(header), to)) }
	}
	added := func(policy string) func(http.Header) { return func(h http.Header) { h.Add(header, policy) } }
	type served struct {
		change func(http.Header)
		level  checks.Level
		words  []string
	}
	for name, test := range map[string]served{
		"ours":                      {func(http.Header) {}, checks.Fine, nil},
		"ours twice":                {func(h http.Header) { h.Add(header, h.Get(header)) }, checks.Fine, nil},
		"with one that allows all":  {added("default-src * 'unsafe-inline'"), checks.Fine, nil},
		"with one of other matters": {added("frame-ancestors 'none'"), checks.Fine, nil},
		"with one by schemes": {
			added("script-src http: 'unsafe-inline'; connect-src http: ws: https: wss:"), checks.Fine, nil,
		},
		"with one in capitals": {
			added("DEFAULT-SRC 'none'"), checks.Failure, []string{"policy 2 of 2"},
		},
		"another": {
			replaced(".*", "default-src 'self'"), checks.Failure, []string{
				"policy 1 of 1", "has default-src 'self', which does not allow 'nonce-", " " + sdk,
				"let the proxy pass on our page and its Content-Security-Policy",
			},
		},
		"a second": {
			added("default-src 'self'"), checks.Failure, []string{"policy 2 of 2", "add no policy of its own"},
		},
		"a second behind a comma": {
			replaced("$", ", connect-src 'self'"), checks.Failure, []string{
				"policy 2 of 2", "has connect-src 'self', which does not allow " + sdk + " " + ws +
					" https://*.carameloai.com wss://*.carameloai.com",
			},
		},
		"no script of Caramelo's": {
			replaced("(script-src 'nonce-[^']*')[^;]*", "$1"), checks.Failure,
			[]string{"script-src 'nonce-", "not allow " + sdk},
		},
		"no WebSocket": {
			replaced(" "+ws, ""), checks.Failure, []string{"connect-src 'self'", "not allow " + ws},
		},
		"one origin for all": {
			replaced(`https://\*.carameloai.com`, "https://api.carameloai.com"), checks.Failure,
			[]string{"not allow https://*.carameloai.com"},
		},
		"another nonce": {
			replaced("'nonce-[^']*'", "'nonce-x' 'unsafe-inline'"), checks.Failure, []string{"not allow 'nonce-"},
		},
		"none": {
			func(h http.Header) { h.Del(header) }, checks.Warning, []string{"without a Content-Security-Policy"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := httputil.NewSingleHostReverseProxy(to)
			proxy.ModifyResponse = func(res *http.Response) error { test.change(res.Header); return nil }
			d := &deployment{t: t, env: maps.Clone(d.env), canaries: d.canaries}
			d.env["PUBLIC_URL"] = answering(t, proxy.ServeHTTP)
			d.examine().wants(t, "public.policy", test.level, test.words...)
		})
	}
}

func TestDoctorLooksAtThePublicURL(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	r := d.examine()
	r.wants(t, "public.reachable", checks.Warning, "start intranet serve")
	r.wants(t, "public.cookies", checks.Fine, "no Secure cookies")
	r.wants(t, "public.proxies", checks.Fine, "none is needed")

	d.serves()
	to, err := url.Parse(d.env["PUBLIC_URL"])
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	var hsts atomic.Bool
	proxy.ModifyResponse = func(res *http.Response) error { // the server behind was told of http
		if hsts.Load() {
			res.Header.Set("Strict-Transport-Security", "max-age=1")
		}
		return nil
	}
	d.env["PUBLIC_URL"], d.env["SSL_CERT_FILE"] = secured(t, time.Now().AddDate(1, 0, 0), proxy)
	r = d.examine()
	r.wants(t, "public.reachable", checks.Fine)
	r.wants(t, "public.cookies", checks.Warning, "without HSTS")
	r.wants(t, "public.proxies", checks.Warning, "a proxy must be there")
	hsts.Store(true)
	d.env["TRUSTED_PROXIES"] = "10.0.0.0/8"
	r = d.examine()
	r.wants(t, "public.cookies", checks.Fine, "__Host-")
	r.wants(t, "public.proxies", checks.Warning, "on this machine")
	d.env["TRUSTED_PROXIES"] = "10.0.0.0/8 ::/0"
	d.examine().wants(t, "public.proxies", checks.Failure, "everybody is trusted")

	for _, test := range []struct {
		answer http.HandlerFunc
		level  checks.Level
		want   string
	}{
		{says("ok"), checks.Failure, "something else"},
		{func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, checks.Warning, "a proxy answers"},
		{func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.example.com/?"+d.canaries[0], http.StatusMovedPermanently)
		}, checks.Failure, "a redirect to https://www.example.com"},
	} {
		d.env["PUBLIC_URL"] = answering(t, test.answer)
		d.examine().wants(t, "public.reachable", test.level, test.want)
	}
}
