package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/features/audit"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
)

// The kinds of secrets.
const (
	aDatabasePassword = "password of the database"
	aSecretToken      = "secret token"
	aSecretKey        = "key that seals second factors"
	aConnectionToken  = "connection token"
	aRefusedToken     = "connection token of an answer that does not count"
	aPassword         = "password"
	aSeededPassword   = "seeded password"
	aMistypedPassword = "password that was typed as an e-mail"
	aPasswordHash     = "password hash"
	aSession          = "session id"
	aCode             = "one-time code"
	aWrongCode        = "one-time code that does not exist"
	aSeed             = "seed of a second factor"
	aRecoveryCode     = "recovery code"
)

// allowances are all places where a secret may come out, and why it has to.
var allowances = []allowance{
	{
		aSession, regexp.MustCompile(`^answer `), "Set-Cookie: session=%s; ", false,
		"its own browser has to get it; visitor.send makes sure that it is the right one",
	},
	{
		aConnectionToken, regexp.MustCompile(`^answer (GET|POST) \S+ (200|403|409|422|429)$`),
		`>var carameloaiChatbot = {secure_connection_token: "%s", project_id: "p_canary"};</script>`, true,
		"the vendor's script reads it in the tail of one page",
	},
	{
		aSeed, regexp.MustCompile(`^answer POST /account/second-factor (200)$`), "<code>%s</code>", false,
		"it has to be typed into the app; beside it in the QR code, which is not searched",
	},
	{
		aSeed, regexp.MustCompile(`^answer POST /account/second-factor/confirm 422$`), "<code>%s</code>", false,
		"a wrong code shows the same page again",
	},
	{
		aRecoveryCode, regexp.MustCompile(`^answer POST /account/second-factor/(confirm|recovery-codes) 200$`),
		"<li><code>%s</code></li>", true, "it is shown when it is made",
	},
	{
		aCode, regexp.MustCompile(`^command user (link|add)$`), "http://intranet.example/invitation#%s\n", true,
		"the command is there to make it",
	},
	{
		aCode, regexp.MustCompile(`^answer POST /admin/people(/\{id\}/invitation)? 200$`),
		"<code>http://intranet.example/invitation#%s</code>", true, "the page is there to make it",
	},
	{
		aCode, regexp.MustCompile(`^answer POST /invitation (422|429)$`), ` name="code" type="text" value="%s" `, false,
		"what was typed is kept when the form is shown again",
	},
	{
		aCode, regexp.MustCompile(`^answer POST /invitation 422$`), `<input type="hidden" name="code" value="%s">`,
		false, "a code that was right is kept while the password is mended",
	},
	{
		aWrongCode, regexp.MustCompile(`^answer POST /invitation (422|429)$`), ` name="code" type="text" value="%s" `,
		false, "what was typed is kept when the form is shown again",
	},
	{
		aMistypedPassword, regexp.MustCompile(`^answer POST /login 422$`),
		` name="email" type="text" inputmode="email" value="%s" `,
		false, "what was typed as an e-mail is kept when the form is shown again",
	},
	{aSeededPassword, regexp.MustCompile(`^command seed$`), "  %s  ", true, "the demo's logins are printed once"},
	{
		aPasswordHash, regexp.MustCompile(`^table people$`), `"password_hash": "%s"`, true,
		"a sign-in is checked against it",
	},
}

// TestNoSecretComesOut uses the whole intranet, well and badly, and searches all
// that comes out of it - answers, logs, metrics, what commands print, and the
// database - for every secret that went in or was made.
func TestNoSecretComesOut(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			w := &witness{t: t, seen: map[string]bool{}}
			useEverything(w, format)
			for _, leak := range w.leaks(allowances) {
				t.Error(leak)
			}
			for _, status := range []string{
				"200", "303", "307", "400", "403", "404", "405", "413", "422", "429", "500", "503",
			} {
				if !w.seen[status] {
					t.Errorf("no answer had the status %s: that page was not tested", status)
				}
			}
		})
	}
}

