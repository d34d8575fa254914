package static

import "github.com/carameloai/intranet/internal/paths"

// Assets are the files of one server, each with a URL that changes with its
// content. Browsers may keep what they have for as long as they like.
type Assets struct {
	files   map[string][]byte
	urls    map[string]string
	scripts []string // of the parts
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

// Style is the address of the style sheet of all parts.
func (a *Assets) Style() string { return a.URL(styleName) }

// Scripts are the addresses of the parts' scripts.
func (a *Assets) Scripts() (urls []string) {
	for _, name := range a.scripts {
		urls = append(urls, a.URL(name))
	}
	return urls
}
