package conformance

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/checks"
)

// visitor is a browser of one person: it keeps cookies and runs no script.
type visitor struct {
	client  *http.Client
	pool    *http.Transport
	cookies cookies
	form    bool         // signed in at the form
	wrong   checks.Check // why they could not sign in; its level is a failure then
}

// close ends its idle connections. A visitor may be nil.
func (v *visitor) close() {
	if v != nil {
		v.pool.CloseIdleConnections()
	}
}

// newVisitor is a browser without cookies.
func newVisitor() *visitor {
	pool := &http.Transport{Proxy: http.ProxyFromEnvironment}
	return &visitor{pool: pool, cookies: cookies{}, client: &http.Client{
		Transport:     pool,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// arrive is a browser in which that person is signed in.
func (e *examination) arrive(ctx context.Context, who Person) *visitor {
	v := newVisitor()
	if who.Cookie == "" {
		v.form = true
		v.wrong = e.signIn(ctx, v, who)
		return v
	}
	header := strings.TrimSpace(who.Cookie)
	if name, rest, _ := strings.Cut(header, ":"); strings.EqualFold(name, "Cookie") {
		header = rest // the whole line was copied
	}
	for _, address := range e.cfg.Pages {
		if !v.cookies.parse(address.Hostname(), header) {
			v.wrong = checks.Fail("the cookie is not written as a=b; c=d").MendBy(copyAgain + "CHECK_COOKIE")
		}
	}
	return v
}

// request is what a browser asks for.
type request struct {
	method string // "" for GET
	url    *url.URL
	header map[string]string
	form   url.Values    // of a POST
	within time.Duration // 0 for maxLoad
}

// name is what makes a request another one than that of a page.
func (r request) name() string {
	if r.method == http.MethodHead {
		return "HEAD"
	}
	return "a request with Sec-Purpose: " + r.header["Sec-Purpose"]
}

// page is what came, and what the app asked Caramelo for meanwhile.
type page struct {
	url       *url.URL
	status    int // 0 where no answer came
	header    http.Header
	body      []byte
	err       error // the answer did not come, or not to its end
	firstByte time.Duration
	took      time.Duration
	calls     []call
	shown     string // a token that is in it, or ""
	shownFor  string // for whom the app asked for that one
	document  document
}

func (p page) late() bool { return errors.Is(p.err, context.DeadlineExceeded) }

func (p page) untrusted() bool {
	_, is := errors.AsType[*tls.CertificateVerificationError](p.err)
	return is
}

// token is the one that was given while the page was made, or "".
func (p page) token() string {
	for _, c := range p.calls {
		if c.token != "" {
			return c.token
		}
	}
	return ""
}

// customer is for whom the page's chat is, or "". A token that was kept counts as a new one does.
func (p page) customer() string {
	if p.shownFor != "" {
		return p.shownFor
	}
	for _, c := range p.calls {
		if id := c.field("external_customer_id"); id != "" {
			return id
		}
	}
	return ""
}

// load opens an address as a person who follows a link does.
func (e *examination) load(ctx context.Context, v *visitor, want request) page {
	if want.within == 0 {
		want.within = maxLoad
	}
	ctx, cancel := context.WithTimeout(ctx, want.within)
	defer cancel()
	p, mark, start := page{url: want.url}, e.vendor.mark(), time.Now()
	req, err := newRequest(ctx, want)
	if err != nil {
		p.err = err
		return p
	}
	if header := v.cookies.header(want.url.Hostname()); header != "" {
		req.Header.Set("Cookie", header)
	}
	res, err := v.client.Do(req)
	if err == nil {
		v.cookies.keep(want.url.Hostname(), res.Header)
		p.status, p.header = res.StatusCode, res.Header
		var first [1]byte
		n, _ := io.ReadFull(res.Body, first[:])
		p.firstByte = time.Since(start)
		p.body, err = io.ReadAll(io.LimitReader(res.Body, maxBody))
		p.body = append(first[:n:n], p.body...)
		_ = res.Body.Close()
	}
	p.err, p.took, p.calls = err, time.Since(start), e.vendor.since(mark)
	p.shown, p.shownFor = e.vendor.given(p.body)
	p.document = read(p.body, p.url)
	return p
}

func newRequest(ctx context.Context, want request) (*http.Request, error) {
	var body io.Reader
	method := want.method
	if method == "" {
		method = http.MethodGet
	}
	if want.form != nil {
		body = strings.NewReader(want.form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, want.url.String(), body)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"Accept":                    "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
		"Accept-Language":           "en",
		"Upgrade-Insecure-Requests": "1",
		"User-Agent":                "Mozilla/5.0 (compatible; caramelo-sandbox-check)",
		"Sec-Fetch-Dest":            "document",
		"Sec-Fetch-Mode":            "navigate",
		"Sec-Fetch-Site":            "same-origin",
	} {
		req.Header.Set(name, value)
	}
	if want.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", want.url.Scheme+"://"+want.url.Host)
	}
	for name, value := range want.header {
		req.Header.Set(name, value)
	}
	return req, nil
}

// quietly loads an address for which no call is wanted, and waits a little for one that
// begins behind the answer.
func (e *examination) quietly(ctx context.Context, v *visitor, want request) page {
	mark := e.vendor.mark()
	p := e.load(ctx, v, want)
	select {
	case <-time.After(quietTime):
	case <-ctx.Done():
	}
	p.calls = e.vendor.since(mark)
	return p
}

// redirect says where a redirect leads, without its query, which may have a token in it.
func (p page) redirect() string {
	to, err := p.url.Parse(p.header.Get("Location"))
	if err != nil {
		return ""
	}
	return " to " + to.EscapedPath()
}

// How somebody gets a session that is good.
const (
	copyAgain   = "sign in with a browser, and copy the cookie anew into "
	compareForm = "compare the names, the passwords and the fields of the form with a browser"
)

// came says whether there is an answer at all from the address that a flag names.
func (p page) came(flag string) checks.Check {
	switch {
	case p.late():
		return checks.Fail("%s: not complete within %v", p.url.Path, maxLoad).
			MendBy("open it in a browser: is the app running?")
	case p.untrusted():
		return checks.Fail("%s: the certificate is not trusted here", p.url.Path).
			MendBy("use http on this machine, or name the authority's certificate in SSL_CERT_FILE")
	case p.status == 0:
		return checks.Fail("%s: no answer", p.url.Path).MendBy("start the app; compare " + flag + " with its address")
	case p.err != nil:
		return checks.Fail("%s: status %d, and then the connection broke", p.url.Path, p.status).
			MendBy("look at the app's log")
	}
	return checks.OK("status %d", p.status)
}

// reached says whether a signed-in person got the page. session names where theirs came from.
func (p page) reached(session string, v *visitor) checks.Check {
	again := copyAgain + session
	if v.form {
		again = compareForm
	}
	media := ""
	if p.header != nil {
		media, _, _ = mime.ParseMediaType(p.header.Get("Content-Type"))
	}
	switch came := p.came("--url"); {
	case v.wrong.Level == checks.Failure:
		return v.wrong
	case came.Level == checks.Failure:
		return came
	case p.status/100 == 3:
		return checks.Fail("%s: status %d, a redirect%s: nobody is signed in, or the page is there", p.url.Path, p.status,
			p.redirect()).MendBy(again + "; or name the page to which it leads")
	case p.status == http.StatusUnauthorized || p.status == http.StatusForbidden:
		return checks.Fail("%s: status %d: nobody is signed in", p.url.Path, p.status).MendBy(again)
	case p.status != http.StatusOK:
		return checks.Fail("%s: status %d", p.url.Path, p.status).
			MendBy("name a page that people get; look at the app's log")
	case media != "text/html" && media != "application/xhtml+xml":
		return checks.Fail("%s: it is not HTML", p.url.Path).MendBy("name a page with the chat")
	}
	return checks.OK("status 200")
}
