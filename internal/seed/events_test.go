package seed

import (
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	c := Company(now)
	langs, titles, past, allDay := map[string]int{}, map[string]bool{}, 0, 0
	for _, e := range c.Events {
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
		i := slices.IndexFunc(c.People, func(p store.NewPerson) bool { return p.Email == e.AuthorEmail })
		if i < 0 || c.People[i].Role == store.Employee {
			t.Errorf("%s: %s cannot have written this", e.Title, e.AuthorEmail)
		}
		for _, link := range markdownLink.FindAllStringSubmatch(e.Body, -1) {
			if !allowed(link[2]) {
				t.Errorf("%s leads to %s", e.Title, link[2])
			}
		}
		if strings.TrimSpace(e.Body) != e.Body || anyHeading.MatchString(e.Body) {
			t.Errorf("%s: %q", e.Title, e.Body)
		}
	}
	if len(c.Events) != 30 || langs["en"] != 10 || langs["pt"] != 10 || langs["es"] != 10 || past < 8 || past > 12 || allDay < 8 {
		t.Errorf("%d events, by language %v, %d past, %d all day", len(c.Events), langs, past, allDay)
	}
}