// canary is a new text of that kind. Special characters are what a form of it may
// be overlooked for.
func (w *witness) canary(kind string) string {
	return w.secret(kind, `Canary "`+strings.ToLower(rand.Text())+`" é&/+`)
}

// vendor is Caramelo in a mood.
type vendor struct {
	*witness
	mood atomic.Pointer[string]
}

// moods are what else than a good answer a page has to live with, each with the
// kind of failure that the metrics must show for it; "ok" is none.
var moods = []struct{ name, kind string }{
	{"echo in a header and beside the token", "ok"},
	{"echo in the status line of a 200", "ok"},
	{"echo in the status line of a 401", "credentials"},
	{"401", "credentials"},
	{"404", "project"},
	{"400", "rejected"},
	{"307", "malformed"},
	{"200 without a token", "malformed"},
	{"half a document", "malformed"},
	{"500", "unavailable"},
	{"not HTTP", "unavailable"},
	{"a broken header", "unavailable"},
	{"breaks off", "unavailable"},
	{"hangs", "timeout"},
	{"429", "rate_limited"}, // last: the calls of this person pause then
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, _ := io.ReadAll(r.Body)
	echo := strings.ReplaceAll(string(request), "\n", " ") // with the secret token in it
	token := func(kind string) string {
		return `{"real_time_access_token":"` + v.secret(kind, "canary."+rand.Text()) + `","echo":` + echo + `}`
	}
	raw := func(answer string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}
	whole := func(status, body string) {
		raw(fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body))
	}
	status := map[string]int{"401": 401, "404": 404, "400": 400, "307": 307, "500": 500, "429": 429}
	switch mood := *v.mood.Load(); mood {
	case "good":
		_, _ = io.WriteString(w, token(aConnectionToken))
	case "echo in a header and beside the token":
		w.Header().Set("X-Echo", echo)
		_, _ = io.WriteString(w, token(aConnectionToken))
	case "echo in the status line of a 200":
		whole("200 "+echo, token(aConnectionToken))
	case "echo in the status line of a 401":
		whole("401 "+echo, token(aRefusedToken))
	case "200 without a token":
		_, _ = io.WriteString(w, `{"real_time_access_token":{"is":`+token(aRefusedToken)+`}}`)
	case "half a document":
		body := token(aRefusedToken)
		_, _ = io.WriteString(w, body[:len(body)-1])
	case "not HTTP":
		raw(echo + token(aRefusedToken) + "\r\n\r\n")
	case "a broken header":
		raw("HTTP/1.1 200 OK\r\n" + strings.ReplaceAll(echo, ":", " ") + "\r\n\r\n")
	case "breaks off":
		body := token(aRefusedToken)
		raw(fmt.Sprintf("HTTP/1.1 200 %s\r\nContent-Length: %d\r\n\r\n%s", echo, 2*len(body), body))
	case "hangs":
		_, _ = io.WriteString(w, token(aRefusedToken)[:40])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		w.Header().Set("Location", "/?"+url.QueryEscape(echo))
		w.Header().Set("Www-Authenticate", echo)
		w.WriteHeader(status[mood])
		_, _ = io.WriteString(w, token(aRefusedToken))
	}
}

// is changes the vendor's mood.
func (v *vendor) is(mood string) { v.mood.Store(&mood) }

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// withPassword is the DSN with a password that the test's server may not ask for.
func (w *witness) withPassword(dsn string) string {
	config, err := pgx.ParseConfig(dsn)
	u, errURL := url.Parse(dsn)
	switch {
	case err != nil:
		w.t.Fatal("the test's database has no address")
	case len(config.Password) >= 12:
		w.secret(aDatabasePassword, config.Password)
	case config.Password != "": // too much like other words to be searched for
	case errURL == nil && u.Scheme != "":
		u.User = url.UserPassword(config.User, w.canary(aDatabasePassword))
		return u.String()
	default:
		return dsn + " password=" + w.secret(aDatabasePassword, "canary"+rand.Text())
	}
	return dsn
}

