package deploy_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// A proxied intranet has two replicas behind one of the example's proxies.
type proxied struct {
	t        *testing.T
	dir      string
	https    string // where the proxy listens
	http     string
	replicas [2]*replica
	vendor   *vendor
	trust    *x509.CertPool
	dsn      string
	plain    bool // something before the proxy ends TLS, which the client is then, too
}

// drain is how long a replica says that it shuts down: the examples' checks, made ten times as
// often in the tests, see it much earlier.
const drain = 3 * time.Second

// proxies start each proxy with the example's configuration, but for addresses and certificates.
var proxies = map[string]struct {
	start   func(*proxied) (ended chan struct{})
	checks  bool // it asks whether a replica is ready
	resends bool // a form that counts once is sent to the other replica where one has died
}{
	"haproxy": {start: func(p *proxied) chan struct{} {
		haproxy := program(p.t, "haproxy", "haproxy")
		config := p.haproxy("crt /etc/haproxy/intranet.example.com.pem", "crt "+p.dir+"/both.pem",
			"bind :443", "bind "+p.https)
		return run(p.t, p.dir, haproxy, "-db", "-f", write(p.t, p.dir, "haproxy.cfg", config))
	}, checks: true, resends: true},
	"nginx": {start: func(p *proxied) chan struct{} {
		nginx := program(p.t, "nginx", "nginx-light")
		write(p.t, p.dir, "intranet.conf", edited(p.t, "nginx.conf", "listen 80;", "listen "+p.http+";",
			"listen 443 ssl http2;", "listen "+p.https+" ssl http2;", "/var/log/nginx/intranet.log", p.dir+"/log",
			"/etc/nginx/intranet.example.com.pem", p.dir+"/cert.pem",
			"/etc/nginx/intranet.example.com.key", p.dir+"/key.pem",
			"server 10.0.0.11:8080", "server "+p.replicas[0].addr,
			"server 10.0.0.12:8080", "server "+p.replicas[1].addr, "root /etc/nginx;", "root "+here(p.t)+";"))
		around := "daemon off; master_process off; pid pid; error_log stderr;\nevents {}\nhttp {\n"
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			around += kind + "_temp_path " + p.dir + "/" + kind + ";\n"
		}
		return run(p.t, p.dir, nginx, "-p", p.dir, "-e", "stderr",
			"-c", write(p.t, p.dir, "nginx.conf", around+"include intranet.conf;\n}\n"))
	}},
	"caddy": {start: func(p *proxied) chan struct{} {
		caddy := program(p.t, "caddy", "caddy")
		address, port, _ := net.SplitHostPort(p.https)
		_, plain, _ := net.SplitHostPort(p.http)
		buffers := "request_buffers 1MiB"
		if out, err := exec.CommandContext(p.t.Context(), caddy, "version").Output(); err != nil {
			p.t.Fatal(err)
		} else if strings.HasPrefix(strings.TrimPrefix(string(out), "v"), "2.6.") { // as Debian 12 has it
			buffers = "buffer_requests"
		}
		config := edited(p.t, "Caddyfile", "request_buffers 1MiB", buffers, "\tservers {",
			"admin off\nauto_https disable_certs\nhttp_port "+plain+"\nhttps_port "+port+"\nservers {",
			host+"} {", host+"} {\nbind "+address+"\ntls "+p.dir+"/cert.pem "+p.dir+"/key.pem",
			"10.0.0.11:8080", p.replicas[0].addr, "10.0.0.12:8080", p.replicas[1].addr,
			"health_interval 1s", "health_interval 100ms", "root * /etc/caddy", "root * "+here(p.t))
		file := write(p.t, p.dir, "Caddyfile", config)
		return run(p.t, p.dir, caddy, "run", "--adapter", "caddyfile", "--config", file)
	}, checks: true},
}

