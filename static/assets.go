package static

import "github.com/carameloai/intranet/internal/paths"

// Assets are the files of one server, each with a URL that changes with its
// content. Browsers may keep what they have for as long as they like.
type Assets struct {
	Links Links
	files map[string][]byte
	urls  map[string]string
}

// Links are the addresses of the files that pages load.
type Links struct {
	Style, Brand, Logo   string
	App, Forms, Reports  string   // our own scripts
	Assistant, Questions string   // those of pages with the chat
	Scripts              []string // those of the parts
}

// File is the content of a file.
func (a *Assets) File(name string) (content []byte, found bool) {
	content, found = a.files[name]
	return content, found
}

// URL is the address of a file, with a hash of its content.
func (a *Assets) URL(name string) string {
	if url, ok := a.urls[name]; ok {
		return url
	}
	return paths.Static + name
}