func useEverything(w *witness, format string) {
	t := w.t
	aside := testdb.Empty(t)
	dsn := w.withPassword(testdb.Empty(t))
	conn := connect(t, dsn)

	v := &vendor{witness: w}
	v.is("good")
	caramelo := httptest.NewServer(v)
	t.Cleanup(caramelo.Close)
	addr, metrics := freeAddr(t), freeAddr(t)
	for name, value := range map[string]string{
		"DATABASE_URL":          dsn,
		"PUBLIC_URL":            "http://intranet.example",
		"ADDR":                  addr,
		"METRICS_ADDR":          metrics,
		"LOG_LEVEL":             "debug",
		"LOG_FORMAT":            format,
		"CARAMELO_PROJECT_ID":   "p_canary",
		"CARAMELO_SECRET_TOKEN": w.canary(aSecretToken),
		"SECRET_KEY":            w.canary(aSecretKey),
		"CARAMELO_API_URL":      caramelo.URL,
		"CARAMELO_TIMEOUT":      "150ms",
	} {
		t.Setenv(name, value)
	}

	logins := useCommands(w)
	stop := serve(w)
	base := "http://" + addr
	admin := w.visitor(base)
	admin.wants(http.StatusSeeOther, paths.Login, "email", "ana@canary.example", "password", logins["ana"])
	if shapes := admin.everyPage(); len(shapes) < 12 {
		t.Errorf("an admin was led to %q only", shapes)
	}
	w.visitor(base).everyPage()
	useForms(w, admin, base, logins)
	useBadRequests(w, base)
	if a := w.visitor("http://" + metrics).get("/metrics"); !strings.Contains(a.body, `{directive="script-src-elem"}`) {
		t.Error("no report of a browser was taken")
	}
	useSecondFactor(w, conn, base, logins)
	useMoods(v, admin, metrics)
	useFailures(w, conn, aside, base, logins)
	admin.wants(http.StatusSeeOther, paths.Logout)
	stop()
	useWrongSettings(w)

	conn = connect(t, dsn) // the one before was ended with the others
	w.hashes(conn)
	w.database(conn)
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal("cannot connect to the test's database")
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// serve runs the server until stop, which notes its log.
func serve(w *witness) (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	var log, out bytes.Buffer // the log's handler writes one line at a time
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"serve"}, streams{os.Stdin, &out, &log}) }()
	for {
		w.command("", "healthcheck")
		if strings.HasSuffix(w.records[len(w.records)-1].text, "<nil>") {
			break
		}
		select {
		case <-ended:
			w.t.Fatal("the server ended")
		case <-time.After(10 * time.Millisecond):
		}
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
		w.record("log", log.String())
		w.record("command serve", out.String())
		for _, want := range []string{
			"listening", "signed in", "sign-in failed", "sign-in throttled", "request failed", "refused", "not ready",
			"handshake", "shutting down",
		} {
			if !strings.Contains(log.String(), want) {
				w.t.Errorf("the log does not say %q: that was not tested", want)
			}
		}
	}
}

