package events

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestTheDemoCompanyHasEvents(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC)
	c := seed.Company(now)
	events, err := answered(c)
	if err != nil {
		t.Fatal(err)
	}
	langs, titles, past, allDay := map[string]int{}, map[string]bool{}, 0, 0
	for _, e := range events {
		langs[e.Lang]++
		if wrong := e.Invalid(); len(wrong) > 0 || titles[e.Title] {
			t.Errorf("%s: %v, or there twice", e.Title, wrong)
		}
		titles[e.Title] = true
		if e.Ends.Before(now) {
			past++
		}
		if e.AllDay {
			allDay++
		}
		i := slices.IndexFunc(c.People, func(p store.PersonDetails) bool { return p.Email == e.AuthorEmail })
		if i < 0 || c.People[i].Role == store.Employee {
			t.Errorf("%s: %s cannot have written this", e.Title, e.AuthorEmail)
		}
		if strings.TrimSpace(e.Body) != e.Body ||
			strings.Contains(e.Body, "\n#") || strings.Contains(e.Body, "{domain}") {
			t.Errorf("%s: %q", e.Title, e.Body)
		}
		webtest.CheckLinks(t, e.Title, e.Body)
	}
	if langs["en"] != 10 || langs["pt"] != 10 || langs["es"] != 10 || past < 8 || past > 12 || allDay < 8 {
		t.Errorf("events by language %v, %d past, %d all day", langs, past, allDay)
	}
}

// The demo's events go into the database, and those who answer are people of the company.
func TestTheDemosEventsAreStored(t *testing.T) {
	t.Parallel()
	if i := webtest.Demo(t, Feature()); i.Count(`events`) != 30 || i.Count(`attendance WHERE going`) < 30 {
		t.Errorf("%d events, %d answers", i.Count(`events`), i.Count(`attendance`))
	}
}
