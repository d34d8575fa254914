package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

func TestPeopleChangeTheirOwnProfile(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea := i.enter("bea", 0)
	for field, value := range map[string]string{"phone": strings.Repeat("1", 41), "skills": strings.Repeat("s", 301)} {
		res := bea.post(paths.AccountProfile, url.Values{field: {value}})
		if html := res.html(t); res.StatusCode != http.StatusUnprocessableEntity || html.Find("#"+field+"-error").Length() != 1 || html.Find("#"+field).AttrOr("value", "") != value {
			t.Errorf("%s: %d", field, res.StatusCode)
		}
	}
	form := url.Values{"phone": {" ext. 12 "}, "skills": {"Go;latte art, go"}, "title": {"CEO"}, "manager": {""}, "id": {i.ids["ana"]}, "version": {"1"}}
	if res := bea.post(paths.AccountProfile, form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	if n := i.count(`people WHERE id = '` + i.ids["bea"] + `' AND phone = 'ext. 12' AND skills = 'Go, latte art' AND title <> 'CEO'`); n != 1 || i.count(`people WHERE phone <> ''`) != 1 {
		t.Error("not what was typed, or not their own")
	}
	if got := i.events(); !slices.Equal(got, []string{"person.changed phone and skills"}) {
		t.Errorf("recorded %q", got)
	}
}
