package faults_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
)

// How long a page that fails may take, and any other: the last part of one waits 3 s for Caramelo.
const longest = 6 * time.Second

// patience is 3 s for a page that fails. The short form runs on machines that do much else.
func patience() time.Duration {
	if long {
		return 3 * time.Second
	}
	return 5 * time.Second
}

// A crowd are people who use the intranet until they are told to stop.
type crowd struct {
	t      *testing.T
	addr   string
	mark   string // begins what they write
	pause  time.Duration
	all    []*visitor
	allow  allowance
	stop   context.CancelFunc
	ctx    context.Context
	active sync.WaitGroup

	mu       sync.Mutex
	requests []request
	wrong    []string
	noise    time.Duration     // how long the busy machine lets something wait that asks nobody
	tokens   map[string]string // of pages, each of them once
	subjects map[string]string // whom Caramelo knows a person as, by their ID
}

// allowance is what may fail during a fault: what is not allowed fails the test.
type allowance struct {
	reads, writes bool // pages, and forms, may be answered with a page of ours that says so
	cut           bool // a page may break off with the process that was killed or stopped
	// How much longer answers may take: a process has taken them that was stopped, or there are too many.
	late time.Duration
}

// request is one that was answered, or not.
type request struct {
	began, ended time.Time
	what         string
	by           int // of the crowd
	failed       bool
}

func (r request) took() time.Duration { return r.ended.Sub(r.began) }

// visitor is one of the crowd.
type visitor struct {
	*crowd
	n       int
	client  *http.Client
	id      string            // of the person
	cookies map[string]string // of the browser
	dead    []string          // sessions that have ended
	saved   []string          // marks that were answered as saved
}

// newCrowd is a crowd of the first n people.
func newCrowd(t *testing.T, s *stand, n int, pause time.Duration, allow allowance) *crowd {
	t.Helper()
	c := &crowd{
		t: t, addr: s.addr, mark: strings.ReplaceAll(t.Name()[strings.LastIndex(t.Name(), "/")+1:], "_", " "),
		pause: pause, allow: allow, tokens: map[string]string{}, subjects: map[string]string{},
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	t.Cleanup(c.stop)
	for _, r := range s.replicas {
		if r != nil {
			c.active.Go(func() { c.listen("http://" + r.addr + paths.Health) })
		}
	}
	for i := range n {
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(i/200), byte(i%200+1))}}
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", c.addr)
		}
		transport := &http.Transport{DialContext: dial, DialTLSContext: dial}
		t.Cleanup(transport.CloseIdleConnections)
		c.all = append(c.all, &visitor{crowd: c, n: i, cookies: map[string]string{}, client: &http.Client{
			Transport: transport, Timeout: 30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}})
	}
	return c
}

// come lets everybody in, and returns once they are and have begun to work.
func (c *crowd) come() {
	c.t.Helper()
	var signed sync.WaitGroup
	in := make(chan struct{})
	for _, v := range c.all {
		signed.Add(1)
		c.active.Go(func() {
			ok := v.signIn()
			signed.Done()
			if <-in; ok {
				v.work()
			}
		})
	}
	go func() { signed.Wait(); close(in) }()
	select {
	case <-in:
	case <-time.After(90 * time.Second):
		c.t.Fatal("not everybody is signed in after 90 s")
	}
}

// leave lets everybody end what they do, at most for limit.
func (c *crowd) leave(limit time.Duration) {
	c.t.Helper()
	c.stop()
	done := make(chan struct{})
	go func() { c.active.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(limit):
		c.t.Fatalf("somebody still waits after %v", limit)
	}
}

// listen measures the noise of the machine, by a page of a replica that asks nobody.
func (c *crowd) listen(address string) {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for c.ctx.Err() == nil {
		began := time.Now()
		if res, err := client.Get(address); err == nil { // one that was killed or stopped says nothing
			_ = res.Body.Close()
			c.mu.Lock()
			c.noise = max(c.noise, time.Since(began))
			c.mu.Unlock()
		}
		<-time.After(50 * time.Millisecond)
	}
}

