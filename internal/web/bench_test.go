package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/time/rate"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// BenchmarkHome is a whole signed-in home page of the demo company: session,
// person, news and links from Postgres, the handshake, and the streamed page,
// over real HTTP. BenchmarkBareCall is a handler that makes the same handshake
// and nothing else. The ratio of the two is what the page costs.
func BenchmarkHome(b *testing.B) {
	page, session := benchIntranet(b, 0)
	size := benchGet(b, page, session)
	if size < 12<<10 {
		b.Errorf("the home page has only %d bytes", size)
	}
	b.ReportMetric(float64(size), "page-bytes")
}

// BenchmarkFirstByte is the time until the page's headers and first part are
// there, with a vendor that answers at once and one that takes a second.
func BenchmarkFirstByte(b *testing.B) {
	for _, latency := range []time.Duration{0, time.Second} {
		b.Run("vendor="+latency.String(), func(b *testing.B) {
			page, session := benchIntranet(b, latency)
			client := &http.Client{}
			b.Cleanup(client.CloseIdleConnections)
			for b.Loop() {
				req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, page, nil)
				req.AddCookie(session)
				res, err := client.Do(req)
				if err != nil || res.StatusCode != http.StatusOK {
					b.Fatal(res, err)
				}
				if _, err := res.Body.Read(make([]byte, 4096)); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				_ = res.Body.Close()
				b.StartTimer()
			}
		})
	}
}

// benchIntranet returns the address of a home page and the cookie of a session.
func benchIntranet(b *testing.B, latency time.Duration) (page string, session *http.Cookie) {
	_, server, session := benchCompany(b, latency, seed.Company(time.Now()))
	return server + paths.Home, session
}

// benchCompany returns the database and the address of a company's intranet, and
// the cookie of a session of its first person, an admin.
func benchCompany(b *testing.B, latency time.Duration, company store.Company) (pool *pgxpool.Pool, address string, session *http.Cookie) {
	client, vendor := benchVendor(b, latency)
	pool = testdb.New(b)
	s := store.New(pool)
	passwords, err := hasher()
	if err != nil {
		b.Fatal(err)
	}
	company.People[0].PasswordHash, _ = passwords.Hash(b.Context(), secretPassword)
	if err := s.Seed(b.Context(), company); err != nil {
		b.Fatal(err)
	}
	public, _ := url.Parse("http://127.0.0.1")
	server := httptest.NewServer(unpaced(b, passwords, Config{Store: s, Log: slog.New(slog.DiscardHandler), PublicURL: public, SDKURL: vendor, Caramelo: client}))
	b.Cleanup(server.Close)
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	b.Cleanup(noFollow.CloseIdleConnections)
	res, err := noFollow.PostForm(server.URL+paths.Login, login(company.People[0].Email, secretPassword, ""))
	if err != nil || res.StatusCode != http.StatusSeeOther {
		b.Fatal(res, err)
	}
	_ = res.Body.Close()
	return pool, server.URL, res.Cookies()[0]
}

// unpaced is New for one person who asks for more than anybody would.
func unpaced(b testing.TB, passwords *password.Hasher, config Config) http.Handler {
	config.SignIn = SignInForTests(passwords, "optional", nil)
	s, err := New(config, MovedForTests()...)
	if err != nil {
		b.Fatal(err)
	}
	s.pace.limit = rate.Inf
	return s
}

func BenchmarkBareCall(b *testing.B) {
	client, _ := benchVendor(b, 0)
	ana := caramelo.Customer{ID: "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11", Name: "Ana", Email: "ana@aroeira.example", Lang: "pt"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, err := client.Start(r.Context(), ana).Join()
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, connection.Token.Reveal())
	}))
	b.Cleanup(server.Close)
	benchGet(b, server.URL, nil)
}

func benchVendor(b *testing.B, latency time.Duration) (*caramelo.Client, *url.URL) {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if latency > 0 {
			select {
			case <-time.After(latency):
			case <-r.Context().Done():
			}
		}
		good(w, r)
	}))
	b.Cleanup(vendor.Close)
	client, err := caramelo.New(caramelo.Config{APIURL: vendor.URL, ProjectID: "p_test", Secret: caramelo.NewSecret(secretToken)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	u, _ := url.Parse(vendor.URL)
	return client, u
}

// benchGet asks for url from several clients at once and returns a body's size.
func benchGet(b *testing.B, url string, cookie *http.Cookie) (size int) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.Cleanup(client.CloseIdleConnections)
	get := func() int {
		req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
		if cookie != nil {
			req.AddCookie(cookie)
		}
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
