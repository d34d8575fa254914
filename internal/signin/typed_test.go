package signin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/webtest"
)

// writings are ways in which a code arrives that was read aloud, pasted out of a mail, a
// table or a PDF, or typed on another keyboard. Each begins with two halves.
var writings = map[string]func(a, b string) string{
	"as it is":            func(a, b string) string { return a + b },
	"a blank":             func(a, b string) string { return a + " " + b },
	"blanks around":       func(a, b string) string { return " \t" + a + b + "  " },
	"no-break":            func(a, b string) string { return a + "\u00a0" + b },
	"narrow no-break":     func(a, b string) string { return a + "\u202f" + b },
	"thin":                func(a, b string) string { return a + "\u2009" + b },
	"ideographic":         func(a, b string) string { return a + "\u3000" + b },
	"zero width":          func(a, b string) string { return "\ufeff" + a + "\u200b" + b },
	"direction":           func(a, b string) string { return "\u202a" + a + "\u200e" + b + "\u202c" },
	"line ends":           func(a, b string) string { return a + "\r\n" + b + "\n" },
	"a hyphen":            func(a, b string) string { return a + "-" + b },
	"typographic hyphens": func(a, b string) string { return a + "\u2010\u2011" + b },
	"dashes":              func(a, b string) string { return a + "\u2013\u2014" + b },
	"minus":               func(a, b string) string { return a + "\u2212" + b },
	"a soft hyphen":       func(a, b string) string { return a + "\u00ad" + b },
	"a full stop":         func(a, b string) string { return a + b + "." },
	"quotes":              func(a, b string) string { return "\u201c" + a + b + "\u201d" },
	"upper case":          func(a, b string) string { return strings.ToUpper(a) + b },
	"lower case":          func(a, b string) string { return strings.ToLower(a) + b },
	"full width":          func(a, b string) string { return fullWidth(a) + b },
}

// fullWidth writes ASCII as Japanese and Chinese keyboards do.
func fullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '\uff01' }, s)
}

// digits writes digits with those of another script.
func digits(s string, zero rune) string {
	return strings.Map(func(r rune) rune { return r - '0' + zero }, s)
}

func TestACodeIsTakenHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	const totp, recovery, link = "042815", "abcdefghijklmnopqrstuvwx27", "ABCDEFGHIJKLMNOPQRSTUVWX27"
	for name, write := range writings {
		if got := signin.NormalCode(write(totp[:3], totp[3:])); got != totp {
			t.Errorf("%s: %q", name, got)
		}
		if got := signin.NormalCode(write(recovery[:9], recovery[9:])); got != recovery {
			t.Errorf("%s: %q", name, got)
		}
		written := write(link[:9], link[9:])
		for _, before := range []string{
			"", "https://intranet.example.com/invitation#", "http://x/a#b/invitation#", " https://x/invitation# ", "#",
		} {
			if got := signin.LinkCode(before + written); got != link {
				t.Errorf("%s behind %q: %q", name, before, got)
			}
		}
	}
	for name, zero := range map[string]rune{
		"Arabic": '\u0660', "Persian": '\u06f0', "Devanagari": '\u0966', "Bengali": '\u09e6', "Thai": '\u0e50',
		"bold": '\U0001d7ce', "double-struck": '\U0001d7d8',
	} {
		if got := signin.NormalCode(digits(totp, zero)); got != totp {
			t.Errorf("%s digits: %q", name, got)
		}
	}
	for _, other := range []string{"", "#", "\xff", "04281", "0428155", "O42815", strings.Repeat("1", 5000), "é42815"} {
		if signin.NormalCode(other) == totp || signin.LinkCode(other) == link {
			t.Errorf("%q is taken", other)
		}
	}
}

// The same by the forms: of the second step, a proof, a set-up and a one-time link.
func TestEveryFormTakesACodeHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.As("bea")
	secret := b.BeginFactor()
	first := webtest.Code(t, secret, -1)
	if res := b.ConfirmFactor(fullWidth(first[:3]) + "\u00a0" + first[3:] + "\r\n"); res.StatusCode != http.StatusOK {
		t.Fatalf("a set-up: %d", res.StatusCode)
	}
	for _, name := range []string{"narrow no-break", "full width", "direction", "line ends"} {
		i.Exec(`UPDATE second_factors SET last_step = 0`)
		code := webtest.Code(t, secret, 0)
		if res := i.Half("bea").GiveCode(writings[name](code[:3], code[3:])); res.StatusCode != http.StatusSeeOther {
			t.Errorf("a code, %s: %d", name, res.StatusCode)
		}
	}
	_, recovery := i.As("caio").AddFactor()
	for n, name := range []string{"typographic hyphens", "a soft hyphen", "line ends", "full width", "upper case"} {
		code := recovery[n]
		if res := i.Half("caio").GiveCode(writings[name](code[:9], code[9:])); res.StatusCode != http.StatusSeeOther {
			t.Errorf("a recovery code, %s: %d", name, res.StatusCode)
		}
	}
	for _, name := range []string{"as it is", "a blank", "lower case", "zero width", "a full stop"} {
		code := invite(i, "ana")
		typed := i.URL + "/invitation#" + writings[name](code[:9], code[9:])
		if res := accept(i.Browser(), typed, "short"); res.HTML(t).Find("#new_password-error").Length() != 1 {
			t.Errorf("a link, %s: %d", name, res.StatusCode)
		}
		if res := accept(i.Browser(), typed, anotherPassword); res.StatusCode != http.StatusSeeOther {
			t.Errorf("a link, %s: %d", name, res.StatusCode)
		}
	}
}
