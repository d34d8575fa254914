package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// What tests here need of packages that import this one. The tests of package
// web_test set it, before any test runs.
var (
	SignInForTests func(passwords *password.Hasher, factor string, now func() time.Time) func(*Server) SignIn
	MovedForTests  func() []Feature
)

const (
	secretPassword = "correct horse battery"
	secretToken    = "sk_canary_secret"
	chatToken      = "token_canary_chat"
)

// intranet is the whole router on a real Postgres, over real HTTP, with the
// real client and a vendor that the test controls.
type intranet struct {
	t        testing.TB
	url      string
	pool     *pgxpool.Pool
	log      *buffer
	calls    atomic.Int64      // that reached the vendor
	ids      map[string]string // of people
	firsts   sync.Map          // see first
	database database
	handlers *handlers
}

// handlers answer its requests.
type handlers struct{ *Server }

type config struct {
	vendor    http.HandlerFunc
	publicURL string
	timeout   time.Duration // of a handshake
	noChat    bool
	factor    string // who must have a second one
	proxies   []netip.Prefix
	observe   Observer // of a feature of the test's own
}

func good(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"real_time_access_token":"`+chatToken+`","chat":{"secret":"not for the page"}}`)
}

var hasher = sync.OnceValues(password.NewHasher)

func newIntranet(t testing.TB, change ...func(*config)) *intranet {
	t.Helper()
	c := config{vendor: good, publicURL: "http://127.0.0.1", timeout: 5 * time.Second, factor: "optional"}
	for _, f := range change {
		f(&c)
	}
	i := &intranet{t: t, log: &buffer{}, ids: map[string]string{}}
	i.pool = i.database.open(t, testdb.URL(t))

	passwords, err := hasher()
	if err != nil {
		t.Fatal(err)
	}
	hash, err := passwords.Hash(t.Context(), secretPassword)
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(i.pool)
	if err := s.Seed(t.Context(), company(hash)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ana", "bea", "caio"} {
		i.ids[name] = i.first(`SELECT id::text FROM people WHERE email = '` + name + `@aroeira.example'`)
	}

	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.calls.Add(1)
		c.vendor(w, r)
	}))
	t.Cleanup(vendor.Close)
	public, err := url.Parse(c.publicURL)
	if err != nil {
		t.Fatal(err)
	}
	sdk, _ := url.Parse("https://static.vendor.example/sdk/latest/authenticated.js")
	settings := Config{
		Store: s, Log: slog.New(slog.NewTextHandler(i.log, nil)), PublicURL: public, SDKURL: sdk, TrustedProxies: c.proxies,
		Origins: []string{"https://*.vendor.example", "wss://*.vendor.example"}, Ready: func(ctx context.Context) error { return i.pool.Ping(ctx) },
	}
	if !c.noChat {
		settings.Caramelo, err = caramelo.New(caramelo.Config{APIURL: vendor.URL, ProjectID: "p_test", Secret: caramelo.NewSecret(secretToken), Timeout: c.timeout})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(settings.Caramelo.Close)
	}
	i.handlers = &handlers{}
	settings.SignIn = SignInForTests(passwords, c.factor, func() time.Time { return codeTime })
	more := append([]Feature{{Name: "observer", Observe: c.observe}}, MovedForTests()...)
	if i.handlers.Server, err = New(settings, more...); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(i.handlers.Server)
	server.Config.ErrorLog = slog.NewLogLogger(settings.Log.Handler(), slog.LevelDebug)
	server.Start()
	t.Cleanup(server.Close)
	i.url = server.URL
	i.signedInPages() // finds the ids while the database is there
	return i
}

func company(hash string) store.Company {
	person := func(name, lang string, role store.Role) store.NewPerson {
		return store.NewPerson{Name: name + ` <i>"O'Neill"</i>`, Email: strings.ToLower(name) + "@aroeira.example", Role: role, Lang: lang, Department: "finance", Title: "</script><b>", PasswordHash: hash}
	}
	return store.Company{
		Departments: []store.NewDepartment{{Slug: "finance", Names: store.Texts{"en": "Finance", "pt": "Financeiro", "es": "Finanzas"}}},
		People:      []store.NewPerson{person("Ana", "pt", store.Admin), person("Bea", "en", store.Employee), person("Caio", "es", store.Editor)},
	}
}

// personFields is the form of a person, as an admin fills it in.
func personFields(name, email string) url.Values {
	return url.Values{
		"name": {name}, "email": {email}, "title": {"Analyst"}, "department": {"finance"}, "lang": {"es"},
		"role": {"editor"}, "version": {"1"},
	}
}

// database is a pool whose server a test can take away.
type database struct {
	away       atomic.Bool
	statements atomic.Int64 // round trips: a batch is one
	writes     atomic.Int64
}

func (d *database) open(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 4
	config.ConnConfig.Tracer = d
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if d.away.Load() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: io.EOF}
		}
		return dial(ctx, network, addr)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// takeAway ends every connection and lets no new one through.
func (i *intranet) takeAway() {
	i.t.Helper()
	i.database.away.Store(true)
	_, _ = i.pool.Exec(i.t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()`)
}