// useCommands uses every command but serve, and returns the passwords of those
// who can sign in.
func useCommands(w *witness) map[string]string {
	logins := map[string]string{}
	w.succeeds("", "migrate")
	seeded := strings.TrimSpace(w.succeeds("", "seed", "--public-url=http://localhost"))
	for _, line := range strings.Split(seeded, "\n") {
		w.secret(aSeededPassword, strings.Fields(line)[1])
	}
	w.command("", "seed", "--public-url=http://localhost")
	for _, name := range []string{"ana", "bea", "eva"} {
		logins[name] = w.canary(aPassword)
		role := map[string]string{"ana": "admin", "bea": "employee", "eva": "admin"}[name]
		w.succeeds(logins[name]+"\n", "user", "add", "--email="+name+"@canary.example", "--name="+name, "--role="+role)
	}
	w.command(w.canary(aPassword), "user", "add", "--email=ana@canary.example", "--name=Ana")
	short := w.secret(aPassword, "Canary:"+rand.Text()[:4])
	w.command(short, "user", "add", "--email=cid@canary.example", "--name=Cid")
	w.command(w.canary(aPassword), "user", "add", "--email=cid@canary.example", "--name=Cid", "--role=king")
	w.command("", "user", "add", "--email=cid@canary.example", "--name=Cid", "--password="+w.canary(aPassword))
	w.codeIn(w.succeeds("", "user", "add", "--email=dora@canary.example", "--name=Dora", "--link"))
	w.codeIn(w.succeeds("", "user", "link", "dora@canary.example"))
	w.command(
		"", "user", "link", "dora@canary.example", "--public-url=http://user:"+w.canary(aPassword)+"@intranet.example",
	)
	w.succeeds("", "user", "list")
	w.succeeds("", "user", "edit", "dora@canary.example", "--title=Painter")
	w.succeeds("", "user", "role", "dora@canary.example", "editor")
	w.succeeds("", "user", "disable", "dora@canary.example")
	w.command("", "user", "link", "dora@canary.example")
	w.succeeds("", "user", "enable", "dora@canary.example")
	w.succeeds("", "user", "signout", "dora@canary.example")
	logins["dora"] = w.canary(aPassword)
	w.succeeds(logins["dora"]+"\n", "user", "password", "dora@canary.example")
	w.command(w.secret(aPassword, "Canary:"+rand.Text()[:4]), "user", "password", "dora@canary.example")
	w.command(w.canary(aPassword), "user", "password", "nobody@canary.example")
	w.succeeds("", "user", "factor", "dora@canary.example")
	vendor := os.Getenv("CARAMELO_API_URL")
	for _, form := range []string{"--json", "--mint=dora@canary.example"} {
		// What the SDK's address answers is not a script.
		w.command("", "doctor", form, "--public-url=http://localhost:1", "--caramelo-sdk-url="+vendor)
	}
	return logins
}

// codeIn notes the one-time code of a link.
func (w *witness) codeIn(output string) string {
	w.t.Helper()
	found := regexp.MustCompile(`/invitation#([A-Z2-7]{26})`).FindStringSubmatch(output)
	if found == nil {
		w.t.Fatal("no one-time link")
	}
	return w.secret(aCode, found[1])
}