func TestTheIntranetBehindEachProxy(t *testing.T) {
	t.Parallel()
	for name, proxy := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &proxied{t: t}
			p.start(proxy.start)
			p.plainHTTPLeadsToHTTPS()
			ana := p.signsIn("127.0.0.9")
			p.logsNoQuery(ana)
			p.firstPartArrivesFirst(ana)
			p.largeFormPasses(ana)
			p.noPageFailsWhileAReplicaIsDead(proxy.resends)
			p.nothingFailsWhileAReplicaShutsDown(proxy.checks)
		})
	}
}

// Where something else ends TLS, HAProxy would keep the first part of a page for 200 ms.
func TestHAProxyKeepsNoPartOfAPageBack(t *testing.T) {
	t.Parallel()
	p := &proxied{t: t, plain: true}
	p.start(func(p *proxied) chan struct{} {
		haproxy := program(t, "haproxy", "haproxy")
		config := p.haproxy("bind :443 ssl crt /etc/haproxy/intranet.example.com.pem alpn h2,http/1.1", "bind "+p.https,
			"unless { ssl_fc }", "if { dst_port 80 }")
		return run(t, p.dir, haproxy, "-db", "-f", write(t, p.dir, "haproxy.cfg", config))
	})
	c, best := p.signsIn("127.0.0.9"), time.Minute
	for range 5 { // the best of five: other work on the machine is not what is measured
		began, letGo := time.Now(), p.vendor.hold()
		res := p.send(c, http.MethodGet, "/", "", "")
		if _, err := untilFooter(bufio.NewReader(res.Body)); err != nil {
			t.Error(err)
		}
		best = min(best, time.Since(began))
		letGo()
		_ = res.Body.Close()
	}
	if best > 150*time.Millisecond {
		t.Errorf("the first part of a page came after %v", best)
	}
}

// haproxy is the example with the addresses of the tests, and more changes.
func (p *proxied) haproxy(replace ...string) string {
	p.t.Helper()
	config := edited(p.t, "haproxy.cfg", append(replace, "bind :80\n", "bind "+p.http+"\n",
		"server one 10.0.0.11:8080", "server one "+p.replicas[0].addr,
		"server two 10.0.0.12:8080", "server two "+p.replicas[1].addr, "inter 1s", "inter 100ms")...)
	return strings.ReplaceAll(config, "/etc/haproxy/", here(p.t)+"/")
}

// here is the folder of the examples.
func here(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// start starts two replicas, and the proxy before them.
func (p *proxied) start(proxy func(*proxied) (ended chan struct{})) {
	p.t.Helper()
	p.dir, p.vendor, p.dsn = p.t.TempDir(), startVendor(p.t), company(p.t)
	p.https, p.http = free(p.t), free(p.t)
	p.certificate()
	for i := range p.replicas {
		p.replicas[i] = start(p.t, p.dsn, p.vendor.URL, drain)
	}
	ended := proxy(p)
	await(p.t, ended, p.https)
	await(p.t, ended, p.http)
}

// certificate makes one for the host of the examples, and the files that the proxies want.
func (p *proxied) certificate() {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	one := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	two := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	write(p.t, p.dir, "cert.pem", one)
	write(p.t, p.dir, "key.pem", two)
	write(p.t, p.dir, "both.pem", one+two)
	p.trust = x509.NewCertPool()
	p.trust.AppendCertsFromPEM([]byte(one))
}

// client is a browser at that address.
func (p *proxied) client(from string, http2 bool) *http.Client {
	p.t.Helper()
	jar, _ := cookiejar.New(nil) // fails with options alone
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.trust, MinVersion: tls.VersionTLS12},
		Protocols:       protocols,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			to := map[bool]string{true: p.https, false: p.http}[strings.HasSuffix(addr, ":443")]
			return dialer.DialContext(ctx, network, to)
		},
	}
	if p.plain {
		transport.DialTLSContext = transport.DialContext
	}
	p.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send sends a request as a browser does, but for a header that says Sec-Fetch-Site.
