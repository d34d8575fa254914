package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed en.json pt.json es.json
var shared embed.FS

// Load reads the texts that all pages share and those in the other file systems, each of
// which has a file for every language or is nil. It fails if a key occurs twice.
func Load(others ...fs.FS) (*Texts, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	all := &Texts{speakers: map[string]*speaker{}}
	for _, lang := range Languages {
		var messages []*i18n.Message
		for _, files := range append([]fs.FS{shared}, others...) {
			if files == nil {
				continue
			}
			file, err := bundle.LoadMessageFileFS(files, lang+".json")
			if err != nil {
				return nil, fmt.Errorf("read the texts in %s: %w", lang, err)
			}
			messages = append(messages, file.Messages...)
		}
		s := &speaker{all: all, lang: lang, texts: map[string]string{}, localizer: i18n.NewLocalizer(bundle, lang)}
		s.printer = message.NewPrinter(language.MustParse(tags[lang]))
		known := map[string]bool{}
		for _, m := range messages {
			if known[m.ID] {
				return nil, fmt.Errorf("two texts in %s have the key %s", lang, m.ID)
			}
			known[m.ID] = true
			text, err := s.localizer.Localize(&i18n.LocalizeConfig{MessageID: m.ID})
			if err == nil && text == m.Other && m.One == "" {
				s.texts[m.ID] = text
			}
		}
		all.speakers[lang] = s
	}
	return all, nil
}

// sharedTexts are used where a context has no texts. They are compiled in, so that an error
// can only be a mistake in the tree, which every test shows.
var sharedTexts = func() *Texts {
	texts, err := Load()
	if err != nil {
		panic("i18n: " + err.Error())
	}
	return texts
}()