// useForms uses the forms that have to do with secrets, well and badly.
func useForms(w *witness, admin *visitor, base string, logins map[string]string) {
	ana, dora := "ana@canary.example", "dora@canary.example"
	visitor := w.visitor(base)
	visitor.wants(http.StatusUnprocessableEntity, paths.Login, "email", ana, "password", w.canary(aPassword))
	visitor.wants(http.StatusUnprocessableEntity, paths.Login, "email", ana)
	visitor.wants(
		http.StatusUnprocessableEntity, paths.Login, "email", ana, "password",
		w.secret(aPassword, strings.Repeat("canary"+rand.Text(), 200)),
	)
	visitor.wants(
		http.StatusUnprocessableEntity, paths.Login, "email", "nobody@canary.example", "password", w.canary(aPassword),
	)
	visitor.wants(
		http.StatusUnprocessableEntity, paths.Login, "email", w.secret(aMistypedPassword, "canary"+rand.Text()),
		"password", w.canary(aPassword),
	)
	for range 12 {
		visitor.post(paths.Login, "email", "nobody@canary.example", "password", w.canary(aPassword))
	}
	visitor.wants(http.StatusSeeOther, paths.LoginCode, "code", w.canary(aRecoveryCode))
	visitor.wants(
		http.StatusUnprocessableEntity, paths.Invitation, "code", w.secret(aWrongCode, "canary"+rand.Text()),
		"new_password", w.canary(aPassword),
	)

	admin.wants(
		http.StatusUnprocessableEntity, paths.AccountPassword, "password", w.canary(aPassword), "new_password",
		w.canary(aPassword),
	)
	admin.wants(
		http.StatusUnprocessableEntity, paths.AccountPassword, "password", logins["ana"], "new_password",
		w.secret(aPassword, "Canary:"+rand.Text()[:4]),
	)
	fresh := w.canary(aPassword)
	admin.wants(http.StatusSeeOther, paths.AccountPassword, "password", logins["ana"], "new_password", fresh)
	logins["ana"] = fresh
	admin.wants(http.StatusSeeOther, paths.AccountPreferences, "lang", "es", "time_zone", "UTC", "theme", "auto")

	admin.wants(
		http.StatusUnprocessableEntity, paths.AdminPeople, "name", "Fay", "email", "not an address", "password",
		w.canary(aPassword),
	)
	made := admin.wants(
		http.StatusOK, paths.AdminPeople, "name", "Fay", "email", "fay@canary.example", "lang", "en", "role",
		"employee",
	)
	w.codeIn(made.body)
	id := admin.part(made, `href="/admin/people/([0-9a-f-]{36})"`)
	code := w.codeIn(admin.wants(http.StatusOK, paths.AdminPersonInvitation.Of(id)).body)
	visitor.wants(
		http.StatusUnprocessableEntity, paths.Invitation, "code", code, "new_password",
		w.secret(aPassword, "Canary:"+rand.Text()[:4]),
	)
	logins["fay"] = w.canary(aPassword)
	visitor.wants(http.StatusSeeOther, paths.Invitation, "code", code, "new_password", logins["fay"])
	visitor.wants(http.StatusUnprocessableEntity, paths.Invitation, "code", code, "new_password", w.canary(aPassword))
	visitor.wants(http.StatusSeeOther, paths.Login, "email", "fay@canary.example", "password", logins["fay"])
	visitor.get(paths.Home)
	if a := visitor.get(audit.Index); a.status != http.StatusForbidden {
		w.t.Errorf("an employee reads the audit trail: %d", a.status)
	}
	admin.get(paths.AdminPerson.Of(id))
	admin.wants(http.StatusSeeOther, paths.AdminPersonRole.Of(id), "role", "editor", "version", "1")
	admin.wants(http.StatusSeeOther, paths.AdminPersonSessions.Of(id))
	visitor.get(paths.Home) // with a session that has ended
	admin.wants(http.StatusSeeOther, paths.AdminPersonDisable.Of(id))
	admin.wants(http.StatusSeeOther, paths.AdminPersonEnable.Of(id))
	admin.wants(http.StatusSeeOther, paths.AdminPersonSecondFactor.Of(id))
	visitor.wants(http.StatusSeeOther, paths.Login, "email", dora, "password", logins["dora"])
	admin.wants(http.StatusSeeOther, paths.AccountSessions)
	admin.wants(http.StatusNotFound, paths.AccountSession.Of(id))
	admin.get(paths.Account)
	admin.get(audit.Index)
	admin.wants(http.StatusOK, audit.Export)
	visitor.wants(http.StatusSeeOther, paths.Logout)
}

