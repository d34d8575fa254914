package static

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/carameloai/intranet/static/brand"
)

// styleName is the style sheet of all parts.
const styleName = "style.css"

// Parts are what features add to the static files.
type Parts struct {
	styles  []string
	scripts []fs.FS
}

// Add adds a style sheet, "" for none, and scripts, nil for none.
func (p *Parts) Add(style string, scripts fs.FS) {
	if style != "" {
		p.styles = append(p.styles, style)
	}
	if scripts != nil {
		p.scripts = append(p.scripts, scripts)
	}
}

// New returns our own files, with those of the parts. All styles but the brand's
// are one file, so that a page loads them at once.
func New(parts Parts) (*Assets, error) {
	a := &Assets{files: map[string]*file{}}
	if err := a.addAll(FS); err != nil {
		return nil, err
	}
	for _, scripts := range parts.scripts {
		names, err := fs.Glob(scripts, "*.js")
		if err != nil {
			return nil, err
		}
		if err := a.addAll(scripts); err != nil {
			return nil, err
		}
		for _, name := range names {
			a.Links.Scripts = append(a.Links.Scripts, a.URL(name))
		}
	}
	sheets := append([]string{string(a.files["app.css"].content)}, parts.styles...)
	delete(a.files, "app.css")
	if err := a.add(styleName, []byte(strings.Join(sheets, "\n"))); err != nil {
		return nil, err
	}
	a.Links.Icon, a.Links.TouchIcon = a.URL("brand/favicon.svg"), a.URL("brand/touch-icon.png")
	a.Links.Manifest = a.URL(manifestName)
	a.Links.Style, a.Links.Brand, a.Links.Logo = a.URL(styleName), a.URL("brand/brand.css"), a.URL("brand/logo.svg")
	a.Links.App, a.Links.Forms = a.URL("app.js"), a.URL("forms.js")
	a.Links.Reports, a.Links.Assistant = a.URL("reports.js"), a.URL("assistant.js")
	a.Links.Questions, a.Links.SignIn = a.URL("questions.js"), a.URL("signin.js")
	return a, nil
}

func (a *Assets) addAll(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) == ".go" {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if name == manifestName {
			if content, err = named(content); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return a.add(name, content)
	})
}

// manifestName is the file that says what a phone shows that keeps the intranet among its apps.
const manifestName = "brand/manifest.webmanifest"

// named puts the company's name into a manifest that has none of its own.
func named(manifest []byte) ([]byte, error) {
	members := map[string]any{}
	if err := json.Unmarshal(manifest, &members); err != nil {
		return nil, err
	}
	for _, member := range []string{"name", "short_name"} {
		if members[member] == nil {
			members[member] = brand.Company
		}
	}
	return json.MarshalIndent(members, "", "  ")
}

func (a *Assets) add(name string, content []byte) error {
	if a.files[name] != nil {
		return fmt.Errorf("two files are called %s", name)
	}
	a.files[name] = newFile(name, content)
	return nil
}
