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

// The limits of a new password in code points (NIST SP 800-63B-4 for a password that is
// the only factor), and of any password that is typed, in bytes.
const (
	MinLength = 15
	MaxLength = 256
	MaxBytes  = 4 * MaxLength
)

const (
	minChosen    = 5 // characters that do not follow from the one before, see chosen
	minDifferent = 5 // different characters
	minLeft      = 8 // letters and digits that are left without the words of the context
)

// What is wrong with a new password. Each text is the rest of a sentence that begins with
// "the password".
var (
	ErrTooShort  = fmt.Errorf("must have at least %d characters", MinLength)
	ErrTooLong   = fmt.Errorf("must have at most %d characters", MaxLength)
	ErrNotText   = errors.New("must be text in UTF-8")
	ErrCommon    = errors.New("is on the lists of leaked passwords that attackers try first: choose another")
	ErrGuessable = errors.New("is a repetition or a run of keys, which attackers try first: " +
		"use several words that have nothing to do with each other")
	ErrContext = errors.New("is little more than a name, an e-mail or a word of this intranet: " +
		"add words that have nothing to do with them")
)

// common is the list of leaked passwords, sorted and folded. common.LICENSE names its
// source.
//
//go:embed common.txt
var common string

var commonPasswords = sync.OnceValue(func() []string {
	return strings.Split(strings.TrimSpace(common), "\n")
})

// productWords are words that people type when an intranet asks for a password.
var productWords = []string{
	"intranet", "caramelo", "company", "empresa", "employee", "funcionario", "empleado", "admin",
	"password", "passwort", "senha", "contrasena", "secret", "segredo", "secreto", "login", "user", "usuario",
	"welcome", "bemvindo", "bienvenido", "changeme", "letmein",
}

// rows are the alphabet, the digits, and the rows and columns of keyboards, one a line.
const rows = "abcdefghijklmnopqrstuvwxyz\n" +
	"01234567890\n" +
	"qwertyuiop\nqwertz\nazerty\n" +
	"asdfghjkl\nqsdfghjklm\n" +
	"zxcvbnm\nyxcvbnm\nwxcvbn\n" +
	"1qaz\n2wsx\n3edc\n4rfv\n5tgb\n6yhn\n7ujm\n8ik\n9ol\n0p"

// Acceptable checks a new password. All characters are allowed and none is required. Only
// the length counts, in code points. The password is hashed as it was typed, neither
// trimmed nor normalised (OWASP ASVS 5.0 6.2.8, 6.2.9).
//
// It refuses passwords that attackers try first (ASVS 6.2.4, 6.2.11, NIST SP 800-63B-4).
// These are leaked passwords, repetitions, runs of keys, and passwords that consist mainly
// of words of this product and of the context: the person's name and e-mail, the company's
// name. Without these words at least eight letters and digits must be left that are no run
// of keys. Upper case, accents, and digits and marks at both ends do not count.
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
		core = folded // the ends are too large a part of it
	}
	for _, p := range []string{folded, core} {
		if _, found := slices.BinarySearch(commonPasswords(), p); found {
			return ErrCommon
		}
		if repeats([]rune(p)) {
			return ErrGuessable
		}
	}
	if chosen(folded) < minChosen || different(folded) < minDifferent {
		return ErrGuessable
	}
	left, found := withoutWords(folded, context)
	if found && (utf8.RuneCountInString(left) < minLeft || chosen(left) < minChosen) {
		return ErrContext
	}
	return nil
}

// fold turns a text into lower case without accents, and full-width letters into ordinary
// ones.
func fold(s string) string {
	withoutAccent := func(r rune) rune {
		// These are the accents of Latin, Greek and Cyrillic. In other scripts a mark may be
		// a necessary part of a letter.
		if r >= 0x300 && r <= 0x36f {
			return -1
		}
		return r
	}
	return strings.Map(withoutAccent, norm.NFKD.String(strings.ToLower(s)))
}

// repeats reports whether p repeats a text that is too short for a password.
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

// chosen counts the characters that are neither equal to the one before nor its neighbour
// in one of the rows: 3 in "aaaa1234qwerty".
func chosen(folded string) (n int) {
	previous := rune(-1)
	for _, r := range folded {
		if r != previous && !areNeighbours(previous, r) && !areNeighbours(r, previous) {
			n++
		}
		previous = r
	}
	return n
}

func areNeighbours(a, b rune) bool { return strings.Contains(rows, string([]rune{a, b})) }

// withoutWords removes the words of the product and of the context that have at least four
// letters, the longest first. It returns the letters and digits that are left, and whether
// there was such a word.
func withoutWords(folded string, context []string) (left string, found bool) {
	words := slices.Clone(productWords)
	notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	for _, text := range context {
		words = append(words, strings.FieldsFunc(fold(text), notLetter)...)
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
			left = strings.ReplaceAll(left, word, "")
			found = true
		}
	}
	return left, found
}
