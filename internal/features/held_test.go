package features_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/webtest"
)

// maxHeld is how much memory a page may hold while it waits for Caramelo, in bytes, so that
// 1,000 of them hold 80 MiB. A page that kept its HTML would hold 32 KiB more.
const maxHeld = 80 << 10

// It must run alone, because it measures the whole process.
func TestPagesThatWaitForTheVendorHoldLittleMemory(t *testing.T) {
	const pages = 200
	vendor, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent := make(chan net.Conn, 2*pages)
	go func() {
		defer close(silent)
		for {
			conn, err := vendor.Accept()
			if err != nil {
				return
			}
			silent <- conn
		}
	}()
	address := "http://" + vendor.Addr().String()
	client, err := caramelo.New(caramelo.Config{
		APIURL: address, ProjectID: "p_test", Secret: caramelo.NewSecret(webtest.SecretToken),
		MaxInFlight: 2 * pages, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	vendorURL, _ := url.Parse(address)
	i := benchmarkWith(t, client, vendorURL, seed.Company(time.Now()))
	var waiting []net.Conn
	ask := func(n int) {
		for range n {
			conn, err := net.Dial("tcp", strings.TrimPrefix(i.address, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nAccept-Encoding: gzip\r\n\r\n",
				paths.Home, i.session())
			if err != nil {
				t.Fatal(err)
			}
			waiting = append(waiting, conn)
		}
		for _, conn := range waiting[len(waiting)-n:] {
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			status, err := bufio.NewReaderSize(conn, 16).ReadSlice('\r') // all but the tail has been sent
			if err != nil && err != bufio.ErrBufferFull || !strings.HasPrefix(string(status), "HTTP/1.1 200") {
				t.Fatalf("%q, %v", status, err)
			}
		}
	}
	ask(16) // what is made once is there
	idle := live()
	ask(pages)
	held := (live() - idle) / pages
	most := int64(maxHeld)
	if raced() {
		most += most / 4
	}
	t.Logf("a page holds %d KiB", held>>10)
	if held > most {
		t.Errorf("a page that waits holds %d bytes, at most %d are wanted", held, most)
	}
	// The pages end, and nothing of them stays.
	_ = vendor.Close()
	for conn := range silent {
		_ = conn.Close()
	}
	for _, conn := range waiting {
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if rest, err := io.ReadAll(io.LimitReader(conn, 1)); err != nil || len(rest) != 1 {
			t.Fatalf("%q, %v", rest, err)
		}
		_ = conn.Close()
	}
	deadline := time.Now().Add(time.Minute)
	for live() > idle+2<<20 {
		if time.Now().After(deadline) {
			t.Fatalf("%d KiB more than before are held a minute after the pages", (live()-idle)>>10)
		}
		runtime.Gosched()
	}
}

// raced reports whether this is a run of the race detector, which makes stacks larger.
func raced() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// live is the memory that is in use, in bytes, without what the collector has yet to find.
func live() int64 {
	runtime.GC()
	runtime.GC() // the first one keeps what is in pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse) // #nosec G115 -- far below
}
