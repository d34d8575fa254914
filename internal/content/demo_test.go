package content

import "testing"

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := parse("en", "# A title\n\nA summary\non two lines.\n\nThe body.\n\n## More\n")
	want := Text{Lang: "en", Title: "A title", Summary: "A summary on two lines.", Body: "The body.\n\n## More"}
	if err != nil || got != want {
		t.Errorf("parse = %+v, %v; want %+v", got, err, want)
	}
	for name, text := range map[string]string{
		"empty":             "",
		"no title":          "A summary.\n\nThe body.",
		"blank title":       "#  \n\nA summary.\n\nThe body.",
		"no empty line":     "# A title\nA summary.\n\nThe body.",
		"no summary":        "# A title\n\n## Heading\n\nThe body.",
		"no body":           "# A title\n\nA summary.\n",
		"carriage returns":  "# A title\r\n\r\nA summary.\r\n\r\nThe body.",
		"second-level head": "## A title\n\nA summary.\n\nThe body.",
	} {
		if got, err := parse("en", text); err == nil {
			t.Errorf("%s: parse = %+v, want an error", name, got)
		}
	}
}
