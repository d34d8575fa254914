package imports

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/web"
)

// largest is a file with as many lines as there may be, and nearly as many bytes. It says
// something in every column, and everybody reports to somebody in it.
func largest() string {
	var file strings.Builder
	file.WriteString("name,email,role,lang,department,title,manager,phone,skills,time_zone\n")
	for n := range maxLines {
		manager := "ana"
		if n > 0 {
			manager = fmt.Sprint("person", (n-1)/8)
		}
		fmt.Fprintf(&file, "Person Número %d Conceição,person%d@company.example,editor,pt,financeiro,"+
			"Analista de qualidade %d,%s@company.example,+55 11 5555-%04d,\"Go, SQL, torra %d\",America/Sao_Paulo\n",
			n, n, n%50, manager, n, n%100)
	}
	return file.String()
}

// The largest file that the page speaks of is imported within the time that it speaks of.
func TestTheLargestFileIsImported(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	file := largest()
	if len(file) < maxBytes*4/5 || len(file) > maxBytes {
		t.Fatalf("it has %d bytes", len(file))
	}
	began := time.Now()
	page := upload(ana, "people.csv", file, "").HTML(t)
	tried := time.Now()
	res := ana.Post(Apply, sentBy(page))
	if res.StatusCode != http.StatusSeeOther || i.Count(`people WHERE email LIKE 'person%'`) != maxLines {
		t.Errorf("%d: %s", res.StatusCode, res.HTML(t).Find(".alert").Text())
	}
	if took := max(tried.Sub(began), time.Since(tried)); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// A line of 1 Mbit/s carries the largest body and leaves a minute for the work, and nobody
// is closed out by the usual limits.
func TestASlowLineHasItsTime(t *testing.T) {
	t.Parallel()
	const bitsPerSecond = 1_000_000
	routes := routes(&web.Server{})
	for _, route := range routes {
		if route.Method != http.MethodPost {
			continue
		}
		sending := time.Duration(route.Body) * 8 * time.Second / bitsPerSecond
		if route.Body < 3*maxBytes || route.Time < sending+time.Minute {
			t.Errorf("%s: %d bytes take %v of %v", route.Path, route.Body, sending, route.Time)
		}
	}
}