// report notes what must not be.
func (c *crowd) report(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// work is what people do all day.
func (v *visitor) work() {
	for n := v.n; v.ctx.Err() == nil; n++ {
		for _, path := range []string{paths.Home, paths.People, paths.Account} {
			if v.ctx.Err() != nil {
				return
			}
			v.read(path)
			v.rest()
		}
		v.write(fmt.Sprintf("%s %d of %d", v.mark, n, v.n))
		if n%5 == 4 {
			v.signOut()
			if !v.signIn() {
				return
			}
		}
	}
}

func (v *visitor) rest() { <-time.After(v.pause) }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // the connection broke off
}

func (a answer) to() string { return a.header.Get("Location") }

// form is the form of the page that is posted to a path.
func (a answer) form(action string) url.Values {
	page, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		return nil
	}
	found := page.Find(`main form[method=post][action="` + action + `"]`)
	if found.Length() == 0 {
		return nil
	}
	fields := url.Values{}
	found.First().Find("input[name], textarea[name]").Each(func(_ int, e *goquery.Selection) {
		fields.Add(e.AttrOr("name", ""), e.AttrOr("value", ""))
	})
	return fields
}

// failed reports whether the answer is none that people came for.
func (a answer) failed() bool { return a.err != nil || a.status >= 500 }

// send sends a request as a browser does, and judges the answer.
func (v *visitor) send(method, path string, form url.Values) answer {
	req, err := http.NewRequest(method, "https://"+host+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Error(err)
		return answer{err: err}
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "https://"+host)
		req.Header.Set("Referer", "https://"+host+path) // each form is on the page that it is posted to
	}
	for _, name := range slices.Sorted(maps.Keys(v.cookies)) {
		req.AddCookie(&http.Cookie{Name: name, Value: v.cookies[name]})
	}
	began := time.Now()
	a := answer{header: http.Header{}}
	res, err := v.client.Do(req)
	if err == nil {
		var body []byte
		body, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
		a = answer{status: res.StatusCode, header: res.Header, body: string(body)}
	}
	a.err = err
	if err == nil {
		for _, c := range res.Cookies() {
			v.cookies[c.Name] = c.Value
			if c.MaxAge < 0 {
				delete(v.cookies, c.Name)
			}
		}
	}
	v.judge(method, path, a, began)
	return a
}

// judge notes a request, and what must not be.
func (v *visitor) judge(method, path string, a answer, began time.Time) {
	r := request{began: began, ended: time.Now(), what: method + " " + path, by: v.n, failed: a.failed()}
	v.mu.Lock()
	v.requests = append(v.requests, r)
	v.mu.Unlock()
	took := r.ended.Sub(began).Round(time.Millisecond)
	said := fmt.Sprintf("%s by %d, %d after %v", r.what, v.n, a.status, took)
	page := strings.HasPrefix(a.header.Get("Content-Type"), "text/html")
	switch {
	case a.err != nil:
		if !v.allow.cut || a.status == 0 {
			v.report("broken off: %s: %v", said, a.err)
		}
		return
	case a.header.Get("X-Request-Id") == "" && !(v.allow.cut && isAway(a)):
		v.report("a bare page: %s: %.200q", said, a.body)
		return
	case a.status == http.StatusTooManyRequests, a.status >= 500 && a.status != http.StatusServiceUnavailable,
		a.status >= 400 && a.status < 500 && a.status != http.StatusConflict && a.status != http.StatusNotFound:
		v.report("a wrong answer: %s: %s", said, text(a.body))
	case page && a.status/100 != 3 && !strings.HasSuffix(strings.TrimSpace(a.body), "</html>"):
		v.report("half a page: %s", said)
	case a.status == http.StatusOK && strings.Contains(a.body, `class="error-status"`):
		v.report("an error as a 200: %s", said)
	}
	// Whoever signs in while many do may be told to come again.
	if line := path == paths.Login && a.form(paths.Login) != nil; a.failed() && !line {
		if !(v.allow.reads && method == http.MethodGet || v.allow.writes && method == http.MethodPost) {
			v.report("failed: %s: %s", said, text(a.body))
		}
	}
}

