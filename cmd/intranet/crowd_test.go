//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Whoever opens more connections than the server may have files takes Postgres from nobody.
func TestACrowdOfConnectionsLeavesFilesForThePages(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	public, _ := url.Parse(d.env["PUBLIC_URL"])
	serve := d.command(t.Context(), "serve", "--addr="+public.Host)
	serve.Path, serve.Args = "/bin/sh", append([]string{"sh", "-c", `ulimit -n 128; exec "$0" "$@"`, os.Args[0]},
		serve.Args[1:]...)
	var output bytes.Buffer
	serve.Stdout, serve.Stderr = &output, &output
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	t.Cleanup(func() { _ = serve.Process.Kill(); <-ended })
	dial := func() net.Conn {
		for deadline := time.Now().Add(20 * time.Second); ; {
			conn, err := net.Dial("tcp", public.Host)
			if err == nil {
				t.Cleanup(func() { _ = conn.Close() })
				return conn
			}
			select {
			case err := <-ended:
				ended <- err
				t.Fatalf("it ended: %v: %s", err, output.String())
			case <-time.After(20 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	}
	first := dial()
	var crowd []net.Conn
	for range 200 {
		crowd = append(crowd, dial())
	}
	visit := func(who string, conn net.Conn) {
		t.Helper()
		_, _ = io.WriteString(conn, "GET /login HTTP/1.1\r\nHost: "+public.Host+"\r\nCookie: session=nobodys\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %v %v", who, res, err)
		}
	}
	visit("the first of them", first)
	for _, conn := range append(crowd, first) {
		_ = conn.Close()
	}
	visit("who comes when they have left", dial())
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		ended <- err
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	if strings.Contains(output.String(), "too many open files") {
		t.Errorf("it has no file left: %s", output.String())
	}
}