func (p *proxied) send(c *http.Client, method, path, kind, body string, header ...string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, "https://"+host+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Origin", "https://"+host)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := c.Do(req)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	p.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

const urlencoded = "application/x-www-form-urlencoded"

func (p *proxied) plainHTTPLeadsToHTTPS() {
	p.t.Helper()
	res, err := p.client("127.0.0.9", false).Get("http://" + host + "/people?q=x")
	if err != nil {
		p.t.Fatal(err)
	}
	_ = res.Body.Close()
	if to := res.Header.Get("Location"); res.StatusCode != 308 || to != "https://"+host+"/people?q=x" {
		p.t.Errorf("plain http: %d, %q", res.StatusCode, to)
	}
}

// signsIn signs somebody in who lies about where they are.
func (p *proxied) signsIn(from string) *http.Client {
	p.t.Helper()
	c := p.client(from, !p.plain)
	admin := slices.IndexFunc(seed.Personas(), func(who seed.Persona) bool { return who.Role == store.Admin })
	form := url.Values{"email": {seed.Personas()[admin].Email}, "password": {password}}
	res := p.send(c, http.MethodPost, "/login", urlencoded, form.Encode(),
		"X-Forwarded-For", "203.0.113.9", "X-Forwarded-For", "203.0.113.10, 127.0.0.1", "X-Real-IP", "203.0.113.11",
		"Forwarded", `for=203.0.113.12;proto=http;host=evil.example`, "X-Forwarded-Host", "evil.example",
		"X-Request-Id", "chosen-by-a-client",
		"Traceparent", "00-"+strings.Repeat("a", 32)+"-"+strings.Repeat("b", 16)+"-01")
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) == 0 {
		p.t.Fatalf("the sign-in: %d", res.StatusCode)
	}
	for _, cookie := range res.Cookies() {
		if strings.Contains(cookie.Name, "session") && (!strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure) {
			p.t.Errorf("a cookie: %+v", cookie)
		}
	}
	if res.Header.Get("Strict-Transport-Security") == "" || len(res.Header.Values("Strict-Transport-Security")) > 1 {
		p.t.Errorf("HSTS: %q", res.Header.Values("Strict-Transport-Security"))
	}
	heads := append(p.replicas[0].requests("POST /login "), p.replicas[1].requests("POST /login ")...)
	if len(heads) != 1 {
		p.t.Fatalf("the replicas heard %d sign-ins", len(heads))
	}
	head := "\r\n" + strings.ToLower(heads[0].text) + "\r\n"
	for _, line := range []string{"host: " + host, "origin: https://" + host, "x-forwarded-for: " + from} {
		if !strings.Contains(head, "\r\n"+line+"\r\n") {
			p.t.Errorf("a replica was not told: %s", line)
		}
	}
	if strings.Count(head, "\r\nx-forwarded-for:") != 1 || strings.Contains(head, "\r\nforwarded:") ||
		strings.Contains(head, "\r\ntraceparent:") ||
		!strings.Contains(head, " http/1.1\r\n") {
		p.t.Errorf("a replica was asked: %s", head)
	}
	id := res.Header.Get("X-Request-Id")
	if len(id) < 32 || strings.Count(head, "\r\nx-request-id:") != 1 ||
		!strings.Contains(head, "\r\nx-request-id: "+strings.ToLower(id)+"\r\n") {
		p.t.Errorf("the id of the request is %q, and a replica was asked: %s", id, head)
	}
	p.until("the proxy's log has the id", func() bool { return strings.Contains(p.logged(), id) })
	conn, err := pgx.Connect(p.t.Context(), p.dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var address, request string
	const last = `SELECT address, request_id FROM audit WHERE action = 'session.created' ORDER BY id DESC LIMIT 1`
	err = conn.QueryRow(p.t.Context(), last).Scan(&address, &request)
	if err != nil || address != from || request != id {
		p.t.Errorf("in the audit trail: %q, %q, %v", address, request, err)
	}
	return c
}

// logged is what the proxy has logged: nginx in a file of its own.
func (p *proxied) logged() string {
	output, _ := os.ReadFile(filepath.Join(p.dir, "output"))
	log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	return string(output) + string(log)
}

// logsNoQuery asks for a page with words that nobody else may read.
func (p *proxied) logsNoQuery(ana *http.Client) {
	p.t.Helper()
	for _, path := range []string{"/people?q=what-ana-seeks", "/no-such?q=what-ana-seeks"} {
		id := p.send(ana, http.MethodGet, path, "", "", "Referer", "https://"+host+"/?q=what-ana-seeks").
			Header.Get("X-Request-Id")
		p.until("the proxy's log has the id", func() bool { return strings.Contains(p.logged(), id) })
	}
	if log := p.logged(); strings.Contains(log, "what-ana-seeks") || strings.Contains(log, "chosen-by-a-client") {
		p.t.Errorf("the proxy's log has what it should not: %s", log)
	}
}

// firstPartArrivesFirst is the promise of every page: it is there before Caramelo answers.
func (p *proxied) firstPartArrivesFirst(ana *http.Client) {
	p.t.Helper()
	if !slices.ContainsFunc(features.All(), func(f web.Feature) bool { return f.Name == "imports" }) {
		return // without it no form is so large
	}
	for _, http2 := range []bool{false, true} {
		c := p.client("127.0.0.9", http2)
		c.Jar = ana.Jar
		letGo := p.vendor.hold()
		res := p.send(c, http.MethodGet, "/", "", "")
		if res.ProtoMajor != map[bool]int{true: 2, false: 1}[http2] || !res.Uncompressed {
			p.t.Errorf("a page: %s, compressed by the intranet: %t", res.Proto, res.Uncompressed)
		}
		body := bufio.NewReader(res.Body)
		seen, err := untilFooter(body)
		if err != nil {
			letGo()
			p.t.Fatalf("%s: the page ends before its footer: %v", res.Proto, err)
		}
		if strings.Contains(seen, "a-token") || strings.Contains(seen, "assistant-unavailable") {
			p.t.Errorf("%s: the footer came after Caramelo's answer, or its time", res.Proto)
		}
		letGo()
		if rest, err := io.ReadAll(body); err != nil || !strings.Contains(string(rest), "a-token") {
			p.t.Errorf("%s: the rest of the page: %v, %q", res.Proto, err, rest)
		}
	}
}

// untilFooter reads a page to the end of what does not wait for Caramelo.
func untilFooter(body *bufio.Reader) (string, error) {
	var read strings.Builder
	for !strings.HasSuffix(read.String(), "</footer>") {
		b, err := body.ReadByte()
		if err != nil {
			return "", err
		}
		read.WriteByte(b)
	}
	return read.String(), nil
}

// largeFormPasses sends the largest form that the intranet takes.
func (p *proxied) largeFormPasses(ana *http.Client) {
	p.t.Helper()
	if !slices.ContainsFunc(features.All(), func(f web.Feature) bool { return f.Name == "imports" }) {
		return // without it no form is so large
	}
	for _, http2 := range []bool{false, true} {
		c := p.client("127.0.0.9", http2)
		c.Jar = ana.Jar
		body := "csv=" + url.QueryEscape("name,email\nDora,dora@company.example\n")
		body += "&more=" + strings.Repeat("x", 6<<20+250<<10-len(body)-5)
		res := p.send(c, http.MethodPost, paths.AdminPeople+"/import", urlencoded, body)
		page, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(page), "dora@company.example") {
			p.t.Errorf("a large form: %d, %v", res.StatusCode, err)
		}
	}
}