func (d *database) note(sql string) {
	for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
		if strings.Contains(sql, verb) {
			d.writes.Add(1)
			return
		}
	}
}

func (d *database) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	d.statements.Add(1)
	d.note(data.SQL)
	return ctx
}
func (d *database) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (d *database) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	d.statements.Add(1)
	return ctx
}
func (d *database) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	d.note(data.SQL)
}
func (d *database) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// buffer is a log that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// browser is a client with cookies that does not follow redirects.
type browser struct {
	*http.Client
	i *intranet
}

func (i *intranet) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &browser{i: i, Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is a browser in which somebody is signed in.
func (i *intranet) as(name string) *browser {
	i.t.Helper()
	b := i.browser()
	res := b.post(paths.Login, url.Values{"email": {name + "@aroeira.example"}, "password": {secretPassword}})
	if res.StatusCode != http.StatusSeeOther {
		i.t.Fatalf("sign in as %s: status %d", name, res.StatusCode)
	}
	return b
}

// enter is as, without the sign-in form: the session is put into the store. Its
// person has confirmed that it is them that long ago.
func (i *intranet) enter(name string, confirmed time.Duration) *browser {
	i.t.Helper()
	var version int
	if err := i.pool.QueryRow(i.t.Context(), `SELECT session_version FROM people WHERE id = $1`, i.ids[name]).Scan(&version); err != nil {
		i.t.Fatal(err)
	}
	data, err := store.SessionCodec{}.Encode(time.Now().Add(time.Hour), map[string]any{
		store.SessionPersonKey: i.ids[name], store.SessionVersionKey: strconv.Itoa(version), "confirmed": time.Now().Add(-confirmed).Format(time.RFC3339),
	})
	if err != nil {
		i.t.Fatal(err)
	}
	token := rand.Text()
	if err := i.handlers.Store.Sessions().CommitCtx(i.t.Context(), token, data, time.Now().Add(time.Hour)); err != nil {
		i.t.Fatal(err)
	}
	b := i.browser()
	u, _ := url.Parse(i.url)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: "session", Value: token, Path: "/"}})
	return b
}

// first is the id that a query finds when it is asked for the first time.
func (i *intranet) first(sql string) (id string) {
	if id, ok := i.firsts.Load(sql); ok {
		return id.(string)
	}
	if err := i.pool.QueryRow(i.t.Context(), sql).Scan(&id); err != nil {
		i.t.Fatal(err)
	}
	i.firsts.Store(sql, id)
	return id
}

// events are the actions that were recorded, in order, each with its detail.
func (i *intranet) events() (events []string) {
	i.t.Helper()
	rows, _ := i.pool.Query(i.t.Context(), `SELECT concat_ws(' ', action, nullif(detail, '')) FROM audit ORDER BY id`)
	events, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		i.t.Fatal(err)
	}
	return events
}

// answer is a response whose body was read.
type answer struct {
	*http.Response
	body string
}

