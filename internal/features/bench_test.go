package features_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
	"github.com/carameloai/intranet/views"
)

// BenchmarkHome is a whole signed-in home page of the demo company: session, person and
// what each feature shows there from Postgres, the handshake, and the streamed page, over
// real HTTP. BenchmarkBareCall is a handler that makes the same handshake and nothing
// else. The ratio of the two is what the page costs.
func BenchmarkHome(b *testing.B) {
	i := newBenchmark(b, 0, seed.Company(time.Now()))
	size := benchGet(b, i.address+paths.Home, i.session)
	if size < 12<<10 {
		b.Errorf("the home page has only %d bytes", size)
	}
	b.ReportMetric(float64(size), "page-bytes")
}

// BenchmarkRender is the home page with the cards of all features: the render alone, when
// its data and its token are there.
func BenchmarkRender(b *testing.B) {
	render := homeRender(b)
	b.ReportAllocs()
	for b.Loop() {
		render()
	}
}

// maxAllocations is a quarter of what the home page took when each of its texts and icons was
// a template of its own. The number depends a little on what is due at the day of the test.
const maxAllocations = 265

// It must run alone, because it counts what the whole process allocates.
func TestTheHomePageTakesFewAllocations(t *testing.T) {
	if got := testing.AllocsPerRun(100, homeRender(t)); got > maxAllocations {
		t.Errorf("a render takes %v allocations, at most %d are wanted", got, maxAllocations)
	}
}

