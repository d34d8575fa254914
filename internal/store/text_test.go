package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

func TestWhatALineMayHave(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		typed, kept string
		unfit       string // why, and which character
		ok          bool
	}{
		{"Férias\u00a0de\u202fverão ", "Férias de verão", "", true},
		{"\u00a0inter\u00adnacional\u200b\ufeff", "internacional", "", true},
		{" Ana \t \u3000 Souza ", "Ana Souza", "", true},
		{"Joa\u0303o Gonc\u0327alves", "João Gonçalves", "", true},
		{"\u1112\u1161\u11ab \u212b", "한 Å", "", true},
		{"Family day 👨‍👩‍👧", "Family day 👨‍👩‍👧", "", true},
		{
			"❤️‍🔥 👩🏽‍💻 🏳️‍🌈 🧑‍⚕️ 🙂‍↔️ 🇧🇷 1️⃣",
			"❤️‍🔥 👩🏽‍💻 🏳️‍🌈 🧑‍⚕️ 🙂‍↔️ 🇧🇷 1️⃣", "", true,
		},
		{"研究 هندسة नमस्ते", "研究 هندسة नमस्ते", "", true},

		// Joiners where a script needs them: Persian, Kurdish, Malayalam, Marathi, Bengali, Sinhala, Tamil, Kannada.
		{"علی\u200cرضا محمدی", "علی\u200cرضا محمدی", "", true},
		{"ئه\u200cحمه\u200cد", "ئه\u200cحمه\u200cد", "", true},
		{"ക്രിസ്\u200cറ്റഫർ", "ക്രിസ്\u200cറ്റഫർ", "", true},
		{"സുരേഷ് രാജന്\u200d", "സുരേഷ് രാജന്\u200d", "", true},
		{"सर्\u200dया क्\u200dष", "सर्\u200dया क्\u200dष", "", true},
		{"র\u200d্যাব", "র\u200d্যাব", "", true},
		{"ශ්\u200dරී ලංකා", "ශ්\u200dරී ලංකා", "", true},
		{"க்\u200cஷ", "க்\u200cஷ", "", true},
		{"ರ್\u200dಕ", "ರ್\u200dಕ", "", true},
		{"ه\u200d 1402", "ه\u200d 1402", "", true},
		// At the ends of words they join nothing; between other letters they are no part of a name.
		{"Ana\u200c Souza\u200d", "Ana Souza", "", true}, {"\u200dعلی\u200c", "علی", "", true},
		{"👩\u200d", "👩", "", true}, {"\u200d👩", "👩", "", true},
		{"a\u200db", "a\u200db", "hidden U+200D", false}, {"Bea\u200cO", "Bea\u200cO", "hidden U+200C", false},
		{"عa\u200cb", "عa\u200cb", "hidden U+200C", false},

		// Directions come along from contacts and pages.
		{"\u200fדוד כהן\u200f", "דוד כהן", "", true}, {"\u202aAna\u202c", "Ana", "", true},
		{"\u2067ליאור\u2069 \u061cعلی", "ליאור علی", "", true}, {"\u202dBea\u202c", "Bea", "", true},
		{"a\u202eb", "a\u202eb", "hidden U+202E", false},

		{"a\x00b", "a\x00b", "hidden U+0000", false}, {"a\x1bb", "a\x1bb", "hidden U+001B", false},
		{"Head of\nSales", "Head of\nSales", "lines U+000A", false}, {"a\u2028b", "a\u2028b", "lines U+2028", false},
		{"a\u0085b", "a\u0085b", "lines U+0085", false}, {"a\ufffeb", "a\ufffeb", "hidden U+FFFE", false},
		{"Jo\ufffdo", "Jo\ufffdo", "broken U+FFFD", false}, {"Jo\xe3o", "Jo\ufffdo", "broken U+FFFD", false},
		{"\u3164", "\u3164", "hidden U+3164", false}, {"\ue000", "\ue000", "hidden U+E000", false},
		{"\u00a0\u3000", "", "", false}, {"\u00ad", "", "", false}, {"\ufe0f", "\ufe0f", "", false},
		{"\u0301", "\u0301", "", false}, {"\u2800", "\u2800", "", false},

		// Flags that tags make: of England and Scotland, and none without an end.
		{
			"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!",
			"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!", "", true,
		},
		{
			"🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
			"🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "", true,
		},
		{"🏴\U000e0067", "🏴\U000e0067", "hidden U+E0067", false},
		{"x\U000e0067\U000e0062\U000e0065\U000e007f", "x\U000e0067\U000e0062\U000e0065\U000e007f",
			"hidden U+E0067", false},
	} {
		kept := store.Line(test.typed)
		why, character := store.Unfit(kept)
		ok := kept != "" && store.Visible(kept, 200)
		if kept != test.kept || ok != test.ok || strings.TrimSpace(why+" "+character) != test.unfit {
			t.Errorf("%+q is kept as %+q, and taken: %t, %s %s", test.typed, kept, ok, why, character)
		}
		if store.Line(kept) != kept {
			t.Errorf("%+q changes once more", kept)
		}
	}
}

// FuzzLine: what is kept stays as it is, and has nothing that only looks different.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"Ana", "علی\u200cرضا", "\u200d\u200c a \u0301\u200d", "Joa\u0303o", "\u202a1\u202c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		kept := store.Line(typed)
		if store.Line(kept) != kept {
			t.Errorf("%+q became %+q, and then %+q", typed, kept, store.Line(kept))
		}
	})
}

