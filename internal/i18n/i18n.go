// Package i18n gives every text of the intranet in the language of the person
// who reads it. The texts live in catalogues: what all pages share in one for
// each language (en.json, pt.json, es.json), what belongs to a noun in one of
// its own (events.en.json). All languages have the same keys; a test compares
// them.
//
// The language travels in the context, so that a template needs no parameter
// for it.
package i18n

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Default is the language of last resort.
const Default = "en"

// Languages are the base tags that the intranet speaks, in the order in which
// they are offered.
var Languages = []string{"en", "pt", "es"}

//go:embed *.json
var catalogues embed.FS

// A speaker is all that is needed to speak one language.
type speaker struct {
	tag       string            // for the lang attribute: pt is Brazilian
	texts     map[string]string // messages without a plural or a placeholder, ready to print
	localizer *i18n.Localizer
	printer   *message.Printer
}

var (
	speakers = load()
	matcher  = language.NewMatcher([]language.Tag{language.English, language.BrazilianPortuguese, language.Spanish})
)

// load reads the catalogues. They are compiled in, so an error is a mistake in
// the tree that every test run shows.
func load() map[string]*speaker {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	all := map[string]*speaker{}
	for _, lang := range Languages {
		names, err := fs.Glob(catalogues, "*"+lang+".json")
		var messages []*i18n.Message
		for _, name := range names {
			file, e := bundle.LoadMessageFileFS(catalogues, name)
			if e != nil {
				err = e
				break
			}
			messages = append(messages, file.Messages...)
		}
		if err != nil {
			panic(fmt.Sprintf("i18n: read the %s catalogues: %v", lang, err))
		}
		s := &speaker{tag: lang, texts: map[string]string{}, localizer: i18n.NewLocalizer(bundle, lang)}
		if lang == "pt" {
			s.tag = "pt-BR"
		}
		s.printer = message.NewPrinter(language.MustParse(s.tag))
		for _, m := range messages {
			if text, err := s.localizer.Localize(&i18n.LocalizeConfig{MessageID: m.ID}); err == nil && text == m.Other && m.One == "" {
				s.texts[m.ID] = text
			}
		}
		all[lang] = s
	}
	return all
}

type contextKey struct{}

// WithLang returns a context that speaks lang, or the default language if lang
// is not one of ours.
func WithLang(ctx context.Context, lang string) context.Context {
	s, ok := speakers[lang]
	if !ok {
		s = speakers[Default]
	}
	return context.WithValue(ctx, contextKey{}, s)
}

func from(ctx context.Context) *speaker {
	if s, ok := ctx.Value(contextKey{}).(*speaker); ok {
		return s
	}
	return speakers[Default]
}

// Lang is the base tag of the context's language: en, pt or es.
func Lang(ctx context.Context) string { return from(ctx).tag[:2] }

// Tag is the context's language for a lang attribute, such as pt-BR.
func Tag(ctx context.Context) string { return from(ctx).tag }

// TagOf is lang as a tag, such as pt-BR: our Portuguese is Brazilian.
func TagOf(lang string) string { return Tag(WithLang(context.Background(), lang)) }

// Supported reports whether lang is one of ours.
func Supported(lang string) bool { return speakers[lang] != nil }

// Match returns the language of ours that fits an Accept-Language header best.
func Match(acceptLanguage string) string {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Default
	}
	_, index, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return Default
	}
	return Languages[index]
}

// T returns the text with that key. Placeholders are given as pairs:
// T(ctx, "home.greeting", "Name", person.Name).
func T(ctx context.Context, key string, pairs ...any) string {
	s := from(ctx)
	if text, ok := s.texts[key]; ok {
		return text
	}
	return s.localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: data(pairs)})
}

// N returns the text with that key in the plural form that fits count, which
// the text may show as {{.Count}}.
func N(ctx context.Context, key string, count int, pairs ...any) string {
	s := from(ctx)
	return s.localize(&i18n.LocalizeConfig{
		MessageID:    key,
		PluralCount:  count,
		TemplateData: data(append(pairs, "Count", s.printer.Sprint(count))),
	})
}

// Number writes a number as the context's language does: 1,000 or 1.000.
func Number(ctx context.Context, n int) string { return from(ctx).printer.Sprint(n) }

func (s *speaker) localize(config *i18n.LocalizeConfig) string {
	text, err := s.localizer.Localize(config)
	if text == "" && err != nil {
		return config.MessageID // a missing text is seen, not an empty page; the tests fail on it
	}
	return text
}

func data(pairs []any) map[string]any {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// Date writes a day in full: 3 March 2026, 3 de março de 2026.
func Date(ctx context.Context, t time.Time) string {
	return T(ctx, "date.long", "Day", day(ctx, t), "Month", T(ctx, "date.month."+t.Format("01")), "Year", t.Year())
}

// day is the number of a day; the first of a month is an ordinal in Portuguese.
func day(ctx context.Context, t time.Time) string {
	if t.Day() == 1 && Lang(ctx) == "pt" {
		return "1º"
	}
	return strconv.Itoa(t.Day())
}

// DateTime writes a moment with its day, as a clock in its zone shows it.
func DateTime(ctx context.Context, t time.Time) string {
	return T(ctx, "date.time", "Date", Date(ctx, t), "Time", Clock(t))
}
