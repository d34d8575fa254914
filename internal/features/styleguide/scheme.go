package styleguide

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"

	"github.com/a-h/templ"
)

var (
	references = regexp.MustCompile(` (id|for|aria-labelledby|aria-describedby|aria-controls)="([^"]*)"`)
	navigation = regexp.MustCompile(`<nav([^>]*) aria-label="([^"]*)"`)
	formTag    = regexp.MustCompile(`<form([^>]*)>`)
	formClass  = regexp.MustCompile(` class="[^"]*"`)
	hidden     = regexp.MustCompile(`<input type="hidden"[^>]*>`)
	heading    = regexp.MustCompile(`<(/?)h1\b`)
	section    = regexp.MustCompile(`<section([^>]*?)(?: aria-labelledby="[^"]*")`)
)

// in is a component as it looks in a scheme. The same one is on the page twice: so its ids begin
// with the scheme, it is no section of the page, its navigation says the scheme, and its forms
// lead back to the page and send nothing.
func in(scheme, called string, body templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var out bytes.Buffer
		if err := body.Render(ctx, &out); err != nil {
			return err
		}
		html := references.ReplaceAllStringFunc(out.String(), func(attribute string) string {
			name, ids, _ := strings.Cut(strings.TrimSuffix(attribute, `"`), `="`)
			all := strings.Fields(ids)
			for i, id := range all {
				all[i] = scheme + "-" + id
			}
			return name + `="` + strings.Join(all, " ") + `"`
		})
		html = strings.ReplaceAll(html, ` href="#`, ` href="#`+scheme+"-")
		html = navigation.ReplaceAllString(html, `<nav$1 aria-label="$2 (`+called+`)"`)
		html = formTag.ReplaceAllStringFunc(html, func(tag string) string {
			return `<form method="get" action="` + Index + `"` + formClass.FindString(tag) + `>`
		})
		html = hidden.ReplaceAllString(html, "")
		html = section.ReplaceAllString(html, "<section$1")
		html = strings.NewReplacer("<section", "<div", "</section>", "</div>").Replace(html)
		html = heading.ReplaceAllString(html, "<${1}h4")
		html = strings.ReplaceAll(html, " autofocus", "")
		_, err := io.WriteString(w, html)
		return err
	})
}
