// Package i18n gives every text of the intranet in the language of its reader. The texts
// are in catalogues, one for each language: those that all pages share in en.json, pt.json
// and es.json here, those of a feature in files of the same names in its folder. All
// languages have the same keys, which a test compares.
//
// The language and its texts are in the context, so that a template needs no parameter for
// them.
package i18n

import (
	"context"
	"regexp"
	"strconv"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Default is the language for everybody whose own one the intranet does not have.
const Default = "en"

// Languages are the languages of the intranet, in the order in which they are offered.
var Languages = []string{"en", "pt", "es"}

// tags are the languages as tags for a lang attribute. The Portuguese is that of Brazil.
var tags = map[string]string{"en": "en", "pt": "pt-BR", "es": "es"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.BrazilianPortuguese, language.Spanish})

// Texts are the catalogues of one server.
type Texts struct {
	speakers map[string]*speaker // by language
}

// speaker has all that is needed for one language.
type speaker struct {
	all     *Texts
	lang    string
	texts   map[string]text
	dates   dates
	printer *message.Printer
}

// text is an entry of a catalogue. One without plurals has the same form for every number.
type text struct{ one, many, other form }

// form is a form of a text, cut at its placeholders: what stands before the first, its name,
// what stands between it and the second, and so on. The names have odd indexes.
type form []string

// dates are the texts that dates are made of.
type dates struct {
	months            [13]string // by time.Month
	weekdays          [7]string
	long, day, moment form // of a date alone, with its weekday, and with the time of day
}

type contextKey struct{}

// With returns a context that speaks lang with these texts, or the default
// language if lang is not one of ours.
func (t *Texts) With(ctx context.Context, lang string) context.Context {
	s, ok := t.speakers[lang]
	if !ok {
		s = t.speakers[Default]
	}
	return context.WithValue(ctx, contextKey{}, s)
}

// WithLang returns a context that speaks another language with the same texts.
func WithLang(ctx context.Context, lang string) context.Context {
	return from(ctx).all.With(ctx, lang)
}

func from(ctx context.Context) *speaker {
	if s, ok := ctx.Value(contextKey{}).(*speaker); ok {
		return s
	}
	return sharedTexts.speakers[Default]
}

// Lang is the base tag of the context's language: en, pt or es.
func Lang(ctx context.Context) string { return from(ctx).lang }

// Tag is the context's language for a lang attribute, such as pt-BR.
func Tag(ctx context.Context) string { return tags[Lang(ctx)] }

// TagOf is lang as a tag, such as pt-BR.
func TagOf(lang string) string {
	if tag, ok := tags[lang]; ok {
		return tag
	}
	return tags[Default]
}

// Supported reports whether the intranet has this language.
func Supported(lang string) bool { return tags[lang] != "" }

// Match returns the language of the intranet that fits an Accept-Language header best.
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
func T(ctx context.Context, key string, pairs ...string) string {
	t, ok := from(ctx).texts[key]
	if !ok {
		return key // it is shown for a missing text; the tests fail on it
	}
	return t.other.fill(pairs...)
}

// fill returns the form with the values of its placeholders, which come as pairs. One without
// a value stays what it is in the catalogue.
func (f form) fill(pairs ...string) string {
	if len(f) == 1 {
		return f[0]
	}
	var space [256]byte // most texts are shorter, and need no memory but the result's
	filled := append(space[:0], f[0]...)
	for i := 1; i < len(f); i += 2 {
		filled = append(filled, value(f[i], pairs)...)
		filled = append(filled, f[i+1]...)
	}
	return string(filled)
}

func value(name string, pairs []string) string {
	for i := 1; i < len(pairs); i += 2 {
		if pairs[i-1] == name {
			return pairs[i]
		}
	}
	return "{{." + name + "}}"
}

// Date writes a day in full: 3 March 2026, 3 de março de 2026.
func Date(ctx context.Context, t time.Time) string {
	s := from(ctx)
	return s.date(s.dates.long, t, "")
}

// DateTime writes a moment with its day, as a clock in its zone shows it.
func DateTime(ctx context.Context, t time.Time) string {
	s := from(ctx)
	return s.date(s.dates.moment, t, Clock(t))
}

// WeekdayDate writes a day with its weekday: Tuesday, 3 March 2026.
func WeekdayDate(ctx context.Context, t time.Time) string {
	s := from(ctx)
	return s.date(s.dates.day, t, "")
}

// date fills one of the forms of dates. The first of a month is an ordinal in Portuguese.
func (s *speaker) date(f form, t time.Time, clock string) string {
	year, month, day := t.Date()
	number := strconv.Itoa(day)
	if day == 1 && s.lang == "pt" {
		number = "1º"
	}
	return f.fill(
		"Weekday", s.dates.weekdays[t.Weekday()], "Day", number, "Month", s.dates.months[month],
		"Year", strconv.Itoa(year), "Time", clock,
	)
}

// Clock writes the time of day, where t is: 14:05.
func Clock(t time.Time) string {
	hour, minute, _ := t.Clock()
	return string([]byte{digit(hour / 10), digit(hour % 10), ':', digit(minute / 10), digit(minute % 10)})
}

func digit(n int) byte { return byte('0' + n) }

// DateSpan writes the days from first to last: Tuesday, 3 March 2026, or 3 March
// 2026 to 5 March 2026.
func DateSpan(ctx context.Context, first, last time.Time) string {
	if SameDay(first, last) {
		return WeekdayDate(ctx, first)
	}
	return T(ctx, "date.span", "First", Date(ctx, first), "Last", Date(ctx, last))
}

// SameDay reports whether two moments are on the same day, each in its own zone.
func SameDay(a, b time.Time) bool { return a.Year() == b.Year() && a.YearDay() == b.YearDay() }

var locations sync.Map // *time.Location by name, because reading one takes longer than a query

// zoneNames are those of places and of UTC. What else stands among the files of zones begins
// in small letters: localtime, which is the machine's own, posixrules, and the same zones once
// more with other seconds, right/Europe/Madrid.
var zoneNames = regexp.MustCompile(`^[A-Z]`)

// Zone returns the time zone with that IANA name, and UTC and false where there
// is none: Local is the machine's own for Go, and Factory means that nobody has set one.
func Zone(name string) (*time.Location, bool) {
	if known, ok := locations.Load(name); ok {
		return known.(*time.Location), true
	}
	if !zoneNames.MatchString(name) || name == "Local" || name == "Factory" || len(name) > 64 {
		return time.UTC, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, false
	}
	locations.Store(name, zone)
	return zone, true
}
