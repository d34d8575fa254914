package conformance

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxNesting is how deep a value is looked for in texts within texts: JSON that is a string
// of a script, which is how some frameworks hand data to the browser.
const maxNesting = 2

// holds reports whether a script or JSON has a string whose value is want.
func holds(code, want string) bool { return holdsIn(code, want, maxNesting) }

func holdsIn(code, want string, nesting int) bool {
	for i := 0; i < len(code); i++ {
		if c := code[i]; c != '"' && c != '\'' && c != '`' {
			continue
		}
		value, ok := literal(code[i:], 8*len(want)+1024)
		if ok && value == want {
			return true
		}
		if ok && nesting > 0 && len(value) > len(want) && holdsIn(value, want, nesting-1) {
			return true
		}
	}
	return false
}

// literal is the value of the string that code begins with (ECMAScript, 12.9.4 and 12.9.6).
// It is none where the string does not end within most bytes, has a line's end in it, or is
// a template with an expression.
func literal(code string, most int) (value string, ok bool) {
	var b strings.Builder
	quote := code[0]
	for i := 1; i < len(code) && i < most; {
		switch c := code[i]; {
		case c == quote:
			return b.String(), true
		case quote == '`' && strings.HasPrefix(code[i:], "${"), quote != '`' && (c == '\n' || c == '\r'):
			return "", false
		case c == '\\':
			text, size := escape(code[i:])
			if size == 0 {
				return "", false
			}
			b.WriteString(text)
			i += size
		default:
			b.WriteByte(c)
			i++
		}
	}
	return "", false
}

// escape is what an escape sequence stands for, and how many bytes it has: 0 for none that
// is valid.
func escape(code string) (text string, size int) {
	if len(code) < 2 {
		return "", 0
	}
	switch c := code[1]; c {
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case 'b':
		return "\b", 2
	case 'f':
		return "\f", 2
	case 'v':
		return "\v", 2
	case '0':
		return "\x00", 2
	case '\n':
		return "", 2 // the string goes on in the next line
	case 'x':
		return point(code, 2, 4)
	case 'u':
		if strings.HasPrefix(code, `\u{`) {
			end := strings.IndexByte(code[:min(len(code), 12)], '}')
			if end < 0 {
				return "", 0
			}
			if text, size = point(code, 3, end); size > 0 {
				size++ // the brace
			}
			return text, size
		}
		return pair(code)
	default:
		_, n := utf8.DecodeRuneInString(code[1:])
		return code[1 : 1+n], 1 + n
	}
}

// point is the character whose number is in code, between two places, in hexadecimal.
func point(code string, from, to int) (text string, size int) {
	if len(code) < to {
		return "", 0
	}
	n, err := strconv.ParseUint(code[from:to], 16, 21)
	if err != nil {
		return "", 0
	}
	return string(rune(n)), to
}

// pair is a character written as \uXXXX, or as two of them.
func pair(code string) (text string, size int) {
	text, size = point(code, 2, 6)
	if size == 0 || text != string(utf8.RuneError) || len(code) < 12 || code[6:8] != `\u` {
		return text, size
	}
	high, _ := strconv.ParseUint(code[2:6], 16, 16)
	low, err := strconv.ParseUint(code[8:12], 16, 16)
	if err != nil || high < 0xD800 || high > 0xDBFF || low < 0xDC00 || low > 0xDFFF {
		return text, size
	}
	return string(rune(0x10000 + (high-0xD800)<<10 + low - 0xDC00)), 12
}
