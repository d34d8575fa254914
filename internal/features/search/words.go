package search

import (
	"strings"
	"unicode"

	"github.com/carameloai/intranet/internal/store"
)

// maxWords is how many words are searched for. Those behind them are left out.
const maxWords = 8

// wordsOf are the words of what was typed: letters and digits, nothing else.
func wordsOf(query string) []string {
	words := strings.FieldsFunc(store.Plain(query), func(r rune) bool { return !inWord(r) })
	return words[:min(len(words), maxWords)]
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// inflections are endings that the languages' own rules do not bring together
// where the accent is missing, or at all: ação and ações, cancion and canciones.
var inflections = map[string][]string{
	"cao": {"ção", "ções"}, "ção": {"ções"}, "coes": {"ções", "ção"}, "ções": {"ção"},
	"sao": {"são", "sões"}, "são": {"sões"}, "soes": {"sões", "são"}, "sões": {"são"},
	"cion": {"ción", "ciones"}, "sion": {"sión", "siones"},
}

// inflected are words, each with its likely inflections, for websearch_to_tsquery.
func inflected(words []string) (all []string) {
	for _, word := range words {
		forms := `"` + word + `"`
		lower := strings.ToLower(word)
		for ending, others := range inflections {
			if stem, ok := strings.CutSuffix(lower, ending); ok {
				for _, other := range others {
					forms += ` or "` + stem + other + `"`
				}
			}
		}
		all = append(all, forms)
	}
	return all
}
