package web_test

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
)

// The date of the home page is that of where the reader is.
func TestTheHomePageFollowsTheReadersTimeZone(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	for _, name := range []string{"Pacific/Kiritimati", "America/Sao_Paulo", "Etc/GMT+12"} {
		i.Lives("bea", name)
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		before := time.Now().In(zone).Format(time.DateOnly)
		got := bea.Get(paths.Home).HTML(t).Find(".eyebrow time").AttrOr("datetime", "")
		if after := time.Now().In(zone).Format(time.DateOnly); got != before && got != after {
			t.Errorf("in %s it is %s, want %s", name, got, after)
		}
	}
}