// isAway reports whether it is the page that a proxy shows where a replica has died with a form.
func isAway(a answer) bool { return strings.Contains(a.body, `data-page="unavailable"`) }

// text is what a page says, cut.
func text(body string) string {
	page, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%.300q", strings.Join(strings.Fields(page.Find("main").Text()), " "))
}

// token is the one in a page.
var token = regexp.MustCompile(`secure_connection_token: "([^"]+)"`)

// read opens a page, which must be this person's.
func (v *visitor) read(path string) answer {
	a := v.send(http.MethodGet, path, nil)
	switch {
	case a.failed():
	case a.status == http.StatusSeeOther && strings.HasPrefix(a.to(), paths.Login):
		v.report("a session is lost: GET %s by %d leads to %s", path, v.n, a.to())
	case a.status == http.StatusOK:
		v.isTheirs(path, a)
	}
	return a
}

// isTheirs compares a page with who asked for it.
func (v *visitor) isTheirs(path string, a answer) {
	page, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		v.report("no page: GET %s: %v", path, err)
		return
	}
	account := page.Find(".account[data-person]")
	id, name := account.AttrOr("data-person", ""), strings.TrimSpace(account.Find(".account-name").Text())
	if v.id == "" {
		v.id = id
	}
	if id != v.id || name != fmt.Sprintf("Person %d", v.n) {
		v.report("another's page: GET %s by %d is %s's", path, v.n, name)
	}
	found := token.FindStringSubmatch(a.body)
	if found == nil {
		if page.Find("#assistant-unavailable").Length() == 0 {
			v.report("neither a token nor a notice: GET %s by %d", path, v.n)
		}
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.tokens[found[1]] != "" {
		v.wrong = append(v.wrong, fmt.Sprintf("a token was given out twice: GET %s by %d", path, v.n))
	}
	v.tokens[found[1]] = v.id
	if known, subject := v.subjects[v.id], subject(found[1]); known == "" {
		v.subjects[v.id] = subject
	} else if known != subject {
		v.wrong = append(v.wrong, fmt.Sprintf("another's token: GET %s by %d", path, v.n))
	}
}

// subject is whom a token is for.
func subject(token string) string {
	var claims struct{ Sub string }
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if payload, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(payload, &claims)
		}
	}
	return claims.Sub
}

// signIn signs in, and tries until it is done or the crowd leaves.
func (v *visitor) signIn() bool {
	clear(v.cookies)
	for first := true; ; first = false {
		if !first && v.ctx.Err() != nil {
			return false
		}
		page := v.send(http.MethodGet, paths.Login, nil)
		form := page.form(paths.Login)
		if page.failed() || form == nil {
			<-time.After(max(v.pause, time.Second))
			continue
		}
		form.Set("email", fmt.Sprintf("person%d@faults.example", v.n))
		form.Set("password", secret)
		a := v.send(http.MethodPost, paths.Login, form)
		if a.err != nil { // the same once more
			<-time.After(max(v.pause, time.Second))
			a = v.send(http.MethodPost, paths.Login, form)
		}
		if a.status == http.StatusSeeOther && v.session() != "" {
			return true
		}
		<-time.After(max(v.pause, time.Second))
	}
}

// session is the cookie of it.
func (v *visitor) session() string { return v.cookies["__Host-session"] }

// signOut signs out, until that is answered. The session must then be dead.
func (v *visitor) signOut() {
	session := v.session()
	for {
		a := v.send(http.MethodPost, paths.Logout, nil)
		if a.status == http.StatusSeeOther {
			v.dead = append(v.dead, session)
			v.stays(session)
			return
		}
		v.rest()
	}
}