func TestPhones(t *testing.T) {
	t.Parallel()
	for phone, ok := range map[string]bool{
		"": true, "+44 (0)20 7946-0123": true, "55.11/5555-0123": true, "ramal 123": true, "ext. 4": true,
		"*123#":       true,
		"extensión ٣": true, strings.Repeat("1", 40): true, "1e5a": true,
		"+55 11 5555-0100 / 5555-0101": true, "5555 r. 1": true, "x1": true, "#1": true, "5555, 5556": false,
		`="011"`: false, "'011": false, "#REF!": false, "11 5555,0": false,
		"😀": false, "😀 1": false, "ramal": false, "+": false, "1;2": false, "1\n2": false,
		strings.Repeat("1", 41): false,
		"5.51199E+12":           false, "5,51199E+12": false, "4.4208e11": false, "1E+10": false,
	} {
		if got := !slices.Contains(store.PersonFields.Invalid(store.PersonDetails{Phone: phone}), "phone"); got != ok {
			t.Errorf("%q: %t", phone, got)
		}
	}
}

// A number is stored as it is dialled, wherever it was copied.
func TestPhonesAsPeoplePasteThem(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"\u202a+55 11 91234-5678\u202c": "+55 11 91234-5678", "\u202d+1 (650) 555\u201100\u202c": "+1 (650) 555-00",
		"+55 11 5555\u20110100": "+55 11 5555-0100", "+55 11 5555\u20130100": "+55 11 5555-0100",
		"+55 11 5555\u22120100\u200e": "+55 11 5555-0100", "+44\u00a020\u20097946": "+44 20 7946",
		"＋８１　３ー１２３４": "+81 3-1234", "＋８１−３（１２３４）": "+81-3(1234)",
		"tel:+551155550100": "+551155550100", "TEL:+44%2020%207946%200123": "+44 20 7946 0123",
		"tel://+1-201-555-0123;ext=5": "+1-201-555-0123 ext. 5", "callto:+34 911": "+34 911", "ramal 12": "ramal 12",

		// What a spreadsheet makes of a number, and what keeps it from that.
		"5511988887777.0": "5511988887777", "5511988887777,0": "5511988887777", "+5511988887777.00": "+5511988887777",
		"123.0": "123", `="+5511988887777"`: "+5511988887777", ` ="0123" `: "0123", "'+5511988887777": "+5511988887777",
		"'011 5555": "011 5555", "'(11) 5555": "(11) 5555", "＝＂０１１＂": "011", `="5511988887777.0"`: "5511988887777",
		"55.11.20": "55.11.20", "11 5555.0": "11 5555.0", "5.51199E+12": "5.51199E+12", "55.5": "55.5",

		// Extensions and two numbers stay as they are.
		"+55 11 5555-0100 r. 123": "+55 11 5555-0100 r. 123", "5555-0100 #123": "5555-0100 #123",
		"ext 123": "ext 123", "x123": "x123", "+55 11 5555-0100 / 0101": "+55 11 5555-0100 / 0101",
	} {
		if got := store.Phone(typed); got != want {
			t.Errorf("%+q: %+q, want %+q", typed, got, want)
		}
	}
}

// One address is one account, however it was written.
func TestOneAddressHasOneForm(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"ana@exämple.example": "ana@xn--exmple-cua.example", "ana@EXA\u0308MPLE.example": "ana@xn--exmple-cua.example",
		"ana@xn--exmple-cua.example": "ana@xn--exmple-cua.example",
		"bob@müller.例え.example":      "bob@xn--mller-kva.xn--r8jz45g.example",
		"joa\u0303o@x.example":       "joão@x.example", "joão@x.example": "joão@x.example",
		" Ana@X.example\u200b": "Ana@X.example", "ana＠x．example": "ana@x.example",
		"mailto:ana@x.example": "ana@x.example", "Ana Souza <ana@x.example>": "ana@x.example",
		"<ana@x.example>": "ana@x.example", `"><b>x</b>`: `"><b>x</b>`, "ana": "ana", "": "",
		"a@b@ä.example":   "a@b@xn--4ca.example",
		"“ana@x.example”": "ana@x.example", "'ana@x.example'": "ana@x.example",
		"«ana@ä.example»":      "ana@xn--4ca.example",
		"ana@a\u2011b.example": "ana@a-b.example", "o'neill@x.example": "o'neill@x.example",
	} {
		got := store.Email(typed)
		if got != want || store.Email(got) != got {
			t.Errorf("%+q: %+q, want %+q", typed, got, want)
		}
	}
	for email, ok := range map[string]bool{
		"ana@xn--exmple-cua.example": true, "joão@x.example": true, "ana@exämple.example": false,
		"o'neill@x.example": true, "ana@a-b.example": true, "ana@localhost": true, "ana@x.example!": false,
		"“ana@x.example": false, "ana@-x.example": false, "ana@x.example/": false, "ana@x..example": false,
		"ana@x.example?a": false, "ana@x_y.example": false,
		"joa\u0303o@x.example": false, "ana": false, "ana@x_ä.example": false, "a\ufffd@x.example": false,
	} {
		if store.LooksLikeEmail(email) != ok {
			t.Errorf("%+q is an address: %t", email, !ok)
		}
	}
	for email, want := range map[string]string{
		"ana@xn--exmple-cua.example": "ana@exämple.example", "ana@x.example": "ana@x.example", "xn--": "xn--",
	} {
		if got := store.ShownEmail(email); got != want {
			t.Errorf("%s is shown as %s", email, got)
		}
	}
}
