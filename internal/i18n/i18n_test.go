package i18n

import (
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// computed matches the beginning of keys that are put together at run time: a literal
// that ends with a dot.
var computed = regexp.MustCompile("[\"`]((?:[a-z0-9_]+\\.)+)[\"`]")

// catalogue reads a language's texts by key and plural form; a text without
// plurals has the form "other" alone.
func catalogue(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	tree := os.DirFS("../..")
	texts, names := map[string]map[string]string{}, 0
	err := fs.WalkDir(tree, "internal", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() == "node_modules" {
			return cmp.Or(err, fs.SkipDir)
		}
		if base := entry.Name(); base != lang+".json" && !strings.HasSuffix(base, "."+lang+".json") {
			return nil
		}
		names++
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(content, &raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, value := range raw {
			var text string
			forms := map[string]string{}
			if json.Unmarshal(value, &text) == nil {
				forms["other"] = text
			} else if err := json.Unmarshal(value, &forms); err != nil {
				t.Fatalf("%s %s: %v", name, key, err)
			}
			if texts[key] != nil {
				t.Errorf("%s: %s is in another catalogue, too", name, key)
			}
			texts[key] = forms
		}
		return nil
	})
	if err != nil || names == 0 {
		t.Fatalf("%s: %d catalogues, %v", lang, names, err)
	}
	return texts
}

func TestCataloguesHaveTheSameKeys(t *testing.T) {
	want := slices.Sorted(maps.Keys(catalogue(t, Default)))
	for _, lang := range Languages {
		got := catalogue(t, lang)
		for _, key := range want {
			if got[key] == nil {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
		if len(got) != len(want) {
			for key := range got {
				if !slices.Contains(want, key) {
					t.Errorf("%s: %s is in no other catalogue", lang, key)
				}
			}
		}
	}
}

func TestNoTextIsEmpty(t *testing.T) {
	for _, lang := range Languages {
		for key, forms := range catalogue(t, lang) {
			for form, text := range forms {
				if strings.TrimSpace(text) != text || text == "" {
					t.Errorf("%s: %s (%s) is empty or has space around it", lang, key, form)
				}
			}
		}
	}
}

// A plural needs every form that its language has: English two, Portuguese and
// Spanish a third for millions.
func TestPluralsHaveTheFormsOfTheirLanguage(t *testing.T) {
	forms := map[string][]string{"en": {"one", "other"}, "pt": {"many", "one", "other"}, "es": {"many", "one", "other"}}
	english := catalogue(t, Default)
	for _, lang := range Languages {
		for key, texts := range catalogue(t, lang) {
			want := []string{"other"}
			if len(english[key]) > 1 {
				want = forms[lang]
			}
			if got := slices.Sorted(maps.Keys(texts)); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the forms %v, want %v", lang, key, got, want)
			}
		}
	}
}

func TestPlaceholdersAreTheSameInEveryLanguage(t *testing.T) {
	english := catalogue(t, Default)
	for _, lang := range Languages {
		for key, texts := range catalogue(t, lang) {
			want := placeholders(english[key]["other"])
			for form, text := range texts {
				if got := placeholders(text); !slices.Equal(got, want) {
					t.Errorf("%s: %s (%s) has the placeholders %v, want %v", lang, key, form, got, want)
				}
			}
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func placeholders(text string) (names []string) {
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

var (
	call    = regexp.MustCompile(`i18n\.[TN]\((?:ctx|[\w.]+\(\)), "([^"]+)"\s*[,)]`)
	literal = regexp.MustCompile(`"([a-z0-9]+(?:\.[a-z0-9]+)+)"`)
)

// sources reads every template and Go file of the tree that people write.
func sources(t *testing.T) (all string) {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "tmp" || name == "node_modules" || strings.HasPrefix(name, ".") && len(name) > 2) {
			return filepath.SkipDir
		}
		written := strings.HasSuffix(name, ".templ") || strings.HasSuffix(name, ".go") &&
			!strings.HasSuffix(name, "_templ.go") && !strings.HasSuffix(name, "_test.go")
		if entry.IsDir() || !written {
			return nil
		}
		content, err := os.ReadFile(path)
		b.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryKeyThatIsUsedExists(t *testing.T) {
	keys, used := catalogue(t, Default), call.FindAllStringSubmatch(sources(t), -1)
	if len(used) < 50 {
		t.Fatalf("found only %d uses: does the test still read the sources?", len(used))
	}
	for _, match := range used {
		if keys[match[1]] == nil {
			t.Errorf("%s is used and in no catalogue", match[1])
		}
	}
}

func TestEveryKeyIsUsed(t *testing.T) {
	used, beginnings, all := map[string]bool{}, map[string]bool{}, sources(t)
	for _, match := range literal.FindAllStringSubmatch(all, -1) {
		used[match[1]] = true
	}
	for _, match := range computed.FindAllStringSubmatch(all, -1) {
		beginnings[match[1]] = true
	}
	for key := range catalogue(t, Default) {
		isComputed := false
		for beginning := range beginnings {
			isComputed = isComputed || strings.HasPrefix(key, beginning)
		}
		if !used[key] && !isComputed {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func TestComputedKeysAreComplete(t *testing.T) {
	keys := catalogue(t, Default)
	var want []string
	for month := time.January; month <= time.December; month++ {
		want = append(want, "date.month."+time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC).Format("01"))
	}
	for _, day := range "0123456" {
		want = append(want, "date.weekday."+string(day))
	}
	for _, part := range []string{"night", "morning", "afternoon", "evening"} {
		want = append(want, "home.greeting."+part)
	}
	for _, lang := range Languages {
		want = append(want, "language."+lang, "language.inline."+lang)
	}
	for _, theme := range []string{"auto", "light", "dark"} {
		want = append(want, "theme."+theme)
	}
	for _, reason := range []string{"400", "403", "404", "405", "413", "422", "429", "500", "503", "csrf"} {
		want = append(want, "error."+reason+".title", "error."+reason+".text")
	}
	for _, key := range want {
		if keys[key] == nil {
			t.Errorf("%s is missing", key)
		}
	}
}

func TestPlurals(t *testing.T) {
	texts := everything(t)
	tests := []struct {
		lang  string
		count int
		want  string
	}{
		{"en", 0, "0 people found"},
		{"en", 1, "1 person found"},
		{"en", 2, "2 people found"},
		{"en", 1_000_000, "1,000,000 people found"},
		{"pt", 0, "0 pessoa encontrada"},
		{"pt", 1, "1 pessoa encontrada"},
		{"pt", 2, "2 pessoas encontradas"},
		{"pt", 1_000_000, "1.000.000 de pessoas encontradas"},
		{"es", 0, "0 personas encontradas"},
		{"es", 1, "1 persona encontrada"},
		{"es", 2, "2 personas encontradas"},
		{"es", 1_000_000, "1.000.000 de personas encontradas"},
		{"es", 1_000_001, "1.000.001 personas encontradas"},
		{"es", 2_000_000, "2.000.000 de personas encontradas"},
	}
	for _, test := range tests {
		if got := N(texts.With(t.Context(), test.lang), "people.count.found", test.count); got != test.want {
			t.Errorf("%s, %d: %q, want %q", test.lang, test.count, got, test.want)
		}
	}
	// Every plural of every language renders for every kind of number.
	for _, lang := range Languages {
		for key, forms := range catalogue(t, lang) {
			for _, count := range []int{0, 1, 2, 1_000_000} {
				if len(forms) == 1 {
					continue
				}
				more := []string{"Seconds", "30", "Asked", "30", "Connected", "30"}
				got := N(texts.With(t.Context(), lang), key, count, more...)
				if got == key || strings.Contains(got, "{{") || !strings.ContainsAny(got, "0123456789") {
					t.Errorf("%s %s, %d: %q", lang, key, count, got)
				}
			}
		}
	}
}

func TestT(t *testing.T) {
	pt := WithLang(t.Context(), "pt")
	if got := T(pt, "home.greeting.morning", "Name", "Ana <b>"); got != "Bom dia, Ana <b>" {
		t.Errorf("a placeholder came out as %q; escaping is the template's job", got)
	}
	if got := T(pt, "no.such.key"); got != "no.such.key" {
		t.Errorf("a missing text is %q, want its key", got)
	}
	if got := T(t.Context(), "nav.home"); got != "Home" {
		t.Errorf("without a language: %q", got)
	}
	if got := Lang(WithLang(t.Context(), "xx")); got != Default {
		t.Errorf("an unknown language is %q, want %q", got, Default)
	}
}

func TestAPlaceholderWithoutAValueStays(t *testing.T) {
	if got, want := T(t.Context(), "home.greeting.morning", "Nome", "Ana"), "Good morning, {{.Name}}"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestACatalogueThatIsWrongDoesNotLoad(t *testing.T) {
	for want, content := range map[string]string{
		"a placeholder has no end": `{"a": "Hello {{.Name"}`,
		"it has no text":           `{"a": {"one": "{{.Count}} day"}}`,
		"two have the key":         `{"nav.home": "Start"}`,
		"cannot unmarshal":         `{"a": 3}`,
	} {
		files := fstest.MapFS{}
		for _, lang := range Languages {
			files[lang+".json"] = &fstest.MapFile{Data: []byte(content)}
		}
		if _, err := Load(files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", content, err, want)
		}
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("files that are missing load")
	}
}

// A text that the default language alone has is shown in it.
func TestATextThatALanguageLacksComesInTheDefaultOne(t *testing.T) {
	files := fstest.MapFS{"en.json": {Data: []byte(`{"a": "Hello"}`)}, "pt.json": {Data: []byte(`{}`)},
		"es.json": {Data: []byte(`{"a": "Hola"}`)}}
	texts, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "Hello", "pt": "Hello", "es": "Hola"} {
		if got := T(texts.With(t.Context(), lang), "a"); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

// Pages have hundreds of texts: one with placeholders takes memory for itself, one without takes none.
func TestTextsTakeNoMoreMemoryThanTheyNeed(t *testing.T) {
	ctx, day := WithLang(t.Context(), "pt"), time.Date(2026, 3, 3, 14, 5, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		most float64
		say  func() string
	}{
		"a text":           {0, func() string { return T(ctx, "nav.home") }},
		"with a name":      {1, func() string { return T(ctx, "home.greeting.morning", "Name", "Ana") }},
		"a date":           {2, func() string { return Date(ctx, day) }}, // and its year
		"with its weekday": {2, func() string { return WeekdayDate(ctx, day) }},
		"and time":         {3, func() string { return DateTime(ctx, day) }},
	} {
		if got := testing.AllocsPerRun(100, func() { _ = test.say() }); got > test.most {
			t.Errorf("%s: %v allocations, at most %v are wanted", name, got, test.most)
		}
	}
}

func TestTags(t *testing.T) {
	for lang, want := range map[string]string{"en": "en", "pt": "pt-BR", "es": "es"} {
		ctx := WithLang(t.Context(), lang)
		if Tag(ctx) != want || Lang(ctx) != lang {
			t.Errorf("%s: tag %q, language %q", lang, Tag(ctx), Lang(ctx))
		}
		if !Supported(lang) {
			t.Errorf("%s is not supported", lang)
		}
	}
	if Supported("fr") || Supported("") {
		t.Error("a language without a catalogue is supported")
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"":                                    "en",
		"pt-BR,pt;q=0.9,en;q=0.8":             "pt",
		"pt-PT":                               "pt",
		"pt":                                  "pt",
		"es-419,es;q=0.9":                     "es",
		"es-MX":                               "es",
		"en-GB":                               "en",
		"fr-FR":                               "en",
		"fr-FR,es;q=0.5":                      "es",
		"en;q=0.3,pt;q=0.9":                   "pt",
		"*":                                   "en",
		"not a header;;;q=":                   "en",
		strings.Repeat("x", 5000):             "en",
		"de,pt-BR;q=0.7,es;q=0.8,en;q=0.1":    "es",
		"pt-br":                               "pt",
		"zh-Hant-TW,ja;q=0.9,ko;q=0.8,*;q=.1": "en",
	} {
		if got := Match(header); got != want {
			t.Errorf("%.40q: %s, want %s", header, got, want)
		}
	}
}

func TestDate(t *testing.T) {
	day := time.Date(2026, 3, 3, 23, 0, 0, 0, time.UTC)
	for lang, want := range map[string]string{
		"en": "3 March 2026",
		"pt": "3 de março de 2026",
		"es": "3 de marzo de 2026",
	} {
		if got := Date(WithLang(context.Background(), lang), day); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	for lang, want := range map[string]string{
		"en": "1 March 2026",
		"pt": "1º de março de 2026",
		"es": "1 de marzo de 2026",
	} {
		if got := Date(WithLang(context.Background(), lang), day.AddDate(0, 0, -2)); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

// everything are the texts of the frame with those of every feature.
func everything(t *testing.T) *Texts {
	t.Helper()
	folders, err := filepath.Glob("../*/*/en.json")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../*/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var files []fs.FS
	for _, name := range append(folders, more...) {
		if folder := filepath.Dir(name); folder != "../i18n" {
			files = append(files, os.DirFS(folder))
		}
	}
	texts, err := Load(files...)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
