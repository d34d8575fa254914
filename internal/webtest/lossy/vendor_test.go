package lossy_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/webtest/lossy"
)

// TestMain makes the certificate that all httptest servers share the only one that is
// trusted: the client takes no other than the system's.
func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "lossy")
	if err != nil {
		panic(err)
	}
	server := httptest.NewTLSServer(http.NotFoundHandler())
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	server.Close()
	name := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(name, certificate, 0o600); err != nil {
		panic(err)
	}
	for variable, value := range map[string]string{"SSL_CERT_FILE": name, "SSL_CERT_DIR": folder} {
		if err := os.Setenv(variable, value); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

const token = `{"real_time_access_token":"jwt.of.ana"}`

var people = []caramelo.Customer{{ID: "ana"}, {ID: "bea"}, {ID: "caio"}, {ID: "dora"}}

// startVendor starts a vendor over TLS behind a proxy that can forget.
func startVendor(
	t *testing.T, http2 bool, handle http.HandlerFunc,
) (proxy *lossy.Proxy, client func(budget time.Duration) *caramelo.Client) {
	t.Helper()
	vendor := httptest.NewUnstartedServer(handle)
	vendor.EnableHTTP2 = http2
	vendor.StartTLS()
	t.Cleanup(vendor.Close)
	proxy = lossy.New(t, "tcp", vendor.Listener.Addr().String())
	return proxy, func(budget time.Duration) *caramelo.Client {
		c, err := caramelo.New(caramelo.Config{
			APIURL: "https://" + proxy.Addr(), ProjectID: "p_test", Secret: caramelo.NewSecret("sk_test"),
			Timeout: budget,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
}

// atOnce opens as many pages at the same time, and returns how they ended.
func atOnce(t *testing.T, c *caramelo.Client, pages int) (kinds []caramelo.Kind) {
	var all []*caramelo.Handshake
	for n := range pages {
		all = append(all, c.Start(t.Context(), people[n%len(people)]))
	}
	for _, h := range all {
		_, err := h.Join()
		kinds = append(kinds, caramelo.KindOf(err))
	}
	return kinds
}

func well(kinds []caramelo.Kind) (n int) {
	for _, kind := range kinds {
		if kind == caramelo.OK {
			n++
		}
	}
	return n
}

// Over HTTP/2 one connection serves every page. When it has died in silence, the pages
// that find that out still get their token within the budget.
func TestADeadHTTP2ConnectionCostsNoPageItsChat(t *testing.T) {
	t.Parallel()
	for _, pages := range []int{1, 4, 12} {
		t.Run(fmt.Sprint(pages), func(t *testing.T) {
			t.Parallel()
			proxy, client := startVendor(t, true, func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor != 2 {
					w.WriteHeader(http.StatusHTTPVersionNotSupported)
				}
				_, _ = io.WriteString(w, token)
			})
			c := client(6 * time.Second) // a third is left for new connections, on a busy machine
			if kinds := atOnce(t, c, 1); well(kinds) != 1 {
				t.Fatal(kinds)
			}
			if proxy.Forget() != 1 {
				t.Error("there was not one connection")
			}
			if kinds := atOnce(t, c, pages); well(kinds) != pages {
				t.Errorf("on the dead connection: %v", kinds)
			}
			if kinds := atOnce(t, c, pages); well(kinds) != pages {
				t.Errorf("afterwards: %v", kinds)
			}
		})
	}
}

// Over HTTP/1.1 a pool of connections dies together. Nobody can tell before the budget's
// end; but then all of them are left, not only the one that was used.
func TestADeadPoolCostsOnePage(t *testing.T) {
	t.Parallel()
	const idle = 6
	var arrived atomic.Int64
	together := make(chan struct{})
	proxy, client := startVendor(t, false, func(w http.ResponseWriter, _ *http.Request) {
		if arrived.Add(1) == idle {
			close(together)
		}
		<-together
		_, _ = io.WriteString(w, token)
	})
	c := client(time.Second)
	if kinds := atOnce(t, c, idle); well(kinds) != idle {
		t.Fatal(kinds)
	}
	if open := proxy.Forget(); open != idle {
		t.Errorf("%d connections in the pool", open)
	}
	if kinds := atOnce(t, c, 1); kinds[0] != caramelo.Timeout {
		t.Errorf("the page that finds out: %v", kinds)
	}
	for range idle {
		if kinds := atOnce(t, c, 1); kinds[0] != caramelo.OK {
			t.Errorf("after it: %v", kinds)
		}
	}
}

// A connection may answer pings, for a balancer does, and nothing else.
func TestAProbeLeavesAConnectionThatOnlyAnswersPings(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{true, false} {
		var first atomic.Value // the address of the first connection
		_, client := startVendor(t, http2, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if first.Load() == r.RemoteAddr {
				<-r.Context().Done()
				return
			}
			first.CompareAndSwap(nil, r.RemoteAddr)
			_, _ = io.WriteString(w, token)
		})
		c := client(time.Second)
		if kinds := atOnce(t, c, 1); well(kinds) != 1 {
			t.Fatal(kinds)
		}
		if kinds := atOnce(t, c, 1); kinds[0] != caramelo.Timeout {
			t.Errorf("HTTP/2 %t, on the connection that hangs: %v", http2, kinds)
		}
		if kinds := atOnce(t, c, 1); kinds[0] != caramelo.OK {
			t.Errorf("HTTP/2 %t, afterwards: %v", http2, kinds)
		}
	}
}

// Who leaves a slow page says nothing of the connection: it stays.
func TestAPersonWhoLeavesClosesNobodysConnection(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	proxy, client := startVendor(t, true, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"dora"`) {
			arrived <- struct{}{}
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, token)
	})
	c := client(10 * time.Second)
	_ = atOnce(t, c, 1)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		h := c.Start(ctx, people[3])
		<-arrived
		cancel()
		if _, err := h.Join(); caramelo.KindOf(err) != caramelo.Canceled {
			t.Error(err)
		}
		if kinds := atOnce(t, c, 1); well(kinds) != 1 {
			t.Error(kinds)
		}
	}
	if n := proxy.Opened(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
