package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
)

// A proxy and this server must not disagree about where a request ends: what is ambiguous
// is refused, or the last of its connection.
func TestNothingIsSmuggledBehindARequest(t *testing.T) {
	t.Parallel()
	i := start(t)
	address := strings.TrimPrefix(i.URL, "http://")
	const smuggled = "GET " + paths.Health + " HTTP/1.1\r\nHost: x\r\n\r\n"
	post := func(headers, body string) string {
		return "POST " + paths.Login + " HTTP/1.1\r\nHost: " + address +
			"\r\nContent-Type: application/x-www-form-urlencoded\r\n" + headers + "\r\n" + body
	}
	for name, test := range map[string]struct {
		request string
		status  int
		answers int // on the connection
	}{
		"a length":              {post("Content-Length: 7\r\n", "email=a"), 422, 2},
		"chunks":                {post("Transfer-Encoding: chunked\r\n", "7\r\nemail=a\r\n0\r\n\r\n"), 422, 1},
		"a length and chunks":   {post("Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 422, 1},
		"chunks and a length":   {post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 422, 1},
		"chunks and a long one": {post("Transfer-Encoding: chunked\r\nContent-Length: 4096\r\n", "0\r\n\r\n"), 422, 1},
		"two lengths":           {post("Content-Length: 7\r\nContent-Length: 8\r\n", "email=a"), 400, 1},
		"a length with a sign":  {post("Content-Length: +7\r\n", "email=a"), 400, 1},
		"another coding":        {post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501, 1},
		"a blank before":        {post("Transfer-Encoding : chunked\r\nContent-Length: 7\r\n", "email=a"), 400, 1},
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(8 * time.Second))
		if _, err := io.WriteString(conn, test.request+smuggled); err != nil {
			t.Fatal(err)
		}
		answers, statuses := bufio.NewReader(conn), []int{}
		for {
			res, err := http.ReadResponse(answers, nil)
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			statuses = append(statuses, res.StatusCode)
			if len(statuses) == test.answers && res.Close || len(statuses) == 2 {
				break
			}
		}
		_ = conn.Close()
		if len(statuses) != test.answers || statuses[0] != test.status {
			t.Errorf("%s: answered %v, want %d answers, the first %d", name, statuses, test.answers, test.status)
		}
	}
}
