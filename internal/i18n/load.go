package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed en.json pt.json es.json
var shared embed.FS

// Load reads the texts that all pages share and those in the other file systems, each of
// which has a file for every language or is nil. It fails if a key occurs twice.
func Load(others ...fs.FS) (*Texts, error) {
	all := &Texts{speakers: map[string]*speaker{}}
	for _, lang := range Languages {
		texts := map[string]text{}
		for _, files := range append([]fs.FS{shared}, others...) {
			if files == nil {
				continue
			}
			if err := read(files, lang+".json", texts); err != nil {
				return nil, fmt.Errorf("read the texts in %s: %w", lang, err)
			}
		}
		s := &speaker{all: all, lang: lang, texts: texts, printer: message.NewPrinter(language.MustParse(tags[lang]))}
		if lang != Default { // what is missing is said in the default language
			s.texts = maps.Clone(all.speakers[Default].texts)
			maps.Copy(s.texts, texts)
		}
		s.dates = newDates(texts)
		all.speakers[lang] = s
	}
	return all, nil
}

// newDates puts the form of a date into those around it, so that each is filled once.
func newDates(texts map[string]text) (d dates) {
	for month := time.January; month <= time.December; month++ {
		d.months[month] = texts["date.month."+fmt.Sprintf("%02d", month)].other.fill()
	}
	for weekday := range d.weekdays {
		d.weekdays[weekday] = texts["date.weekday."+strconv.Itoa(weekday)].other.fill()
	}
	d.long = texts["date.long"].other
	d.day, _ = compile(texts["date.day"].other.fill("Date", d.long.fill()))
	d.moment, _ = compile(texts["date.time"].other.fill("Date", d.long.fill()))
	return d
}

// read adds the texts of a file.
func read(files fs.FS, name string, texts map[string]text) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	var entries map[string]entry
	if err := json.Unmarshal(content, &entries); err != nil {
		return err
	}
	for key, e := range entries {
		if _, twice := texts[key]; twice {
			return fmt.Errorf("two have the key %s", key)
		}
		if texts[key], err = e.compile(); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

// entry is a text as it stands in a file: a string, or an object with its plural forms.
type entry struct{ One, Many, Other string }

func (e *entry) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &e.Other) == nil {
		return nil
	}
	type forms entry // without this method
	return json.Unmarshal(data, (*forms)(e))
}

func (e entry) compile() (t text, err error) {
	if e.Other == "" {
		return text{}, errors.New("it has no text for most numbers")
	}
	if t.other, err = compile(e.Other); err != nil {
		return text{}, err
	}
	t.one, t.many = t.other, t.other
	if e.One != "" {
		if t.one, err = compile(e.One); err != nil {
			return text{}, err
		}
	}
	if e.Many != "" {
		t.many, err = compile(e.Many)
	}
	return t, err
}

// compile cuts a form at its placeholders, such as {{.Name}}.
func compile(source string) (form, error) {
	f := form{}
	for rest := source; ; {
		literal, after, found := strings.Cut(rest, "{{.")
		f = append(f, literal)
		if !found {
			return f, nil
		}
		name, after, closed := strings.Cut(after, "}}")
		if !closed {
			return nil, fmt.Errorf("a placeholder has no end: %q", source)
		}
		f, rest = append(f, name), after
	}
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
