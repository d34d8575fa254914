// Package contenttest tests what all kinds of texts have in common: how they are
// written, translated, edited by two at once, and confirmed. A feature says once how
// its form looks and where its texts are. It is for tests only.
package contenttest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/webtest"
)

// Kind is what the tests need to know of a kind of text.
type Kind struct {
	webtest.Fixture
	Kind content.Kind
	// Fields are the form of a new text in English, called "Lunch", whose body is "From
	// **Monday**.". Once it is published, everybody sees it, and need not read it.
	Fields func() url.Values
	// Publish shows a text to its readers, where the form does not.
	Publish func(b *webtest.Browser, slug string)
	// Wrong are values of other fields than those of the text that do not fit, in a form
	// that has the fields of Filled, too.
	Wrong  []Wrong
	Filled url.Values
	// Extra are columns that no form can set, and a condition that they are as they
	// should be.
	Extra string
	// Table and Texts are the tables, Acknowledgements who has confirmed, Key the
	// column that refers to the first.
	Table, Texts, Acknowledgements, Key string
}

// Wrong is a value of a field that does not fit, and the field that is wrong then.
type Wrong struct{ Field, Value, At string }

// Check tests it.
func Check(t *testing.T, k Kind) {
	for name, check := range map[string]func(*testing.T, Kind){
		"its Markdown cannot run":                   checkMarkdown,
		"it is previewed, and nothing is saved":     checkPreview,
		"a text that would grow is refused":         checkGrowing,
		"what does not fit comes back":              checkForm,
		"the longest text is taken":                 checkLongest,
		"a second editor's text is not lost":        checkConflict,
		"translations are added and removed":        checkTranslations,
		"what somebody deleted is saved anew":       checkGone,
		"its slug is of its first title":            checkSlugs,
		"other fields of the form change nothing":   checkExtra,
		"only editors are offered to change it":     checkOffers,
		"readers change nothing":                    checkReaders,
		"readers confirm what must be read":         checkConfirming,
		"a new edition is confirmed anew":           checkEditions,
		"what the page showed is what is confirmed": checkShown,
		"who has yet to confirm is listed":          checkMissing,
		"who has confirmed is exported":             checkExport,
		"that list is read from an index":           checkMissingPlan,
		"a confirmation cannot be taken back":       checkEvidence,
		"it is found in the language it has there":  checkFound,
		"it is found by what its page reads":        checkOnPage,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); check(t, k) })
	}
}

// start runs an intranet in which nobody has confirmed anything.
func (k Kind) start(t *testing.T) *webtest.Intranet {
	t.Helper()
	i := k.Start(t, webtest.Options{})
	i.Exec(`DELETE FROM ` + k.confirmed()) // and with each text who has confirmed it
	return i
}

// fields are the form with other values, given as pairs.
func (k Kind) fields(pairs ...string) url.Values {
	form := k.Fields()
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// mustRead is the form of a text that must be read.
func (k Kind) mustRead(pairs ...string) url.Values {
	return k.fields(append([]string{"must_read", "yes"}, pairs...)...)
}

// write posts the form of a new text, shows it to its readers, and returns its slug.
func (k Kind) write(b *webtest.Browser, form url.Values) (slug string) {
	b.I.T.Helper()
	slug = k.draft(b, form)
	if k.Publish != nil {
		k.Publish(b, slug)
	}
	return slug
}

// draft posts the form of a new text.
func (k Kind) draft(b *webtest.Browser, form url.Values) (slug string) {
	b.I.T.Helper()
	res := b.Post(k.Kind.List, form)
	if res.StatusCode != http.StatusSeeOther {
		b.I.T.Fatalf("%d: %s", res.StatusCode, res.HTML(b.I.T).Find(".field-error").Text())
	}
	return strings.TrimPrefix(res.Header.Get("Location"), k.Kind.List+"/")
}

// version is the version of a text, for a form that was made from it.
func (k Kind) version(i *webtest.Intranet, slug string) string {
	i.T.Helper()
	return i.First(`SELECT version::text FROM `+k.Table+` WHERE slug = $1`, slug)
}

// at is a form that was made from a version.
func at(version string, form url.Values) url.Values {
	if form == nil {
		form = url.Values{}
	}
	form.Set("version", version)
	return form
}

// title is the heading of a text's page as somebody sees it.
func (k Kind) title(b *webtest.Browser, slug string) string {
	b.I.T.Helper()
	return b.Get(k.Kind.Show.Of(slug)).HTML(b.I.T).Find("h1").Text()
}
