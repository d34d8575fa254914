package password

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The length of a new password in code points (NIST SP 800-63B-4 for a password
// that is the only factor), and of any attempt in bytes.
const (
	MinLength = 15
	MaxLength = 256
	MaxBytes  = 4 * MaxLength
)

const (
	minChosen = 5 // characters that do not just follow the one before
	minLeft   = 8 // letters and digits beside the words of the context
)

// What is wrong with a new password; each continues "the password …".
var (
	ErrTooShort  = fmt.Errorf("must have at least %d characters", MinLength)
	ErrTooLong   = fmt.Errorf("must have at most %d characters", MaxLength)
	ErrNotText   = errors.New("must be text in UTF-8")
	ErrCommon    = errors.New("is on the lists of leaked passwords that attackers try first: choose another")
	ErrGuessable = errors.New("is a repetition or a run of keys, which attackers try first: use several words that have nothing to do with each other")
	ErrContext   = errors.New("is little more than a name, an e-mail or a word of this intranet: add words that have nothing to do with them")
)

// common is sorted and folded; common.LICENSE says where it comes from.
//
//go:embed common.txt
var common string

var commonPasswords = sync.OnceValue(func() []string { return strings.Split(strings.TrimSpace(common), "\n") })

// productWords are what people type when an intranet asks for a password.
var productWords = []string{
	"intranet", "caramelo", "company", "empresa", "employee", "funcionario", "empleado", "admin",
	"password", "passwort", "senha", "contrasena", "secret", "segredo", "secreto", "login", "user", "usuario",
	"welcome", "bemvindo", "bienvenido", "changeme", "letmein",
}

// rows are what fingers and tongues run along, either way.
const rows = "abcdefghijklmnopqrstuvwxyz\n01234567890\nqwertyuiop\nqwertz\nazerty\nasdfghjkl\nqsdfghjklm\nzxcvbnm\nyxcvbnm\nwxcvbn\n1qaz\n2wsx\n3edc\n4rfv\n5tgb\n6yhn\n7ujm\n8ik\n9ol\n0p"

// Acceptable checks a new password. Any characters are allowed and none is
// required: length is what counts, in code points of what was typed, which is
// hashed as it is, neither trimmed nor normalised (OWASP ASVS 5.0 6.2.8, 6.2.9).
//
// Of that length it refuses what attackers try first (ASVS 6.2.4, 6.2.11, NIST
// SP 800-63B-4), without regard to case, accents, and digits and marks at either
// end: leaked passwords, repetitions and runs of keys, and what has fewer than
// eight letters and digits, or a mere run of them, beside the words of the context
// (the person's name and e-mail, the company's name) and of this product.
func Acceptable(password string, context ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return ErrNotText
	case n < MinLength:
		return ErrTooShort
	case n > MaxLength:
		return ErrTooLong
	}
	folded := fold(password)
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	if utf8.RuneCountInString(core) < MinLength {
		core = folded // the ends are the better part of it
	}
	for _, p := range []string{folded, core} {
		if _, found := slices.BinarySearch(commonPasswords(), p); found {
			return ErrCommon
		}
		if repeats([]rune(p)) {
			return ErrGuessable
		}
	}
	if chosen(folded) < minChosen || different(folded) < minChosen {
		return ErrGuessable
	}
	if left, without := withoutWords(folded, context); without && (utf8.RuneCountInString(left) < minLeft || chosen(left) < minChosen) {
		return ErrContext
	}
	return nil
}

// fold makes one of what looks alike: case, accents, full-width letters.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r <= 0x36f { // the accents of Latin, Greek and Cyrillic: in other scripts a mark is a letter's other half
			return -1
		}
		return r
	}, norm.NFKD.String(strings.ToLower(s)))
}

// repeats says whether p is a text repeated that would itself be too short.
func repeats(p []rune) bool {
	for n := 1; n < MinLength && n <= len(p)/2; n++ {
		if slices.Equal(p[n:], p[:len(p)-n]) {
			return true
		}
	}
	return false
}

func different(folded string) int {
	seen := map[rune]bool{}
	for _, r := range folded {
		seen[r] = true
	}
	return len(seen)
}

// chosen counts the characters that neither repeat the one before nor are its
// neighbour in a row: 3 in "aaaa1234qwerty".
func chosen(folded string) (n int) {
	previous := rune(-1)
	for _, r := range folded {
		if r != previous && !strings.Contains(rows, string([]rune{previous, r})) && !strings.Contains(rows, string([]rune{r, previous})) {
			n++
		}
		previous = r
	}
	return n
}

// withoutWords takes the words of at least four letters out of folded, the
// longest first, and returns the letters and digits that are left, and whether
// there was such a word.
func withoutWords(folded string, context []string) (left string, found bool) {
	words := slices.Clone(productWords)
	for _, text := range context {
		words = append(words, strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) })...)
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	left = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, folded)
	for _, word := range words {
		if utf8.RuneCountInString(word) >= 4 && strings.Contains(left, word) {
			left, found = strings.ReplaceAll(left, word, ""), true
		}
	}
	return left, found
}