func (a answer) html(t testing.TB) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (b *browser) send(req *http.Request, header ...string) answer {
	b.i.t.Helper()
	for k := 0; k < len(header); k += 2 {
		req.Header.Set(header[k], header[k+1])
	}
	res, err := b.Do(req)
	if err != nil {
		b.i.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.i.t.Fatal(err)
	}
	return answer{res, string(body)}
}

func (b *browser) do(method, path string, header ...string) answer {
	b.i.t.Helper()
	req, err := http.NewRequestWithContext(b.i.t.Context(), method, b.i.url+path, nil)
	if err != nil {
		b.i.t.Fatal(err)
	}
	return b.send(req, header...)
}

func (b *browser) get(path string, header ...string) answer {
	b.i.t.Helper()
	return b.do(http.MethodGet, path, header...)
}

func (b *browser) post(path string, form url.Values, header ...string) answer {
	b.i.t.Helper()
	req, err := http.NewRequestWithContext(b.i.t.Context(), http.MethodPost, b.i.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.i.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(req, header...)
}

// count is how many rows a query finds.
func (i *intranet) count(sql string, args ...any) (n int) {
	i.t.Helper()
	if err := i.pool.QueryRow(i.t.Context(), `SELECT count(*) FROM `+sql, args...).Scan(&n); err != nil {
		i.t.Fatal(err)
	}
	return n
}

// signedInPages are all pages that carry a token, for Ana.
func (i *intranet) signedInPages() []string {
	return []string{
		paths.Home, paths.People, paths.PeopleList("ana", "finance", ""), paths.Person.Of(i.ids["ana"]),
		paths.Person.Of(i.ids["bea"]), paths.Assistant, paths.Account, paths.SecondFactor, paths.AdminPeople,
		paths.AdminPeopleNew, paths.AdminPerson.Of(i.ids["bea"]),
	}
}

// from is the header with which a test's proxy says where a request comes from.
func from(address string) []string { return []string{"X-Forwarded-For", address} }

func behindProxy(c *config) { c.proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

// The rest of this file is what tests of pages need of the sign-in, which is not in
// this package: see signin_test.go.

const anotherPassword = "nine green frogs on a log"

func login(email, password, next string) url.Values {
	return url.Values{"email": {email}, "password": {password}, "next": {next}}
}

// preferences is the form of them, with that language.
func preferences(lang string) url.Values {
	return url.Values{"lang": {lang}, "time_zone": {"America/Bogota"}, "theme": {"dark"}}
}

// codeTime is now for second factors, in every test: a half-minute that ended in
// the middle of one would change the codes.
var codeTime = time.Now()

// code is what an authenticator app shows so many half-minutes from now.
func code(t testing.TB, secret string, offset int) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, codeTime.Add(time.Duration(offset)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// addFactor sets a second factor up for whoever is signed in, with the code of
// the half-minute before, and returns its secret and the recovery codes.
func (b *browser) addFactor() (secret string, recovery []string) {
	t := b.i.t
	t.Helper()
	setup := b.post(paths.SecondFactor, nil)
	secret = setup.html(t).Find(".steps code").Text()
	if setup.StatusCode != http.StatusOK || len(secret) != 32 || !strings.HasPrefix(setup.html(t).Find("img.qr").AttrOr("src", ""), "data:image/png;base64,") {
		t.Fatalf("set up: %d, a secret of %d characters", setup.StatusCode, len(secret))
	}
	if res := b.post(paths.SecondFactorConfirm, url.Values{"code": {"000000"}}); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find("[role=alert]").Length() != 1 {
		t.Errorf("a wrong code: %d", res.StatusCode)
	}
	done := b.post(paths.SecondFactorConfirm, url.Values{"code": {code(t, secret, -1)}})
	for _, li := range done.html(t).Find(".codes code").EachIter() {
		recovery = append(recovery, li.Text())
	}
	if done.StatusCode != http.StatusOK || len(recovery) != 10 {
		t.Fatalf("confirm: %d, %d recovery codes", done.StatusCode, len(recovery))
	}
	return secret, recovery
}

func (b *browser) code(c string) answer { return b.post(paths.LoginCode, url.Values{"code": {c}}) }
