package news

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/i18n"
)

// When an article appears may be a time that the clocks repeat: the form asks which one,
// and shows it again. Unasked it is the first.
func TestAnArticleAppearsInTheHourThatComesTwiceWhenItWasMeant(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	for _, test := range []struct{ zone, day, time, first, second string }{
		{"Europe/London", "2031-10-26", "1:30", "2031-10-26T00:30:00Z", "2031-10-26T01:30:00Z"},
		{"America/New_York", "2031-11-02", "01:00", "2031-11-02T05:00:00Z", "2031-11-02T06:00:00Z"},
		{"Australia/Lord_Howe", "2031-04-06", "01:45", "2031-04-05T14:45:00Z", "2031-04-05T15:15:00Z"},
	} {
		i.Lives("caio", test.zone)
		form := fields()
		form.Set("publish", "at")
		form.Set("day", test.day)
		form.Set("time", test.time)
		slug := made(caio, form)
		options := caio.Get(Edit.Of(slug)).HTML(t).Find("#which option")
		if options.Length() != 2 || i.Count(`news WHERE slug = '`+slug+`' AND published_at = '`+test.first+`'`) != 1 {
			t.Fatalf("%s: nobody is asked which one", test.zone)
		}
		for n, want := range []string{test.first, test.second} {
			offset := options.Eq(n).AttrOr("value", "")
			form.Set("which", offset)
			slug := made(caio, form)
			if i.Count(`news WHERE slug = '`+slug+`' AND published_at = '`+want+`'`) != 1 {
				t.Errorf("%s, %s: it is another moment than %s", test.zone, offset, want)
			}
			edit := caio.Get(Edit.Of(slug)).HTML(t)
			chosen := edit.Find("#which option[selected]").AttrOr("value", "")
			again := version("1", fields())
			again.Set("publish", "at")
			again.Set("day", edit.Find("#day").AttrOr("value", ""))
			again.Set("time", edit.Find("#time").AttrOr("value", ""))
			again.Set("which", chosen)
			again.Set("title", "Another title")
			if res := caio.Post(Show.Of(slug), again); res.StatusCode != http.StatusSeeOther || chosen != offset ||
				i.Count(`news WHERE slug = '`+slug+`' AND published_at = '`+want+`'`) != 1 {
				t.Errorf("%s, %s: saved again it is another moment: %d, %q", test.zone, offset, res.StatusCode, chosen)
			}
		}
	}
}

// The last minute that can be written is that of the writer's calendar.
func TestAnArticleMayAppearInTheLastMinuteOf2199(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	for _, zone := range []string{"America/Sao_Paulo", "UTC", "Pacific/Kiritimati", "Etc/GMT+12"} {
		i.Lives("caio", zone)
		for day, status := range map[string]int{
			"2199-12-31": http.StatusSeeOther, "2200-01-01": http.StatusUnprocessableEntity,
		} {
			form := fields()
			form.Set("publish", "at")
			form.Set("day", day)
			form.Set("time", "23:59")
			res := caio.Post(Index, form)
			wrong := status != http.StatusSeeOther
			if res.StatusCode != status || wrong && !strings.Contains(res.HTML(t).Find("#day-error").Text(), "2199") {
				t.Errorf("%s, %s: %d", zone, day, res.StatusCode)
			}
		}
	}
}

// A day that there is not is said to be none.
func TestAnArticleAppearsOnADayThatExists(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	for day, key := range map[string]string{
		"2031-02-31": i18n.NoDay, "": i18n.NoDay, "31/12/2031": i18n.NoDay, "2200-01-01": "news.error.day",
	} {
		form := fields()
		form.Set("publish", "at")
		form.Set("day", day)
		form.Set("time", "9h30min")
		if said := caio.Post(Index, form).HTML(t).Find("#day-error").Text(); said != i.Says("es", key) {
			t.Errorf("%s: %q", day, said)
		}
	}
}
