package views_test

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// What no template writes is escaped as templates do it.
func TestWhatIsWrittenByHandIsEscaped(t *testing.T) {
	t.Parallel()
	const hostile = `<i>"x"</i> & 'y'`
	const escaped = `&lt;i&gt;&#34;x&#34;&lt;/i&gt; &amp; &#39;y&#39;`
	at := time.Date(2026, 3, 3, 23, 30, 0, 0, time.FixedZone("", -3*60*60))
	for name, test := range map[string]struct {
		component templ.Component
		want      string
	}{
		"text":   {views.Text(hostile), escaped},
		"moment": {views.Time{At: at, Text: hostile}, `<time datetime="2026-03-04T02:30:00Z">` + escaped + `</time>`},
		"day":    {views.Time{At: at, Day: true, Text: "x"}, `<time datetime="2026-03-03">x</time>`},
		"avatar": {
			views.Avatar(store.Person{ID: "1", Name: `<Ana> "Ñ"`}),
			`<span class="avatar avatar-4" aria-hidden="true">AÑ</span>`,
		},
	} {
		var b strings.Builder
		if err := test.component.Render(t.Context(), &b); err != nil || b.String() != test.want {
			t.Errorf("%s: %v, %s, want %s", name, err, b.String(), test.want)
		}
	}
}

func TestAnIconThatIsMissingIsBlank(t *testing.T) {
	t.Parallel()
	var known, missing strings.Builder
	if err := views.Icon("home").Render(t.Context(), &known); err != nil {
		t.Fatal(err)
	}
	if err := views.Icon("no such icon").Render(t.Context(), &missing); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(known.String(), "<path") || !strings.HasPrefix(missing.String(), "<svg") ||
		strings.Contains(missing.String(), "<path") {
		t.Errorf("%s, %s", known.String(), missing.String())
	}
}

func TestATextInAnotherLanguageSaysSo(t *testing.T) {
	t.Parallel()
	ctx := i18n.WithLang(t.Context(), "en")
	for lang, want := range map[string]string{"pt": ` lang="pt-BR"`, "es": ` lang="es"`, "en": "", "": "", "xx": ""} {
		var b strings.Builder
		if err := templ.RenderAttributes(ctx, &b, views.InLanguage(ctx, lang)); err != nil || b.String() != want {
			t.Errorf("%q: %v, %q, want %q", lang, err, b.String(), want)
		}
	}
}
