package views_test

import (
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func TestATextThatMustBeReadAsksThoseItIsFor(t *testing.T) {
	at := time.Date(2026, 3, 17, 1, 30, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		asks store.Acknowledgement
		want string // of the box, in English; "": there is none
		form bool
	}{
		"need not":   {store.Acknowledgement{Asked: true, Edition: 1}, "", false},
		"not for me": {store.Acknowledgement{MustRead: true, Edition: 1}, "", false},
		"due":        {store.Acknowledgement{MustRead: true, Asked: true, Edition: 1}, "Please confirm", true},
		"due again":  {store.Acknowledgement{MustRead: true, Asked: true, Edition: 3}, "has changed", true},
		"confirmed":  {store.Acknowledgement{MustRead: true, Asked: true, Edition: 3, ConfirmedAt: &at}, "16 March 2026, 22:30", false},
	} {
		a := article(1, "en")
		a.Acknowledgement = test.asks
		doc := page(t, "en", views.Article(views.ArticleProps{Article: a, Zone: time.FixedZone("America/Nowhere", -3*3600)}))
		box := doc.Find(".acknowledgement")
		if (box.Length() == 1) != (test.want != "") || !strings.Contains(box.Text(), test.want) || (box.Find("form[method=post][action$='/acknowledgement'] input[name=edition]").Length() == 1) != test.form {
			t.Errorf("%s: %q", name, box.Text())
		}
	}
}