// stays looks whether a session that has ended stays so.
func (v *visitor) stays(session string) {
	was := maps.Clone(v.cookies)
	v.cookies = map[string]string{"__Host-session": session}
	if a := v.send(http.MethodGet, paths.Account, nil); a.status == http.StatusOK {
		v.report("a session lives again after its end: %d", v.n)
	}
	v.cookies = was
}

// write saves something once, whatever it takes, and notes it.
func (v *visitor) write(mark string) {
	page := v.read(paths.AdminDepartments)
	form := page.form(paths.AdminDepartments)
	if form == nil {
		return
	}
	form.Set("name_en", mark)
	for {
		a := v.send(http.MethodPost, paths.AdminDepartments, form)
		switch {
		case a.status == http.StatusSeeOther && strings.HasPrefix(a.to(), paths.Login):
			v.report("a session is lost: a form of %d leads to %s", v.n, a.to())
			return
		case a.status == http.StatusSeeOther && a.err == nil:
			v.saved = append(v.saved, mark)
			return
		case a.status == http.StatusConflict: // it may be there: look
			there, known := v.there(mark)
			if known && there {
				v.saved = append(v.saved, mark)
				return
			}
			if again := a.form(paths.AdminDepartments); known && again != nil {
				form = again
			}
		case a.err == nil && a.status != http.StatusServiceUnavailable:
			v.report("%q was not saved: %d: %s", mark, a.status, text(a.body))
			return
		case a.status == http.StatusServiceUnavailable:
			if again := a.form(paths.AdminDepartments); again != nil {
				form = again // with what says that it is in doubt
			}
		}
		v.rest()
	}
}

// there looks whether something was saved, if it can be seen.
func (v *visitor) there(mark string) (there, known bool) {
	for range 100 {
		a := v.send(http.MethodGet, paths.AdminDepartment.Of(slug(mark)), nil)
		if a.status == http.StatusOK || a.status == http.StatusNotFound {
			return a.status == http.StatusOK, true
		}
		v.rest()
	}
	return false, false
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

func slug(mark string) string {
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(mark), "-"), "-")
}

// wrote reports whether the crowd has sent so many forms that were saved.
func (c *crowd) wrote(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.requests {
		if r.what == "POST "+paths.AdminDepartments && !r.failed {
			n--
		}
	}
	return n <= 0
}

// verify compares what was answered with what is there.
func (c *crowd) verify(db *cluster) {
	c.t.Helper()
	for _, v := range c.all {
		for _, session := range v.dead {
			v.stays(session)
		}
		if v.session() != "" {
			v.read(paths.Account)
		}
	}
	conn := db.connect(c.t)
	for _, v := range c.all {
		for _, mark := range v.saved {
			var rows, trail int
			const sql = `SELECT (SELECT count(*) FROM departments WHERE names->>'en' = $1),
				(SELECT count(*) FROM audit WHERE action = 'department.created' AND detail = $1)`
			if err := conn.QueryRow(c.t.Context(), sql, mark).Scan(&rows, &trail); err != nil {
				c.t.Fatal(err)
			}
			if rows != 1 || trail != 1 {
				c.report("%q was saved, and is there %d times, in the trail %d times", mark, rows, trail)
			}
		}
	}
	if _, err := conn.Exec(c.t.Context(), `DELETE FROM departments`); err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.requests {
		most := longest
		if r.failed && !strings.HasSuffix(r.what, paths.Login) { // who signs in waits in a line
			most = patience()
		}
		if r.took() > most+c.allow.late+c.noise {
			c.wrong = append(c.wrong,
				fmt.Sprintf("too late: %s by %d, failed: %t, after %v", r.what, r.by, r.failed, r.took()))
		}
	}
	shown := slices.Compact(slices.Sorted(slices.Values(c.wrong)))
	for i, wrong := range shown {
		if i == 15 {
			c.t.Errorf("and %d more", len(shown)-i)
			break
		}
		c.t.Error(wrong)
	}
}