// homeRender returns what renders the home page of somebody in the demo company.
func homeRender(b testing.TB) func() {
	i := newBenchmark(b, 0, seed.Company(time.Now()))
	rows, _ := i.pool.Query(b.Context(), `SELECT `+store.PersonColumns+store.PeopleJoin+
		`WHERE p.active AND p.lang = $1 ORDER BY p.name, p.id LIMIT 1`, "pt")
	person, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[store.Person])
	if err != nil {
		b.Fatal(err)
	}
	batch := store.New(i.pool).NewBatch(b.Context())
	var add []func(*views.HomeProps)
	for _, f := range i.server.Features() {
		if f.Home != nil {
			add = append(add, f.Home(batch, person))
		}
	}
	if err := store.New(i.pool).Send(b.Context(), &batch.Batch, "load the home page"); err != nil {
		b.Fatal(err)
	}
	home := views.HomeProps{Person: *person, Now: time.Now().In(web.Zone(person))}
	for _, cards := range add {
		if cards != nil {
			cards(&home)
		}
	}
	page := views.Page{Title: "Home", Person: person, Sandbox: true}
	page.Assistant = func(context.Context) views.Assistant {
		return views.Assistant{Available: true, Token: "t", ProjectID: "p", SDKURL: "https://static.vendor.example/x.js"}
	}
	ctx := i.server.Speak(b.Context(), person.Lang)
	return func() {
		// A context's children are rendered once, so each page gets a new one.
		if err := views.Layout(page).Render(templ.WithChildren(ctx, views.Home(home)), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstByte is the time until the page's headers and its first part are there, by
// turns with a vendor that answers at once and one that takes a second. The page does not wait
// for it, so the ratio of their medians is near 1.
func BenchmarkFirstByte(b *testing.B) {
	at := [2]*benchmark{}
	for n, latency := range []time.Duration{0, time.Second} {
		at[n] = newBenchmark(b, latency, seed.Company(time.Now()))
	}
	client := &http.Client{}
	b.Cleanup(client.CloseIdleConnections)
	var took [2][]time.Duration
	for b.Loop() {
		for n, i := range at {
			req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, i.address+paths.Home, nil)
			req.AddCookie(i.session())
			began := time.Now()
			res, err := client.Do(req)
			if err != nil || res.StatusCode != http.StatusOK {
				b.Fatal(res, err)
			}
			if _, err := res.Body.Read(make([]byte, 4096)); err != nil {
				b.Fatal(err)
			}
			took[n] = append(took[n], time.Since(began))
			_ = res.Body.Close()
		}
	}
	fast, slow := median(took[0]), median(took[1])
	b.ReportMetric(float64(slow)/float64(fast), "slow/fast")
	b.ReportMetric(float64(len(took[0])), "pairs")
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// benchmark is the whole intranet of a company. Many admins visit it by turns, because
// the rate limit lets nobody open so many pages alone.
type benchmark struct {
	pool     *pgxpool.Pool
	server   *web.Server
	address  string
	sessions []*http.Cookie
	visits   atomic.Int64
}

// session is the cookie of the next visitor.
func (i *benchmark) session() *http.Cookie {
	return i.sessions[int(i.visits.Add(1))%len(i.sessions)]
}

func newBenchmark(b testing.TB, latency time.Duration, company store.Company) *benchmark {
	b.Helper()
	client, vendor := benchVendor(b, latency)
	return benchmarkWith(b, client, vendor, company)
}

func benchmarkWith(b testing.TB, client *caramelo.Client, vendor *url.URL, company store.Company) *benchmark {
	b.Helper()
	pool := testdb.New(b)
	all := features.All()
	if err := store.New(pool).Seed(b.Context(), company, web.Demos(all)...); err != nil {
		b.Fatal(err)
	}
	public, _ := url.Parse("http://127.0.0.1")
	s := store.New(testdb.App(b, pool))
	frame, err := web.New(web.Config{
		Store: s, Log: slog.New(slog.DiscardHandler), PublicURL: public,
		Policy: csp.Policy{Script: vendor}, Caramelo: client,
		SignIn: signin.New(signin.Config{Required: "optional"}).Plug,
	}, all...)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(frame)
	b.Cleanup(server.Close)
	i := &benchmark{pool: pool, server: frame, address: server.URL}
	rows, _ := pool.Query(b.Context(), `UPDATE people SET role = 'admin'
		WHERE id IN (SELECT id FROM people WHERE active ORDER BY name, id LIMIT 200) RETURNING id, session_version`)
	defer rows.Close()
	for rows.Next() {
		var id string
		var version int
		if err := rows.Scan(&id, &version); err != nil {
			b.Fatal(err)
		}
		token := newSession(b, s, map[string]any{
			store.SessionPersonKey: id, store.SessionVersionKey: strconv.Itoa(version),
		})
		i.sessions = append(i.sessions, &http.Cookie{Name: "session", Value: token})
	}
	if err := rows.Err(); err != nil || len(i.sessions) < 100 {
		b.Fatal(len(i.sessions), err)
	}
	return i
}

// newSession stores a session with these values and returns its token.
func newSession(t testing.TB, s *store.Store, values map[string]any) (token string) {
	t.Helper()
	expires, token := time.Now().Add(time.Hour), rand.Text()
	data, err := store.SessionCodec{}.Encode(expires, values)
	if err == nil {
		err = s.Sessions().CommitCtx(t.Context(), token, data, expires)
	}
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func BenchmarkBareCall(b *testing.B) {
	client, _ := benchVendor(b, 0)
	ana := caramelo.Customer{ID: webtest.NobodysID, Name: "Ana", Email: "ana@company.example", Lang: "pt"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, err := client.Start(r.Context(), ana).Join()
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, connection.Token.Reveal())
	}))
	b.Cleanup(server.Close)
	benchGet(b, server.URL, func() *http.Cookie { return &http.Cookie{Name: "session", Value: "x"} })
}

func benchVendor(b testing.TB, latency time.Duration) (*caramelo.Client, *url.URL) {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if latency > 0 {
			select {
			case <-time.After(latency):
			case <-r.Context().Done():
			}
		}
		webtest.Good(w, r)
	}))
	b.Cleanup(vendor.Close)
	client, err := caramelo.New(caramelo.Config{
		APIURL: vendor.URL, ProjectID: "p_test", Secret: caramelo.NewSecret(webtest.SecretToken),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	u, _ := url.Parse(vendor.URL)
	return client, u
}

// benchGet asks for url from several clients at once and returns a body's size.
func benchGet(b *testing.B, url string, session func() *http.Cookie) (size int) {
	// Uncompressed, as other apps' pages are compared: a proxy often compresses theirs.
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	b.Cleanup(client.CloseIdleConnections)
	get := func() int {
		req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
		req.AddCookie(session())
		res, err := client.Do(req)
		if err != nil {
			b.Error(err)
			return 0
		}
		defer func() { _ = res.Body.Close() }()
		n, err := io.Copy(io.Discard, res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			b.Errorf("status %d, %v", res.StatusCode, err)
		}
		return int(n)
	}
	size = get()
	b.ReportAllocs()
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			get()
		}
	})
	return size
}
