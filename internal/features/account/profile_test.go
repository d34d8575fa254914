package account

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

func TestPeopleChangeTheirOwnProfile(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	long := map[string]string{"phone": strings.Repeat("1", 41), "skills": strings.Repeat("s", 301)}
	for field, value := range long {
		res := bea.Post(paths.AccountProfile, url.Values{field: {value}})
		html := res.HTML(t)
		if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#"+field+"-error").Length() != 1 ||
			html.Find("#"+field).AttrOr("value", "") != value {
			t.Errorf("%s: %d", field, res.StatusCode)
		}
	}
	form := url.Values{
		"phone": {" ext. 12 "}, "skills": {"Go;latte art, go"}, "title": {"CEO"}, "manager": {""},
		"id": {i.IDs["ana"]}, "version": {"1"},
	}
	if res := bea.Post(paths.AccountProfile, form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	changed := `people WHERE id = $1 AND phone = 'ext. 12' AND skills = 'Go, latte art' AND title <> 'CEO'`
	if i.Count(changed, i.IDs["bea"]) != 1 || i.Count(`people WHERE phone <> ''`) != 1 {
		t.Error("not what was typed, or not their own")
	}
	entry := "person.changed " + strings.Join(store.PersonFields.InProfile().Names(), " and ")
	if got := i.Recorded(); !slices.Equal(got, []string{entry}) {
		t.Errorf("recorded %q", got)
	}
}
