package provider

import (
	"html/template"
	"net/http"
)

// choice is somebody whom one can be.
type choice struct{ Name, Email, Link string }

var choosePage = template.Must(template.New("choose").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Name}}</title>
<style>
  body { max-width: 26rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
  h1 { font-size: 1.4rem; }
  li { margin: .5rem 0; }
  li a { display: block; }
  small { display: block; color: #555; }
</style>
<h1>{{.Name}}: who are you?</h1>
<p>This stands for your company’s own provider. It asks for no password.</p>
<ul>
{{range .People}}  <li><a href="{{.Link}}">{{.Name}}<small>{{.Email}}</small></a></li>
{{end}}</ul>
<p><a href="{{.Cancel}}">Cancel</a></p>
</html>
`))

// choose shows the people.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	link := func(name, value string) string {
		q := r.URL.Query()
		q.Set(name, value)
		return authorizePath + "?" + q.Encode()
	}
	page := struct {
		Name   string
		People []choice
		Cancel string
	}{Name: p.config.Name, Cancel: link("cancel", "yes")}
	p.mu.Lock()
	for _, one := range p.people {
		name, _ := one.Claims["name"].(string)
		email, _ := one.Claims["email"].(string)
		page.People = append(page.People, choice{name, email, link("as", one.Subject)})
	}
	p.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_ = choosePage.Execute(w, page)
}
