package content

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
)

// DemoTexts reads a text of the demo company in every language, from the files
// path.<lang>.md. Each begins with "# Title" and a paragraph that is the summary;
// the rest is the body. They are compiled in, so that an error is a mistake in the
// tree: it panics.
func DemoTexts(c store.Company, files fs.FS, path string) (all []Text) {
	for _, lang := range i18n.Languages {
		name := path + "." + lang + ".md"
		text, err := fs.ReadFile(files, name)
		if err != nil {
			panic("content: " + err.Error())
		}
		t, err := parse(lang, c.Says(string(text)))
		if err != nil {
			panic(fmt.Sprintf("content: %s: %v", name, err))
		}
		all = append(all, t)
	}
	return all
}

// parse reads a text. It is strict, so that a slip in a file is an error and not a
// page that looks odd.
func parse(lang, text string) (Text, error) {
	t := Text{Lang: lang}
	head, rest, _ := strings.Cut(text, "\n\n")
	title, ok := strings.CutPrefix(head, "# ")
	if !ok || strings.Contains(title, "\n") {
		return t, fmt.Errorf("begins with %q, not with one line \"# Title\" and an empty line", head)
	}
	summary, body, _ := strings.Cut(rest, "\n\n")
	t.Title = strings.TrimSpace(title)
	t.Summary = strings.Join(strings.Fields(summary), " ") // one line, however the file is wrapped
	t.Body = strings.TrimSpace(body)
	switch {
	case t.Title == "":
		return t, errors.New("has no title")
	case t.Summary == "" || strings.ContainsAny(t.Summary[:1], "#-*>"):
		return t, errors.New("has no summary: a paragraph of plain text under the title")
	case t.Body == "":
		return t, errors.New("has no body under the summary")
	}
	return t, nil
}