// useBadRequests sends secrets where none is expected.
func useBadRequests(w *witness, base string) {
	visitor := w.visitor(base)
	password := w.canary(aPassword)
	form := url.Values{"email": {"ana@canary.example"}, "password": {password}}.Encode()
	visitor.send(http.MethodPost, paths.Login, form+"%zz")
	visitor.send(http.MethodPost, paths.Login, form+"&"+strings.Repeat("x", 1<<20))
	visitor.send(http.MethodPost, paths.Login, form, "Sec-Fetch-Site", "cross-site")
	visitor.send(http.MethodPost, paths.Login, form, "Content-Type", "text/plain")
	visitor.send(
		http.MethodPost, paths.Login, form, "Content-Type",
		"multipart/form-data; boundary="+w.secret(aPassword, "canary"+rand.Text()),
	)
	visitor.send(http.MethodPut, paths.Login, form)
	visitor.send(
		http.MethodDelete, paths.Home, form, "Authorization", "Basic "+w.secret(aPassword, "canary"+rand.Text()),
	)
	visitor.send(http.MethodPost, "/no/such/page", form)
	// A link that somebody wrote themselves has its code in the query.
	visitor.get(paths.Invitation + "?code=" + w.secret(aPassword, "canary"+rand.Text()))
	visitor.get(paths.Static + "none")
	for _, cookie := range []string{
		w.secret(aSession, "canary"+rand.Text()), w.secret(aSession, strings.Repeat("canary"+rand.Text(), 100)),
	} {
		visitor.get(paths.Home, "Cookie", "session="+cookie)
	}
	// Browsers report addresses and a piece of what was blocked.
	lost := w.secret(aPassword, "canary"+rand.Text())
	report := fmt.Sprintf(`{"csp-report":{
		"document-uri":"http://intranet.example/invitation?code=%[1]s#%[1]s",
		"referrer":"http://intranet.example/%[1]s",
		"blocked-uri":"https://user:%[1]s@evil.example/%[1]s",
		"effective-directive":"script-src-elem",
		"script-sample":"%[1]s"}}`, lost)
	visitor.send(http.MethodPost, paths.CSPReports, report, "Content-Type", "application/csp-report")
	visitor.send(http.MethodPost, paths.CSPReports, report+lost, "Content-Type", "application/csp-report")
	// What net/http refuses by itself, and may log.
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: intranet.example\r\nCookie session " +
			w.secret(aPassword, "canary"+rand.Text()) + "\r\n\r\n",
		w.secret(aPassword, "canary"+rand.Text()) + "\r\n\r\n",
		"POST /login HTTP/1.1\r\nHost: intranet.example\r\nTransfer-Encoding: " +
			w.secret(aPassword, "canary"+rand.Text()) + "\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			w.t.Fatal(err)
		}
		_, _ = io.WriteString(conn, request)
		_ = conn.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(conn)
		_ = conn.Close()
		w.record("answer to what is not HTTP", string(answer))
	}
}

// useSecondFactor adds one, signs in with it, and confirms an export with it.
func useSecondFactor(w *witness, conn *pgx.Conn, base string, logins map[string]string) {
	eva := w.visitor(base)
	signIn := func() {
		eva.wants(http.StatusSeeOther, paths.Login, "email", "eva@canary.example", "password", logins["eva"])
	}
	signIn()
	var seed string
	begin := func() {
		seed = w.secret(aSeed, eva.part(eva.wants(http.StatusOK, paths.SecondFactor), `<code>([A-Z2-7]{32})</code>`))
		raw, _ := base32.StdEncoding.DecodeString(seed)
		w.secret(aSeed, string(raw))
	}
	code := func(ahead time.Duration) string {
		code, err := totp.GenerateCode(seed, time.Now().Add(ahead))
		if err != nil {
			w.t.Fatal("no code")
		}
		return code
	}
	recoveryCodes := func(a answer) (codes []string) {
		shown := regexp.MustCompile(`<li><code>([a-z2-7-]+)</code></li>`)
		for _, found := range shown.FindAllStringSubmatch(a.body, -1) {
			codes = append(codes, w.secret(aRecoveryCode, found[1]))
			w.secret(aRecoveryCode, strings.ReplaceAll(found[1], "-", ""))
		}
		if len(codes) != 10 {
			w.t.Fatalf("%d recovery codes", len(codes))
		}
		return codes
	}
	begin()
	begin() // the page is shown again
	eva.wants(http.StatusUnprocessableEntity, paths.SecondFactorConfirm, "code", "000")
	codes := recoveryCodes(eva.wants(http.StatusOK, paths.SecondFactorConfirm, "code", code(0)))
	eva.get(paths.SecondFactor)
	eva.wants(http.StatusSeeOther, paths.Logout)

	signIn()
	eva.get(paths.LoginCode)
	eva.wants(http.StatusUnprocessableEntity, paths.LoginCode, "code", "000000")
	eva.wants(
		http.StatusUnprocessableEntity, paths.LoginCode, "code", w.secret(aRecoveryCode, strings.ToLower(rand.Text())),
	)
	eva.wants(http.StatusSeeOther, paths.LoginCode, "code", code(30*time.Second))
	eva.wants(http.StatusSeeOther, paths.Logout)
	signIn()
	eva.wants(http.StatusSeeOther, paths.LoginCode, "code", codes[0])

	// Let the proof of who they are grow old: a sensitive change asks for another.
	if _, err := conn.Exec(w.t.Context(), `
		UPDATE sessions SET data = convert_to(
			regexp_replace(convert_from(data, 'UTF8'), '"confirmed":"\d+', '"confirmed":"2020'), 'UTF8')
		WHERE person_id = (SELECT id FROM people WHERE email = 'eva@canary.example')`); err != nil {
		w.t.Fatal(err)
	}
	export := []string{"person", "eva@canary.example"}
	eva.wants(http.StatusForbidden, audit.Export, export...)
	eva.wants(
		http.StatusUnprocessableEntity, audit.Export,
		append(export, "confirm_password", w.canary(aPassword), "confirm_code", codes[1])...,
	)
	eva.wants(
		http.StatusUnprocessableEntity, audit.Export,
		append(export, "confirm_password", logins["eva"], "confirm_code", codes[0])...,
	)
	proof := append(export, "confirm_password", logins["eva"], "confirm_code", codes[1])
	eva.wants(http.StatusTemporaryRedirect, audit.Export, proof...)
	eva.wants(http.StatusOK, audit.Export, proof...)

	recoveryCodes(eva.wants(http.StatusOK, paths.SecondFactorRecovery))
	eva.wants(http.StatusSeeOther, paths.SecondFactorRemove)
	eva.get(paths.Account)
	begin() // one that stays, for the search of the database
	recoveryCodes(eva.wants(http.StatusOK, paths.SecondFactorConfirm, "code", code(0)))
}

