package store

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Email is the one form of an e-mail address in which it is stored and looked up: letters
// composed, and the domain as the DNS has it (xn--…), which is also what browsers send of
// an e-mail field. Upper and lower case stay, and count as the same where addresses are
// compared. It also takes what is copied with an address: mailto:, quotes around it, a name
// before <…>, and the hyphens of word processors in the domain.
func Email(typed string) string {
	email := halfWidth(Line(Plain(typed)))
	first, begin := utf8.DecodeRuneInString(email)
	last, end := utf8.DecodeLastRuneInString(email)
	if begin+end < len(email) && strings.ContainsRune(quotes, first) && strings.ContainsRune(quotes, last) {
		email = email[begin : len(email)-end]
	}
	if len(email) > 7 && strings.EqualFold(email[:7], "mailto:") {
		email = Line(email[7:])
	}
	if m := named.FindStringSubmatch(email); m != nil {
		email = m[1]
	}
	at := strings.LastIndexByte(email, '@')
	if at < 0 || len(email) > 1000 || isASCII(email[at:]) {
		return email
	}
	email = email[:at] + phoneSigns.Replace(email[at:])
	domain, err := idna.Lookup.ToASCII(email[at+1:])
	if err != nil {
		return email // it is no address: see LooksLikeEmail
	}
	return email[:at+1] + domain
}

// The quotes that stand around an address in a text. Some of them may be in one, as in o'neill.
const (
	neverInside = "\"´“”„‟‘’‚‛«»‹›"
	quotes      = neverInside + "'`"
)

// aDomain is one that the DNS can have (RFC 1123), without its bounds of length.
var aDomain = regexp.MustCompile(`^(?i:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*(?i:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)$`)

// named is an address behind the name of whose it is, as mail programs copy it.
var named = regexp.MustCompile(`^[^<>@]*<([^<>\s]+@[^<>\s]+)>$`)

// ShownEmail is an address with its domain in letters that people read.
func ShownEmail(email string) string {
	at := strings.LastIndexByte(email, '@')
	if at < 0 || !strings.Contains(email[at:], "xn--") {
		return email
	}
	if domain, err := idna.Display.ToUnicode(email[at+1:]); err == nil {
		return email[:at+1] + domain
	}
	return email
}

// LooksLikeEmail reports whether s is an address such as ana@example.com, in the form in
// which it is stored.
func LooksLikeEmail(s string) bool {
	address, err := mail.ParseAddress(s)
	at := strings.LastIndexByte(s, '@')
	return err == nil && aDomain.MatchString(s[at+1:]) && !strings.ContainsAny(s[:at], neverInside) &&
		address.Address == s && len(s) <= 254 && Visible(s, 254) && s == Email(s)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7F })
}

// halfWidth replaces the wide forms that East Asian keyboards write of ASCII.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, s)
}

// phoneSigns are how numbers are written where more than ASCII is at hand.
var phoneSigns = strings.NewReplacer(
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2014", "-", "\u2015", "-",
	"\u2212", "-", "\uFE58", "-", "\uFE63", "-", "\u207A", "+", "\uFE62", "+", "\u2044", "/",
	"ー", "-", // which East Asian keyboards write for a hyphen
)

// Phone is a phone number as it is stored, whether it was typed or came out of contacts, a
// spreadsheet or a link.
func Phone(typed string) string {
	phone := Line(FromCell(phoneSigns.Replace(halfWidth(Line(typed)))))
	for _, scheme := range []string{"tel:", "callto:"} {
		if len(phone) < len(scheme) || !strings.EqualFold(phone[:len(scheme)], scheme) {
			continue
		}
		phone = strings.TrimPrefix(phone[len(scheme):], "//")
		if plain, err := url.PathUnescape(phone); err == nil {
			phone = plain
		}
		phone = Line(strings.ReplaceAll(phone, ";ext=", " ext. ")) // RFC 3966
	}
	return decimal.ReplaceAllString(phone, "$1")
}

// decimal is a phone number that a program has read as a number with decimals: the last
// zeros, as in 5511988887777.0, would be dialled.
var decimal = regexp.MustCompile(`^(\+?\d+)[.,]0{1,2}$`)

// phones have a digit, and letters for an extension.
var phones = regexp.MustCompile(`^[\pL\pM\p{Nd} +().\-/#*]*\p{Nd}[\pL\pM\p{Nd} +().\-/#*]*$`)

func isPhone(s string, limit int) bool {
	return phones.MatchString(s) && Visible(s, limit) && !IsRounded(s)
}

// rounded is what a spreadsheet makes of a long number: its last digits are lost.
var rounded = regexp.MustCompile(`^[+-]?\d+([.,]\d+)?[eE][+-]?\d+$`)

// IsRounded reports whether a number was rounded by a spreadsheet, as in 5.51199E+12.
func IsRounded(s string) bool { return rounded.MatchString(s) }
