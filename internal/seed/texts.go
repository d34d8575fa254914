package seed

import (
	"embed"
	"fmt"
	"strings"

	"github.com/carameloai/intranet/internal/store"
)

// translations reads a text in every language, from the files path.<lang>.md.
// They are compiled in, so an error is a mistake in the tree.
func translations(files embed.FS, path string) (all []store.Written) {
	for _, lang := range languages {
		name := path + "." + lang + ".md"
		text, err := files.ReadFile(name)
		if err != nil {
			panic("seed: " + err.Error())
		}
		t, err := parse(lang, string(text))
		if err != nil {
			panic(fmt.Sprintf("seed: %s: %v", name, err))
		}
		all = append(all, t)
	}
	return all
}

// parse reads an announcement or a policy. It is strict, so that a slip in a
// file is an error and not a page that looks odd.
func parse(lang, text string) (store.Written, error) {
	t := store.Written{Lang: lang}
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
		return t, fmt.Errorf("has no title")
	case t.Summary == "" || strings.ContainsAny(t.Summary[:1], "#-*>"):
		return t, fmt.Errorf("has no summary: a paragraph of plain text under the title")
	case t.Body == "":
		return t, fmt.Errorf("has no body under the summary")
	}
	return t, nil
}
