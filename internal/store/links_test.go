package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func someLinks() []store.NewLink {
	return []store.NewLink{
		{URL: "/people", Labels: store.Texts{"en": "People", "pt": "Pessoas"}},
		{URL: "mailto:it@aroeira.example", Labels: store.Texts{"en": "IT desk"}},
	}
}

func TestLinksAreReadInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for lang, want := range map[string]string{"en": "People", "es": "People", "pt": "Pessoas"} {
		home, err := home(t, s, aReader(lang))
		if err != nil || len(home.Links) != 2 || home.Links[0].Label != want || home.Links[1].Label != "IT desk" {
			t.Errorf("%s: links %v, %v", lang, home.Links, err)
		}
	}
}

func useLinks(ctx context.Context, s *store.Store, does func(method string, err error)) {
	d := store.LinkDetails{URL: "https://x.example", Labels: store.Texts{"en": "X"}}
	does("CreateLink", s.CreateLink(ctx, by(ctx), d))
	links, err := s.Links(ctx)
	does("Links", err)
	last := links[len(links)-1]
	does("UpdateLink", s.UpdateLink(ctx, by(ctx), last.ID, 1, d))
	does("MoveLink", s.MoveLink(ctx, by(ctx), last.ID, true))
	does("DeleteLink", s.DeleteLink(ctx, by(ctx), last.ID, 2))
}

func order(t *testing.T, s *store.Store) (all string) {
	t.Helper()
	links, err := s.Links(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		all += link.Labels["en"] + " "
	}
	return all
}

func TestLinksKeepTheOrderThatEditorsGiveThem(t *testing.T) {
	t.Parallel()
	s, pool, people := readers(t, func(*store.Company) {})
	ctx := as(t, s, pool, people["Bea"])
	for _, label := range []string{"A", "B", "C"} {
		if err := s.CreateLink(ctx, by(ctx), store.LinkDetails{URL: "/x", Labels: store.Texts{"en": label, "pt": "", "es": ""}}); err != nil {
			t.Fatal(err)
		}
	}
	links, err := s.Links(ctx)
	if err != nil || len(links[2].Labels) != 1 {
		t.Fatalf("%+v, %v", links, err)
	}
	for _, move := range []struct {
		label string
		up    bool
		want  string
	}{
		{"C", true, "People IT desk A C B "}, {"C", true, "People IT desk C A B "}, {"People", true, "People IT desk C A B "}, {"B", false, "People IT desk C A B "}, {"IT desk", false, "People C IT desk A B "},
	} {
		for _, link := range links {
			if link.Labels["en"] == move.label {
				if err := s.MoveLink(ctx, by(ctx), link.ID, move.up); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := order(t, s); got != move.want {
			t.Errorf("%s, up %v: %s, want %s", move.label, move.up, got, move.want)
		}
	}
	for _, id := range []string{"x", nobody} {
		for what, err := range map[string]error{"move": s.MoveLink(ctx, by(ctx), id, true), "change": s.UpdateLink(ctx, by(ctx), id, 1, store.LinkDetails{}), "delete": s.DeleteLink(ctx, by(ctx), id, 1)} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s %s: %v", what, id, err)
			}
		}
	}
}

func TestALinkIsChangedFromTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	s, pool, people := readers(t, func(*store.Company) {})
	ctx := as(t, s, pool, people["Bea"])
	links, err := s.Links(ctx)
	if err != nil {
		t.Fatal(err)
	}
	id, d := links[0].ID, store.LinkDetails{URL: "/new", Labels: store.Texts{"en": "New"}}
	if err := s.UpdateLink(ctx, by(ctx), id, 1, d); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"change": s.UpdateLink(ctx, by(ctx), id, 1, d), "delete": s.DeleteLink(ctx, by(ctx), id, 1)} {
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := s.DeleteLink(ctx, by(ctx), id, 2); err != nil || order(t, s) != "IT desk " {
		t.Errorf("%v, %s", err, order(t, s))
	}
}

func TestThereIsRoomForSoManyLinks(t *testing.T) {
	t.Parallel()
	s, pool, people := readers(t, func(*store.Company) {})
	ctx := as(t, s, pool, people["Bea"])
	var failed error
	var made sync.WaitGroup
	results := make(chan error, store.MaxLinks)
	for range store.MaxLinks {
		made.Go(func() {
			results <- s.CreateLink(ctx, by(ctx), store.LinkDetails{URL: "/x", Labels: store.Texts{"en": "X"}})
		})
	}
	made.Wait()
	close(results)
	refused := 0
	for err := range results {
		if errors.Is(err, store.ErrConflict) {
			refused++
		} else if err != nil {
			failed = err
		}
	}
	if refused != 2 || failed != nil { // there were two
		t.Errorf("%d of %d were refused, %v", refused, store.MaxLinks, failed)
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	for url, want := range map[string]bool{
		"https://x.example": true, "http://x.example/a?b#c": true, "mailto:a@b.example": true, "/people": true, "/": true, "/a/b?c=d": true,
		"": false, "//evil.example": false, `/\\evil`: false, "/ x": false, "javascript:alert(1)": false, "data:text/html,x": false, "people": false, "https://": false, "mailto:": false, "https://x y": false, "ftp://x.example": false, "/\x00": false,
	} {
		d := store.LinkDetails{URL: url, Labels: store.Texts{"en": "X"}}
		if got := len(d.Invalid()) == 0; got != want {
			t.Errorf("%q: %v", url, d.Invalid())
		}
		if !want {
			continue
		}
		if _, err := pool.Exec(t.Context(), `INSERT INTO links (position, url, labels) SELECT count(*), $1, '{"en": "X"}' FROM links`, url); err != nil {
			t.Errorf("the database does not take %q: %v", url, err)
		}
	}
	d := store.LinkDetails{URL: "/", Labels: store.Texts{"en": "", "pt": strings.Repeat("x", 81), "es": "a\nb"}}
	if got := d.Invalid(); len(got) != 3 {
		t.Errorf("%q", got)
	}
}

func TestASeedThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	broken := company()
	broken.Links = append(broken.Links, store.NewLink{URL: "javascript:alert(1)", Labels: store.Texts{"en": "x"}})
	if err := s.Seed(t.Context(), broken); err == nil {
		t.Fatal("a javascript: link was taken")
	}
	if people, err := administration(s).Everybody(t.Context()); len(people) != 0 || err != nil {
		t.Fatalf("half a seed stayed: %d people, %v", len(people), err)
	}
}
