package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

func TestWhatATitleMayHave(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		typed, kept string
		ok          bool
	}{
		{"Férias\u00a0de\u202fverão ", "Férias de verão", true},
		{"\u00a0inter\u00adnacional\u200b\ufeff", "internacional", true},
		{"Family day 👨‍👩‍👧", "Family day 👨‍👩‍👧", true},
		{
			"❤️‍🔥 👩🏽‍💻 🏳️‍🌈 🧑‍⚕️ 🙂‍↔️ 🇧🇷 1️⃣",
			"❤️‍🔥 👩🏽‍💻 🏳️‍🌈 🧑‍⚕️ 🙂‍↔️ 🇧🇷 1️⃣", true,
		},
		{"研究 هندسة नमस्ते", "研究 هندسة नमस्ते", true},
		{"a\u200db", "a\u200db", false}, {"👩\u200d", "👩\u200d", false}, {"\u200d👩", "\u200d👩", false},
		{"a\u202eb", "a\u202eb", false}, {"a\u2066b", "a\u2066b", false}, {"a\u200fb", "a\u200fb", false},
		{"a\x00b", "a\x00b", false}, {"a\x1bb", "a\x1bb", false}, {"a\tb", "a\tb", false}, {"a\nb", "a\nb", false},
		{"a\u0085b", "a\u0085b", false}, {"a\u2028b", "a\u2028b", false}, {"a\ufffeb", "a\ufffeb", false},
		{"\u00a0\u3000", "", false}, {"\u00ad", "", false}, {"\ufe0f", "\ufe0f", false},
		{"\u0301", "\u0301", false}, {"\u3164", "\u3164", false}, {"\u2800", "\u2800", false},
		{"🏴\U000e0067", "🏴\U000e0067", false},
	} {
		kept := store.Line(test.typed)
		if got := kept != "" && store.Visible(kept, 200); kept != test.kept || got != test.ok {
			t.Errorf("%+q is kept as %+q, and taken: %t", test.typed, kept, got)
		}
	}
}

func TestPhones(t *testing.T) {
	t.Parallel()
	for phone, ok := range map[string]bool{
		"": true, "+44 (0)20 7946-0123": true, "55.11/5555-0123": true, "ramal 123": true, "ext. 4": true,
		"*123#":       true,
		"extensión ٣": true, strings.Repeat("1", 40): true,
		"😀": false, "😀 1": false, "ramal": false, "+": false, "1;2": false, "1\n2": false,
		strings.Repeat("1", 41): false,
	} {
		if got := !slices.Contains(store.PersonFields.Invalid(store.PersonDetails{Phone: phone}), "phone"); got != ok {
			t.Errorf("%q: %t", phone, got)
		}
	}
}
