package i18n

import (
	"context"
	"strconv"
)

// N returns the text with that key in the plural form that fits count, which
// the text may show as {{.Count}}.
func N(ctx context.Context, key string, count int, pairs ...string) string {
	s := from(ctx)
	t, ok := s.texts[key]
	if !ok {
		return key
	}
	return t.plural(s.lang, count).fill(append(pairs, "Count", Number(ctx, count))...)
}

// plural is the form for a number, by the rules of CLDR. In Portuguese zero is singular; in
// Portuguese and Spanish whole millions have a form of their own: um milhão de pessoas.
func (t text) plural(lang string, count int) form {
	switch {
	case count == 1 || count == -1 || count == 0 && lang == "pt":
		return t.one
	case lang != "en" && count != 0 && count%1_000_000 == 0:
		return t.many
	}
	return t.other
}

// Number writes a number as the context's language does: 1,000 or 1.000.
func Number(ctx context.Context, n int) string {
	if n >= 0 && n < 1000 {
		return strconv.Itoa(n)
	}
	return from(ctx).printer.Sprint(n)
}
