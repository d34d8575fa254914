package links

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestThereIsRoomForSoManyLinks(t *testing.T) {
	t.Parallel()
	i := start(t)
	ctx := i.Request("caio")
	caio, links := store.SessionOf(ctx).Person, list{i.Store}
	var made sync.WaitGroup
	results := make(chan error, maxLinks)
	for range maxLinks {
		made.Go(func() {
			results <- links.create(ctx, caio, Details{URL: "/x", Labels: store.Texts{"en": "X"}})
		})
	}
	made.Wait()
	close(results)
	refused := 0
	for err := range results {
		if errors.Is(err, store.ErrConflict) {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	if refused != 1 || i.Count(`links`) != maxLinks { // there was one
		t.Errorf("%d of %d were refused, %d are there", refused, maxLinks, i.Count(`links`))
	}
}

// The form and the database have the same rule.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	for url, want := range map[string]bool{
		"https://x.example": true, "http://x.example/a?b#c": true, "mailto:a@b.example": true,
		"/people": true, "/": true, "/a/b?c=d": true,
		"": false, "//evil.example": false, `/\\evil`: false, "/ x": false, "javascript:alert(1)": false,
		"data:text/html,x": false, "people": false, "https://": false, "mailto:": false, "https://x y": false,
		"ftp://x.example": false, "/\x00": false,
	} {
		d := Details{URL: url, Labels: store.Texts{"en": "X"}}
		if got := len(d.Invalid()) == 0; got != want {
			t.Errorf("%q: %v", url, d.Invalid())
		}
		if !want {
			continue
		}
		if _, err := pool.Exec(t.Context(), `INSERT INTO links (position, url, labels)
			SELECT count(*), $1, '{"en": "X"}' FROM links`, url); err != nil {
			t.Errorf("the database does not take %q: %v", url, err)
		}
	}
	d := Details{URL: "/", Labels: store.Texts{"en": "", "pt": strings.Repeat("x", 81), "es": "a\nb"}}
	if got := d.Invalid(); len(got) != 3 {
		t.Errorf("%q", got)
	}
}