// noPageFailsWhileAReplicaIsDead asks for pages while one of both closes every connection
// without an answer: as one that was killed with requests under way, and is started again.
func (p *proxied) noPageFailsWhileAReplicaIsDead(resends bool) {
	p.t.Helper()
	dead := p.replicas[0]
	dead.hangsUp.Store(true)
	for n := range 60 {
		c := p.client("127.0.0.9", n%2 == 0)
		if status := p.asks(c, http.MethodGet, ""); status != http.StatusOK {
			p.t.Errorf("a page while a replica is dead: %d", status)
		}
		if resends {
			if status := p.asks(c, http.MethodPost, "email=&form_key=x"); status != http.StatusUnprocessableEntity {
				p.t.Errorf("a form while a replica is dead: %d", status)
			}
		}
		c.CloseIdleConnections()
	}
	p.saysThatItIsAway()
	dead.hangsUp.Store(false)
	before := len(dead.requests("GET /login "))
	p.until("it is asked again", func() bool {
		_ = p.asks(p.client("127.0.0.9", false), http.MethodGet, "")
		return len(dead.requests("GET /login ")) > before
	})
}

// saysThatItIsAway asks while both replicas are dead.
func (p *proxied) saysThatItIsAway() {
	p.t.Helper()
	for _, r := range p.replicas {
		r.hangsUp.Store(true)
		defer r.hangsUp.Store(false)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		res := p.send(p.client("127.0.0.9", true), method, "/login", "", "")
		page, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode < 500 || !strings.Contains(string(page), `data-page="unavailable"`) ||
			res.Header.Get("Cache-Control") != "no-store" ||
			!strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			p.t.Errorf("%s: %d, %v: %s", method, res.StatusCode, err, page)
		}
	}
}