// useMoods looks at a page with the vendor in each mood.
func useMoods(v *vendor, admin *visitor, metrics string) {
	var kinds []string
	for _, mood := range moods {
		v.is("good")
		admin.get(paths.Home)
		v.is(mood.name)
		admin.get(paths.Assistant)
		admin.wants(http.StatusUnprocessableEntity, paths.AdminPeople, "name", "")
		kinds = append(kinds, mood.kind)
	}
	admin.get(paths.Home)
	kinds = append(kinds, "circuit_open")
	scrape := v.visitor("http://" + metrics)
	page := scrape.get("/metrics")
	scrape.get("/")
	slices.Sort(kinds)
	for _, kind := range slices.Compact(kinds) {
		counted := regexp.MustCompile(`caramelo_handshakes_total\{kind="` + kind + `"\} [1-9]`)
		if !counted.MatchString(page.body) {
			v.t.Errorf("no handshake ended as %q: that was not tested", kind)
		}
	}
}

// useFailures breaks the database under the server.
func useFailures(w *witness, conn *pgx.Conn, aside, base string, logins map[string]string) {
	ctx, visitor := w.t.Context(), w.visitor(base)
	w.hashes(conn)
	exec := func(conn *pgx.Conn, sql string) {
		w.t.Helper()
		if _, err := conn.Exec(ctx, sql); err != nil {
			w.t.Fatal(err)
		}
	}
	// Postgres says which row did not fit, with all that is in it.
	exec(conn, `ALTER TABLE people ADD CONSTRAINT never CHECK (false) NOT VALID`)
	exec(conn, `ALTER TABLE sessions ADD CONSTRAINT never CHECK (false) NOT VALID`)
	visitor.wants(http.StatusInternalServerError, paths.Login, "email", "ana@canary.example", "password", logins["ana"])
	w.command(w.canary(aPassword), "user", "password", "ana@canary.example")
	w.command(w.canary(aPassword), "user", "add", "--email=gil@canary.example", "--name=Gil")
	exec(conn, `ALTER TABLE people DROP CONSTRAINT never`)
	exec(conn, `ALTER TABLE sessions DROP CONSTRAINT never`)

	const last = `version_id = (SELECT max(version_id) FROM goose_db_version)`
	exec(conn, `CREATE TABLE aside AS SELECT * FROM goose_db_version WHERE `+last)
	exec(conn, `DELETE FROM goose_db_version WHERE `+last)
	deadline := time.Now().Add(20 * time.Second) // the server looks every five seconds
	for visitor.get(paths.Ready).status != http.StatusServiceUnavailable {
		if time.Now().After(deadline) {
			w.t.Fatal("ready without the schema")
		}
		<-time.After(50 * time.Millisecond)
	}
	exec(conn, `INSERT INTO goose_db_version OVERRIDING SYSTEM VALUE SELECT * FROM aside`)
	exec(conn, `DROP TABLE aside`)

	name := conn.Config().Database
	other := connect(w.t, aside)
	exec(other, `ALTER DATABASE `+name+` ALLOW_CONNECTIONS false`)
	exec(other, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '`+name+`'`)
	visitor.wants(http.StatusServiceUnavailable, paths.Login, "email", "ana@canary.example", "password", logins["ana"])
	w.command(w.canary(aPassword), "user", "password", "ana@canary.example")
	w.command("", "migrate")
	exec(other, `ALTER DATABASE `+name+` ALLOW_CONNECTIONS true`)
}

// useWrongSettings starts the server with secrets in settings that are wrong.
func useWrongSettings(w *witness) {
	plain := func() string { return w.secret(aDatabasePassword, "canary"+rand.Text()) }
	for _, settings := range [][2]string{
		{"DATABASE_URL", "postgres://user:" + plain() + "@[intranet/x"},
		{"DATABASE_URL", "host=intranet password=" + plain() + " port=x"},
		{"DATABASE_URL", plain()},
		{"DATABASE_URL", "postgres://user:" + plain() + "@127.0.0.1:1/x"},
		{"DATABASE_URL_FILE", plain()},
		{"SECRET_KEY", w.secret(aSecretKey, "canary"+rand.Text()[:10])},
		{"SECRET_KEY_FILE", plain()},
		{"CARAMELO_API_URL", "https://user:" + plain() + "@api.example"},
		{"CARAMELO_API_URL", "https://api.example?key=" + plain()},
		{"CARAMELO_SDK_URL", "https://user:" + plain() + "@api.example"},
		{"CARAMELO_ORIGINS", "https://user:" + plain() + "@api.example"},
		{"PUBLIC_URL", "https://user:" + plain() + "@intranet.example"},
		{"CARAMELO_PROJECT_ID", ""},
		{"LOG_FORMAT", plain()},
		{"LOG_LEVEL", plain()},
		{"SECOND_FACTOR", plain()},
		{"CARAMELO_SANDBOX", plain()},
		{"CARAMELO_TIMEOUT", plain()},
		{"ADDR", plain() + ":x"},
		{"METRICS_ADDR", plain() + ":x"},
		{"TRUSTED_PROXIES", plain()},
	} {
		w.t.Run(settings[0], func(t *testing.T) {
			t.Setenv(settings[0], settings[1])
			outer := w.t
			w.t = t
			defer func() { w.t = outer }()
			w.command("", "serve")
			w.records[len(w.records)-1].where += " with a wrong " + settings[0]
			if strings.HasSuffix(w.records[len(w.records)-1].text, "<nil>") {
				t.Error("the server did not mind")
			}
			if strings.HasPrefix(settings[0], "DATABASE") || settings[0] == "PUBLIC_URL" {
				w.command("", "seed")
				w.command("", "migrate")
				w.command("", "user", "link", "ana@canary.example")
			}
		})
	}
	w.command("", "serve", "--database-url="+w.canary(aDatabasePassword))
	w.command("", "serve", "--caramelo-secret-token="+w.canary(aSecretToken))
}
