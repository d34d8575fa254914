package sandbox

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// replies.json holds the topics of the assistant. The first one that matches is
// used: questions come before greetings, and the last topic answers everything else.
// "words" is a regular expression that matches at the beginning of a word, in lower
// case and without accents. It holds the words of all languages, because people mix
// them.
//
//go:embed replies.json
var repliesJSON []byte

type topic struct {
	words *regexp.Regexp
	say   map[string]string // by language
}

var topics = func() (all []topic) {
	var entries []map[string]string
	if err := json.Unmarshal(repliesJSON, &entries); err != nil {
		panic("sandbox: replies.json: " + err.Error())
	}
	for _, e := range entries {
		all = append(all, topic{words: regexp.MustCompile(`\b(?:` + e["words"] + `)`), say: e})
	}
	return all
}()

// replyLang is the language of answers for a language tag: en, pt or es, and en for
// all other languages.
func replyLang(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	if base == "pt" || base == "es" {
		return base
	}
	return "en"
}

// reply is the assistant's answer to what a person wrote.
func reply(text string, p person) string {
	folded := fold(text)
	i := slices.IndexFunc(topics, func(t topic) bool { return t.words.MatchString(folded) })
	if i < 0 {
		i = len(topics) - 1
	}
	text = topics[i].say[replyLang(p.lang)]
	return strings.NewReplacer(
		"{name}", p.name,
		"{email}", p.email,
		"{lang}", p.lang,
	).Replace(text)
}

var accents = regexp.MustCompile(`\pM`)

// fold turns a text into lower case without accents.
func fold(text string) string {
	return accents.ReplaceAllString(norm.NFD.String(strings.ToLower(text)), "")
}
