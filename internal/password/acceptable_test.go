package password

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// varied is a text of n characters that cannot be guessed.
func varied(n int) string {
	text := []rune(strings.Repeat("ã☕ x9ç 語k-Яm👩‍💻 é", n/15+1))
	return string(text[:n-1]) + "!"
}

func check(t *testing.T, password string, want error, context ...string) {
	t.Helper()
	if err := Acceptable(password, context...); !errors.Is(err, want) {
		t.Errorf("%q: %v, want %v", password, err, want)
	}
}

func TestFifteenCharactersAreEnoughAnd256AreTaken(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]error{
		0:   ErrTooShort,
		14:  ErrTooShort,
		15:  nil,
		64:  nil,
		256: nil,
		257: ErrTooLong,
	} {
		text := ""
		if n > 0 {
			text = varied(n)
		}
		check(t, text, want)
	}
	check(t, "\xff"+varied(15), ErrNotText)
}

func TestAnyCharactersAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"  o sapo não lava ",
		"💃🍕🚲🐸🌵🎺🧦🪁🦜🍋🛶🎲🧊🪴🐙",
		"我爱吃妈妈做的饺子和红烧肉真香",
		"मेरी बिल्ली दूध पीती है",
		"dzień\tdobry\x00świecie",
	} {
		check(t, password, nil)
	}
	// "ã" in one code point and in two are different passwords.
	h := newHasher(t)
	hash, err := h.Hash(t.Context(), "o sapo n\u00e3o lava o p\u00e9 ")
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"o sapo na\u0303o lava o pe\u0301 ", "o sapo n\u00e3o lava o p\u00e9"} {
		if err := h.Verify(t.Context(), hash, other); !errors.Is(err, ErrMismatch) {
			t.Errorf("%q: %v", other, err)
		}
	}
}

func TestTheListHasTheThousandsThatASVSAsksForAndNoneGetsThrough(t *testing.T) {
	t.Parallel()
	list := commonPasswords()
	if len(list) < 3000 || !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Errorf("%d passwords, sorted: %t", len(list), slices.IsSorted(list))
	}
	for _, password := range list {
		if utf8.RuneCountInString(password) < MinLength || fold(password) != password ||
			strings.Contains(password, "@") {
			t.Errorf("%q is in the list", password)
		}
		check(t, password, ErrCommon)
		check(t, strings.ToUpper(password), ErrCommon)
	}
}

func TestACommonPasswordWithCaseAccentsOrAnEndingIsStillCommon(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		"strawberryfields",
		"StrawberryFields",
		"Strawbérryfields",
		"strawberryfields2026!",
		"...strawberryfields",
		"ｓtrawberryfields",
	} {
		check(t, password, ErrCommon)
	}
	check(t, "strawberry meadows", nil)
}

func TestRepetitionsAndRunsAreGuessable(t *testing.T) {
	t.Parallel()
	for _, password := range []string{
		strings.Repeat("a", 16),
		strings.Repeat(" ", 15),
		strings.Repeat("☕", 256),
		"aaaabbbbccccddddaaaa",
		"xkxkqqkxxkqkxqk",
		"abcabcabcabcabcab",
		"dragonfire-dragonfire-",
		"Dragonfire dragonfire D",
		"abelha12abelha12abelha12!",
		"12345678901234567",
		"abcdefghijklmnopq",
		"ZYXWVUTSRQPONMLKJ",
		"qwertyuiopasdfghj",
		"QwertzuiopAsdfgh",
		"azertyuiopqsdfgh",
		"0987654321qwerty12",
		"1qaz2wsx3edc4rfvv",
	} {
		if err := Acceptable(password); !errors.Is(err, ErrGuessable) && !errors.Is(err, ErrCommon) {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestNamesAndWordsOfTheProductAreLittleOfAPassword(t *testing.T) {
	t.Parallel()
	about := []string{"Zoë Conceição da Silva", "zoe.silva@company.example", "Orvalho"}
	for _, password := range []string{
		"conceicao-silva-1987",
		"CONCEIÇÃO orvalho!",
		"orvalho intranet",
		"zoe.silva@company.example",
		"Silva12345678910111213",
		"welcome-caramelo",
		"Contraseña 123456789",
		"bemvindo intranet 26",
		"password-password-x7",
		"MinhaSenhaIntranet",
	} {
		check(t, password, ErrContext, about...)
	}
	for _, password := range []string{
		"zoë silva likes 9 green frogs",
		"the password is on no list at all",
		"welcome home my dear",
		"silvano compra 40 mangas",
	} {
		check(t, password, nil, about...)
	}
	check(t, "my colleague ana likes 9 green frogs", nil, "Ana", "ana@colleague.example")
	check(t, "conceicao-silva-1987", nil) // for a person with another name
}

func TestHonestPassphrasesAndOurOwnPasswordsAreTaken(t *testing.T) {
	t.Parallel()
	about := []string{"Ana Souza", "ana@company.example", "Orvalho"}
	for _, password := range []string{
		"correct horse battery",
		"a password of some length",
		"a long enough password",
		"correto cavalo ☕ bateria",
		"o rato roeu a roupa",
		"k7qd-3mzp-x5ua-b2hn",
		"wq3v-aaab-zz7y-23ft",
		"4 8 15 16 23 42 or so",
		"8f14e45fceea167a5a36dedd4bea2543",
	} {
		check(t, password, nil, about...)
	}
}

func FuzzAcceptable(f *testing.F) {
	for _, seed := range []string{
		"",
		"correct horse battery",
		"aaaaaaaaaaaaaaaa",
		"\xff",
		"ã" + strings.Repeat("\u0301", 20),
		varied(256),
		"silvasilvasilva",
	} {
		f.Add(seed, "Zoë da Silva")
	}
	f.Fuzz(func(t *testing.T, password, name string) {
		if Acceptable(password, name) != nil {
			return
		}
		n := utf8.RuneCountInString(password)
		if n < MinLength || n > MaxLength || len(password) > MaxBytes || !utf8.ValidString(password) {
			t.Errorf("%q of %d characters is taken", password, n)
		}
	})
}
