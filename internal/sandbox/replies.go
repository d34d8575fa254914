package sandbox

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// replies.json holds what the assistant knows, in the order it is looked for: a
// greeting together with a question is a question, and the last topic is for all
// the rest. "words" is a regular expression for beginnings of words, folded, in
// all languages at once: people mix them.
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
		all = append(all, topic{regexp.MustCompile(`\b(?:` + e["words"] + `)`), e})
	}
	return all
}()

// replyLang is the language the sandbox uses for a language tag: its base if
// that is English, Portuguese or Spanish, and English otherwise.
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
	return strings.NewReplacer("{name}", p.name, "{email}", p.email, "{lang}", p.lang).Replace(topics[i].say[replyLang(p.lang)])
}

var marks = regexp.MustCompile(`\pM`)

// fold takes capitals and accents out of a text.
func fold(text string) string {
	return marks.ReplaceAllString(norm.NFD.String(strings.ToLower(text)), "")
}
