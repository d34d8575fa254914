package signin

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/carameloai/intranet/internal/web"
)

// maxCode is how many bytes of what was typed as a code are read: a whole link fits.
const maxCode = 2000

// normalCode is the code of an app or for recovery as somebody typed or pasted it: its
// letters, in lower case, and digits. Blanks and hyphens of any kind, marks of direction and
// line ends are dropped, and digits of any script are those of ours.
func normalCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return digit(r)
		case unicode.IsLetter(r):
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(web.Text(typed, maxCode))) // which makes full width ASCII
}

// linkCode is the code of a one-time link, also where the whole link was pasted.
func linkCode(typed string) string {
	typed = web.Text(typed, maxCode)
	return strings.ToUpper(normalCode(typed[strings.LastIndex(typed, "#")+1:]))
}

// digit is the digit of ours with the value of r. Each script has its ten in a row.
func digit(r rune) rune {
	for value := range rune(10) {
		if !unicode.IsDigit(r - value - 1) {
			return '0' + value
		}
	}
	return r
}