// until waits for what must become so.
func (p *proxied) until(what string, so func() bool) {
	p.t.Helper()
	for deadline := time.After(20 * time.Second); !so(); {
		select {
		case <-deadline:
			p.t.Fatalf("not so: %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// nothingFailsWhileAReplicaShutsDown asks without a pause until one of both has ended.
func (p *proxied) nothingFailsWhileAReplicaShutsDown(checks bool) {
	p.t.Helper()
	leaving := p.replicas[0]
	before := len(leaving.requests("GET /login "))
	var asking sync.WaitGroup
	for n := range 4 {
		asking.Go(func() {
			c := p.client(fmt.Sprintf("127.0.1.%d", n), n%2 == 0)
			for ended := false; !ended; {
				select {
				case <-leaving.ended:
					ended = true // and once more
				default:
				}
				if status := p.asks(c, http.MethodGet, ""); status != http.StatusOK {
					p.t.Errorf("a page while a replica shuts down: %d", status)
				}
				if !checks {
					continue // what may have been done already is not sent again
				}
				if status := p.asks(c, http.MethodPost, "email="); status != http.StatusUnprocessableEntity {
					p.t.Errorf("a form while a replica shuts down: %d", status)
				}
			}
		})
	}
	p.until("this replica is asked", func() bool { return len(leaving.requests("GET /login ")) > 10+before })
	began := time.Now()
	leaving.shutDown()
	asking.Wait()
	if n := len(p.replicas[1].requests("GET /login ")); n < 10 {
		p.t.Errorf("the other replica had %d requests", n)
	}
	if !checks {
		return
	}
	for _, request := range leaving.requests("GET /login ") {
		if after := request.at.Sub(began); after > drain*3/4 {
			p.t.Fatalf("asked %v after it had begun to shut down", after)
		}
	}
}

// asks asks for the form to sign in, and returns the status: 0 for no answer.
func (p *proxied) asks(c *http.Client, method, body string) int {
	req, err := http.NewRequestWithContext(p.t.Context(), method, "https://"+host+"/login", strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", urlencoded)
	req.Header.Set("Origin", "https://"+host)
	res, err := c.Do(req)
	if err != nil {
		p.t.Error(err)
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		p.t.Error(err)
		return 0
	}
	return res.StatusCode
}
