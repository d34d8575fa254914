package imports

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Whatever is sent as a file, it is its sender's mistake and not a failure of ours: what is
// wrong with it is said, or its form cannot be read.
func TestMalformedFilesAreTheSendersMistake(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	rng := rand.New(rand.NewPCG(4, 23))
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	noise := func(limit int) string {
		b := make([]byte, 1+rng.IntN(limit))
		for n := range b {
			b[n] = byte(rng.IntN(256))
		}
		return string(b)
	}
	before := i.Count("people")
	for range 200 {
		file := pick("", noise(300), "name,email\n", "name,email\n"+noise(200), "name,e-male\nA,a@x.example",
			"name,email,manager\nA,a@x.example,a@x.example", "name,email\n\"A,a@x.example", "\x89PNG\r\n")
		kind, body := "application/x-www-form-urlencoded", "csv="+url.QueryEscape(file)
		want := http.StatusUnprocessableEntity
		if rng.IntN(2) == 0 {
			kind, want = "multipart/form-data; boundary=x", http.StatusBadRequest
			body = `--x` + "\r\n" + `Content-Disposition: form-data; name="file"; filename="` +
				pick("people.csv", "../../x", "\xff") + "\"\r\n\r\n" + file +
				pick("", "\r\n--", "\r\n--y--\r\n") // which does not end
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+Index, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if res := ana.Send(req, "Content-Type", kind); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", fmt.Sprintf("%.300q", body), res.StatusCode, want)
		}
	}
	if i.Count("people") != before || strings.Contains(i.Log.String(), "level=ERROR") {
		t.Errorf("somebody was added, or something failed: %.2000s", i.Log.String())
	}
}
